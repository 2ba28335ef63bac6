"""The streams process asks whose login it was given; only a shown secret is an answer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from exchange.accounts import stream_tokens
from exchange.accounts.models import ApiKey, Customer
from exchange.api import signing
from exchange.core import clock
from tests.factories.integrators import Answer, Integrator, integrator

pytestmark = pytest.mark.django_db


def login(stranger: Integrator, args: Any, ip: str = "203.0.113.5") -> Answer:
    return stranger.post("/system/stream-login", {"args": args, "ip": ip})


def signed(bot: Integrator, payload: bytes = b"bitmart.WebSocket", ago: float = 0) -> list[str]:
    timestamp = str(int((time.time() - ago) * 1000))
    sign = signing.signature(secret=bot.secret, memo=bot.memo, timestamp=timestamp, payload=payload)
    return [bot.key, timestamp, sign]


def test_a_signed_login_names_the_customer(
    stranger: Integrator, bot: Integrator, trader: Customer
) -> None:
    answer = login(stranger, signed(bot))

    assert (answer.code, answer.data["customer_id"]) == (1000, trader.pk)
    assert answer.data["expires_ms"] > clock.now_ms()


def test_a_pages_token_names_the_customer(stranger: Integrator, trader: Customer) -> None:
    answer = login(stranger, ["token", stream_tokens.issue(trader.pk)])

    assert answer.data["customer_id"] == trader.pk
    assert answer.data["expires_ms"] > clock.now_ms()


def test_a_forged_token_is_refused(stranger: Integrator, trader: Customer) -> None:
    forged = stream_tokens.issue(trader.pk).replace(str(trader.pk), "1", 1) + "x"

    assert (login(stranger, ["token", forged]).status) == 401


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["nobody", "1", "x"], 30002),
        (["", "1", "x"], 30001),
        ([], 50000),
        (None, 30018),
    ],
)
def test_what_is_no_login_is_refused(stranger: Integrator, args: Any, code: int) -> None:
    assert login(stranger, args).code == code


def test_a_login_for_something_else_or_from_before_is_refused(
    stranger: Integrator, bot: Integrator
) -> None:
    assert login(stranger, signed(bot, payload=b"{}")).code == 30005
    assert login(stranger, signed(bot, ago=120)).code == 30007
    assert login(stranger, [bot.key]).code == 30004


def test_the_keys_addresses_bind_streams_too(stranger: Integrator, trader: Customer) -> None:
    bot = integrator(trader, allowed_ips=["198.51.100.7"])

    assert login(stranger, signed(bot), ip="198.51.100.7").code == 1000
    assert login(stranger, signed(bot), ip="198.51.100.8").code == 30010
    assert login(stranger, signed(bot), ip="nonsense").code == 50000


def test_a_frozen_key_opens_no_stream(stranger: Integrator, bot: Integrator) -> None:
    ApiKey.objects.filter(key=bot.key).update(frozen=True)

    assert login(stranger, signed(bot)).code == 30003
