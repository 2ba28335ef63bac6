"""Limits are exact however many ask at once, and nobody waits for a Valkey that is away."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import LazySettings

from exchange.api import throttle
from exchange.api.limits import Limit, limit_of
from tests.factories.integrators import Integrator, integrator

pytestmark = pytest.mark.usefixtures("own_limits")

AN_HOUR = 3600  # refills less than one call while a test runs


@pytest.fixture
def bucket() -> str:
    return f"test:{uuid.uuid4()}"


def test_of_320_calls_at_once_exactly_the_limit_passes(bucket: str) -> None:
    limit = Limit(50, AN_HOUR)

    with ThreadPoolExecutor(max_workers=32) as threads:
        taken = list(threads.map(lambda _: throttle.take(bucket, limit), range(320)))

    passed = [t for t in taken if t.allowed]
    assert len(passed) == 50
    assert sorted(t.used for t in passed) == list(range(1, 51))


def test_a_limit_that_is_read_before_it_is_written_leaks(bucket: str) -> None:
    """The control: the same bucket without the atomic script lets more calls through."""
    client = throttle._script().registered_client

    def take_in_two_steps(_: int) -> bool:
        used = int(client.get(bucket) or 0)
        time.sleep(0.001)
        if used >= 50:
            return False
        client.set(bucket, used + 1)
        return True

    with ThreadPoolExecutor(max_workers=32) as threads:
        passed = sum(threads.map(take_in_two_steps, range(320)))

    assert passed > 50


def test_a_bucket_refills_evenly(bucket: str) -> None:
    limit = Limit(10, 1)
    empty = time.monotonic()
    while throttle.take(bucket, limit).allowed:
        continue

    full = time.monotonic()  # the last call was let through before this moment
    time.sleep(0.35)
    least = int(10 * (time.monotonic() - full))
    passed = sum(throttle.take(bucket, limit).allowed for _ in range(10))

    assert min(least, 10) <= passed <= 10 * (time.monotonic() - empty) + 1


def test_buckets_do_not_share(bucket: str) -> None:
    limit = Limit(1, AN_HOUR)

    assert throttle.take(bucket, limit).allowed
    assert throttle.take(bucket + "2", limit).allowed
    assert not throttle.take(bucket, limit).allowed


def test_calls_pass_when_valkey_is_away_and_do_not_wait_for_it(
    bucket: str,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    throttle._script.cache_clear()

    monkeypatch.setattr(throttle, "PAUSE_SECONDS", 60.0)
    taken = [throttle.take(bucket, Limit(1, AN_HOUR)) for _ in range(100)]

    assert all(t.allowed for t in taken)
    assert caplog.text.count("rate limits are off") == 1


def test_valkey_is_asked_again_after_a_second(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle._Pause.until = time.monotonic() + 60
    limit = Limit(1, AN_HOUR)
    assert throttle.take(bucket, limit) == (True, 0)

    throttle._Pause.until = time.monotonic()

    assert throttle.take(bucket, limit) == (True, 1)
    assert throttle.take(bucket, limit).allowed is False


def test_settings_may_change_every_limit(settings: LazySettings) -> None:
    before = limit_of("/spot/v2/submit_order", private=True)
    settings.API_RATE_LIMIT_FACTOR = 0.5
    assert limit_of("/spot/v2/submit_order", private=True).calls == before.calls // 2

    settings.API_RATE_LIMITS = {"/spot/v2/submit_order": (8, 4)}
    assert limit_of("/spot/v2/submit_order", private=True) == (4, 4)


@pytest.mark.django_db
def test_a_caller_over_the_limit_is_told_what_the_limit_is(
    stranger: Integrator, settings: LazySettings
) -> None:
    settings.API_RATE_LIMITS = {"/system/time": (2, AN_HOUR)}
    stranger.ip = f"10.{uuid.uuid4().int % 256}.{uuid.uuid4().int % 256}.7"

    first, second, third = (stranger.get("/system/time") for _ in range(3))

    assert [first.status, second.status] == [200, 200]
    assert (third.status, third.code) == (429, 30013)
    told = {name: third.headers[f"X-BM-RateLimit-{name}"] for name in
            ("Remaining", "Limit", "Reset", "Mode")}  # fmt: skip
    assert told == {"Remaining": "2", "Limit": "2", "Reset": "3600", "Mode": "IP"}
    assert first.headers["X-BM-RateLimit-Remaining"] == "1"
    assert (third.headers["Retry-After"], "Retry-After" in second.headers) == ("3600", False)


@pytest.mark.django_db
def test_each_key_has_a_bucket_of_its_own(
    bot: Integrator, settings: LazySettings, btc_usdt: object
) -> None:
    settings.API_RATE_LIMITS = {"/spot/v1/wallet": (1, AN_HOUR)}
    other = integrator()

    assert [bot.get("/spot/v1/wallet").status for _ in range(2)] == [200, 429]
    assert other.get("/spot/v1/wallet").status == 200
    assert bot.get("/spot/v1/wallet").headers["X-BM-RateLimit-Mode"] == "UID"


@pytest.mark.django_db
def test_what_a_stranger_sends_costs_the_key_it_names_nothing(
    bot: Integrator, settings: LazySettings
) -> None:
    settings.API_RATE_LIMITS = {"/spot/v4/query/open-orders": (1, AN_HOUR)}

    assert bot.post("/spot/v4/query/open-orders", sign="0" * 64).code == 30005
    assert bot.post("/spot/v4/query/open-orders").code == 1000
