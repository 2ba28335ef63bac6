"""Staff who have shown a second factor, and an exchange with a little of everything in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from exchange.accounts import api_keys, restrictions, roles
from exchange.accounts.models import Customer, StaffInvitation, User
from exchange.audit.seal import seal_waiting
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.models import OutboxEvent
from exchange.ledger.models import Reconciliation
from exchange.markets.models import Market
from exchange.trading import wake
from exchange.trading.match import match
from tests import factories
from tests.factories.accounts import authenticator, staff
from tests.factories.trading import limit, some_trading

SYSTEM = system("tests")


def verified(person: User) -> Client:
    """A browser in which somebody logged in and showed their second factor."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    factor = person.authenticator_set.first() or authenticator(person)
    session["otp_device_id"] = factor.persistent_id
    session.save()
    return client


@pytest.fixture
def every_role(db: None) -> None:
    roles.sync_roles()


@pytest.fixture
def as_role(every_role: None) -> Callable[..., Client]:
    """A browser of a member of staff in these roles."""

    def make(*names: str) -> Client:
        person = factories.user(is_staff=True)
        person.groups.set(Group.objects.filter(name__in=names))
        client = verified(person)
        client.person = person  # type: ignore[attr-defined]
        return client

    return make


@pytest.fixture
def root(db: None) -> Client:
    """A superuser's browser: may do everything that the code lets anybody do."""
    person = factories.user(is_staff=True, is_superuser=True)
    client = verified(person)
    client.person = person  # type: ignore[attr-defined]
    return client


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One of everything, with an order that waits for the matcher."""
    monkeypatch.setattr(wake, "wake", lambda market_id: None)
    return one_of_everything()


def one_of_everything() -> dict[str, Any]:
    """A market that traded, a restriction, a proposal, a key, an event that failed."""
    market = factories.market("BTC_USDT", liquid=True)
    seller, buyer = some_trading(market)
    order_id = limit(seller, "sell", "60000", "1")
    match(market_id=market.pk)
    limit(buyer, "buy", "100", "1")  # waits for the matcher
    key = api_keys.create(customer_id=buyer.pk, label="bot", can_trade=True, actor=SYSTEM)
    restriction = restrictions.restrict(
        customer_id=seller.pk, kind="withdrawal", actor=SYSTEM, reason="reported theft"
    )
    proposer = staff("exchange.unfreeze_customer")
    proposal = restrictions.propose_lift(
        restriction_id=restriction.pk, actor=proposer, reason="cleared by police"
    )
    event = OutboxEvent.objects.create(
        topic="tests.nobody_listens", payload={"what": 1}, attempts=20, last_error="boom"
    )
    seal_waiting()
    invitation = StaffInvitation.objects.create(
        email="new@holdfast.example",
        role=roles.AUDITOR,
        reason="the audit team grows",
        invited_by=User.objects.get(pk=proposer.user_id),
        invited_at=clock.now(),
        expires_at=clock.now() + timedelta(days=3),
    )
    check = {"name": "sums", "says": "Every entry sums to zero.", "ok": True, "looked_at": 9}
    Reconciliation.objects.create(
        ok=True, checks=[{**check, "wrong": 0, "findings": [], "took_ms": 1}], took_ms=1
    )
    return {
        "market": market,
        "seller": seller,
        "buyer": buyer,
        "order_id": order_id,
        "key": key,
        "restriction": restriction,
        "proposal": proposal,
        "proposer": User.objects.get(pk=proposer.user_id),
        "event": event,
        "invitation": invitation,
    }


def more_of_everything(world: dict[str, Any], times: int = 5) -> None:
    """More rows of every kind, to see that a list costs no more queries for it."""
    market: Market = world["market"]
    some_trading(market, rounds=times)
    for number in range(times):
        holder: Customer = factories.customer()
        api_keys.create(customer_id=holder.pk, label=f"k{number}", can_trade=True, actor=SYSTEM)
        restriction = restrictions.restrict(
            customer_id=holder.pk, kind="trading", actor=SYSTEM, reason="test"
        )
        restrictions.propose_lift(
            restriction_id=restriction.pk, actor=staff("exchange.unfreeze_customer"), reason="ok"
        )
        OutboxEvent.objects.create(topic="tests.more", payload={"number": number})
        limit(world["buyer"], "buy", f"{100 + number}", "1")
