"""Halting a market, and opening it again."""

from __future__ import annotations

import pytest

from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import OutboxEvent
from exchange.markets import halt
from exchange.markets.models import Market
from tests import factories

pytestmark = pytest.mark.django_db

COMMANDER = factories.officer("exchange.halt_market", label="commander@holdfast.example")


@pytest.fixture
def btc() -> Market:
    return factories.market("BTC_USDT")


def test_a_halt_is_written_down_announced_and_told_to_customers(btc):
    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="prices look wrong", told="We are looking.")

    btc.refresh_from_db()
    assert (btc.status, btc.status_reason) == ("halted", "We are looking.")
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason) == ("markets.set_status", "prices look wrong")
    assert event.before == {"status": "trading", "status_reason": ""}
    assert OutboxEvent.objects.get().payload["status"] == "halted"


def test_customers_are_never_told_the_reason(btc):
    halt.halt(market_id=btc.pk, actor=COMMANDER, reason="suspected manipulation")

    btc.refresh_from_db()
    assert btc.status_reason == ""


def test_a_market_opens_again_and_says_nothing_any_more(btc):
    halt.cancel_only(market_id=btc.pk, actor=COMMANDER, reason="upgrade", told="Back soon.")
    halt.reopen(market_id=btc.pk, actor=COMMANDER, reason="done")

    btc.refresh_from_db()
    assert (btc.status, btc.status_reason) == ("trading", "")


def test_halting_twice_is_halting_once(btc):
    for _ in range(2):
        halt.halt(market_id=btc.pk, actor=COMMANDER, reason="x")

    assert AuditEvent.objects.count() == 1


def test_a_delisted_market_stays_delisted(btc):
    Market.objects.update(status="delisted")

    with pytest.raises(Conflict):
        halt.reopen(market_id=btc.pk, actor=COMMANDER, reason="x")

    btc.refresh_from_db()
    assert btc.status == "delisted"


def test_every_status_has_its_moves():
    assert set(halt.MOVES) == set(Market.Status)


@pytest.mark.parametrize(
    ("actor", "reason", "refusal"),
    [(factories.officer(), "x", PermissionRefused), (COMMANDER, "  ", Invalid)],
)
def test_without_permission_or_reason_nothing_moves(btc, actor, reason, refusal):
    with pytest.raises(refusal):
        halt.halt(market_id=btc.pk, actor=actor, reason=reason)

    btc.refresh_from_db()
    assert btc.status == "trading"
    assert not AuditEvent.objects.exists()


def test_a_market_that_is_not_there_is_not_found(db):
    with pytest.raises(NotFound):
        halt.halt(market_id=404, actor=COMMANDER, reason="x")
