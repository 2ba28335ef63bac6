"""Who is let in, and what everybody else is told, in BitMart's order of checks."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import uuid4

import pytest

from exchange.accounts.models import ApiKey, Customer, Restriction
from exchange.api import authentication
from exchange.api.limits import Limit
from exchange.core import clock
from exchange.core.models import Switch
from tests import factories
from tests.factories.integrators import Integrator, integrator

pytestmark = pytest.mark.django_db

SIGNED = "/spot/v4/query/open-orders"
TRADE = "/spot/v4/cancel_all"
KEYED = "/spot/v1/wallet"


def test_a_signed_request_is_let_in(bot: Integrator) -> None:
    assert bot.post(SIGNED).code == 1000


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"limit":5}', b'{"limit": 5}', '{"a":"é"}'.encode()]
)
def test_the_very_bytes_that_were_sent_are_what_is_signed(bot: Integrator, body: bytes) -> None:
    assert bot.post(SIGNED, body or b"").code == 1000
    other = bot.signed(body + b" ")["X-BM-SIGN"]
    assert bot.post(SIGNED, body, sign=other).code == 30005


def ago(seconds: float) -> str:
    return str(int(clock.now_ms() - seconds * 1000))


@pytest.mark.parametrize(
    ("headers", "status", "code", "message"),
    [
        ({"key": ""}, 401, 30001, "Header X-BM-KEY is empty"),
        ({"key": "nobody"}, 401, 30002, "Header X-BM-KEY not found"),
        ({"key": "é" * 40}, 401, 30002, "Header X-BM-KEY not found"),
        ({"sign": ""}, 401, 30004, "Header X-BM-SIGN is empty"),
        ({"sign": "0" * 64}, 401, 30005, "Header X-BM-SIGN is wrong"),
        ({"sign": "not hex at all"}, 401, 30005, "Header X-BM-SIGN is wrong"),
        ({"timestamp": ""}, 401, 30006, "Header X-BM-TIMESTAMP is empty"),
        ({"timestamp": "yesterday"}, 401, 30008, "Header X-BM-TIMESTAMP invalid format"),
        ({"timestamp": "-5"}, 401, 30008, "Header X-BM-TIMESTAMP invalid format"),
        ({"timestamp": "1e12"}, 401, 30008, "Header X-BM-TIMESTAMP invalid format"),
        ({"timestamp": "9" * 40}, 401, 30008, "Header X-BM-TIMESTAMP invalid format"),
        ({"timestamp": "٣" * 13}, 401, 30008, "Header X-BM-TIMESTAMP invalid format"),
    ],
)
def test_what_is_wrong_with_the_headers_is_named(
    bot: Integrator, headers: dict[str, str], status: int, code: int, message: str
) -> None:
    answer = bot.post(SIGNED, **headers)

    assert (answer.status, answer.code, answer.message) == (status, code, message)
    assert answer.data == {}


@pytest.mark.parametrize(("seconds", "code"), [(60, 1000), (-60, 1000), (61, 30007), (-61, 30007)])
def test_a_timestamp_is_good_for_a_minute_either_way(
    bot: Integrator, seconds: float, code: int
) -> None:
    with clock.held_at(clock.now()):
        answer = bot.post(SIGNED, timestamp=ago(seconds))

    assert answer.code == code
    if code == 30007:
        assert answer.status == 401
        assert answer.message == "Header X-BM-TIMESTAMP range. Within a minute"


@pytest.mark.parametrize(
    ("window", "seconds_ago", "code"),
    [
        ("5000", 2, 1000),
        (5000, 8, 30007),
        (60000, 50, 1000),
        (0, 0, 50021),
        (60001, 0, 50021),
        (-1, 0, 50021),
        ("soon", 0, 50021),
    ],
)
def test_a_caller_may_shorten_the_window(
    bot: Integrator, window: object, seconds_ago: float, code: int
) -> None:
    with clock.held_at(clock.now()):
        answer = bot.post(SIGNED, {"recvWindow": window}, timestamp=ago(seconds_ago))

    assert answer.code == code
    if code == 50021:
        assert "recvWindow" in answer.message


def test_a_frozen_key_is_refused_before_its_signature_is_looked_at(bot: Integrator) -> None:
    ApiKey.objects.filter(key=bot.key).update(frozen=True)

    answer = bot.post(SIGNED, sign="")

    assert (answer.status, answer.code) == (401, 30003)


def test_a_restriction_of_the_api_freezes_every_key(bot: Integrator, trader: Customer) -> None:
    Restriction.objects.create(
        customer=trader, kind=Restriction.Kind.API, reason="probing", imposed_by="tests"
    )

    assert bot.get(KEYED).code == 30003
    assert bot.post(SIGNED).code == 30003


def test_an_expired_key_is_refused(bot: Integrator) -> None:
    ApiKey.objects.filter(key=bot.key).update(expires_at=clock.now() - timedelta(seconds=1))

    answer = bot.get(KEYED)

    assert (answer.status, answer.code) == (403, 30011)


def test_a_revoked_key_was_never_there(bot: Integrator) -> None:
    ApiKey.objects.filter(key=bot.key).update(revoked_at=clock.now())

    assert bot.get(KEYED).code == 30002


@pytest.mark.parametrize(
    ("ip", "code"),
    [
        ("198.51.100.7", 1000),
        ("::ffff:198.51.100.7", 1000),
        ("203.0.113.200", 1000),
        ("198.51.100.8", 30010),
        ("::1", 30010),
    ],
)
def test_a_key_works_from_its_addresses_only(trader: Customer, ip: str, code: int) -> None:
    bot = integrator(trader, allowed_ips=["198.51.100.7", "203.0.113.0/24"])
    bot.ip = ip

    assert bot.get(KEYED).code == code
    assert bot.post(SIGNED).code == code


def test_a_forwarded_address_is_not_believed(trader: Customer) -> None:
    bot = integrator(trader, allowed_ips=["198.51.100.7"])

    answer = bot.client.get(KEYED, headers={"X-BM-KEY": bot.key, "X-Forwarded-For": "198.51.100.7"})

    assert bot.answer(answer).code == 30010


def test_a_key_without_the_trade_permission_reads_but_does_not_trade(trader: Customer) -> None:
    reader = integrator(trader, can_trade=False)

    assert reader.post(SIGNED).code == 1000
    answer = reader.post(TRADE, sign="")

    assert (answer.status, answer.code) == (403, 30012)
    assert answer.message == "Header X-BM-KEY is forbidden to request it"


def test_reading_by_get_needs_the_key_alone_and_ignores_an_old_signature(bot: Integrator) -> None:
    response = bot.client.get(
        KEYED, headers={"X-BM-KEY": bot.key, "X-BM-SIGN": "old", "X-BM-TIMESTAMP": "1"}
    )

    assert bot.answer(response).code == 1000
    assert Integrator().get(KEYED).code == 30001


@pytest.mark.parametrize("payload", [b"symbol=BTC_USDT&status=8", b""])
def test_a_signed_get_signs_its_query_or_nothing(bot: Integrator, payload: bytes) -> None:
    response = bot.client.get(
        "/spot/v3/orders?symbol=BTC_USDT&status=8", headers=bot.signed(payload)
    )

    assert bot.answer(response).code == 1000


def test_a_signed_get_is_refused_for_another_query(bot: Integrator) -> None:
    response = bot.client.get(
        "/spot/v3/orders?symbol=BTC_USDT&status=8",
        headers=bot.signed(b"symbol=BTC_USDT&status=6"),
    )

    assert bot.answer(response).code == 30005


def test_somebody_elses_secret_does_not_open_a_key(bot: Integrator) -> None:
    other = integrator()

    assert bot.post(SIGNED, sign=other.signed(b"{}")["X-BM-SIGN"]).code == 30005


def test_the_memo_is_a_secret_too(bot: Integrator) -> None:
    bot.memo = "guess"

    assert bot.post(SIGNED).code == 30005


def test_the_closed_api_switch_stops_integrators_and_not_the_public(
    bot: Integrator, stranger: Integrator
) -> None:
    Switch.objects.update_or_create(
        name="api",
        defaults={"closed": True, "customer_message": "We are looking into an incident."},
    )

    answer = bot.get(KEYED)

    assert (answer.status, answer.code) == (200, 30016)
    assert answer.message == "We are looking into an incident."
    assert stranger.get("/system/time").code == 1000


@pytest.mark.usefixtures("own_limits")
def test_guessing_from_one_address_is_slowed_down(
    stranger: Integrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "FAILED_LOGINS", Limit(3, 3600))
    stranger.ip, stranger.key = f"10.9.{uuid4().int % 256}.{uuid4().int % 256}", "guess"

    codes = [stranger.get(KEYED).code for _ in range(5)]

    assert codes == [30002, 30002, 30002, 30013, 30013]


def test_the_use_of_a_key_is_noted(bot: Integrator) -> None:
    bot.get(KEYED)

    noted = ApiKey.objects.get(key=bot.key).last_used_at
    assert noted is not None
    assert clock.now() - noted < timedelta(minutes=1)


def test_secrets_reach_no_log_line(bot: Integrator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    bot.post(SIGNED, sign="0" * 64)
    bot.post("/spot/v2/submit_order", {"symbol": "NO_SUCH"})

    for secret in (bot.secret, bot.memo):
        assert secret not in caplog.text


def test_a_sub_accounts_key_acts_for_the_sub_account(trader: Customer) -> None:
    child = factories.customer(parent=trader)
    factories.fund(child, "USDT", "7")

    answer = integrator(child).get(KEYED)

    assert [(row["id"], row["available"]) for row in answer.data["wallet"]] == [("USDT", "7")]
