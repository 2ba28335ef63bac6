"""Campaigns that are open and paid for, and people who may take part."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from exchange.accounts.models import Customer, LoginDevice
from exchange.core import clock
from launchpad.rewards import campaigns
from launchpad.rewards.models import Campaign, Participation, TradedDay
from tests import factories
from tests.factories.accounts import staff
from tests.factories.identity import identified
from tests.launchpad.conftest import put_into

MANAGER = "launchpad.manage_campaign"
APPROVER = "launchpad.approve_recipients"
CHECKER = "launchpad.decide_reward"


def manager():
    return staff(MANAGER)


def approver():
    return staff(APPROVER)


def checker():
    return staff(CHECKER)


def person(name: str = "", *, born: date | None = None, **fields: Any) -> Customer:
    """A verified customer; two of one name and birth date are one person."""
    who = factories.customer(**fields)
    more = {"birth_date": born} if born else {}
    if name:
        given, _space, family = name.partition(" ")
        more |= {"given_names": given, "family_name": family}
    identified(who, **more)
    return who


def same_browser(*people: Customer, fingerprint: str = "f" * 64) -> None:
    for who in people:
        LoginDevice.objects.create(
            user=who.user, fingerprint=fingerprint, user_agent="Firefox", ip="203.0.113.9"
        )


TERMS: dict[str, dict[str, Any]] = {
    "lessons": {"each": "2"},
    "referral": {"share_percent": "20", "days": 30},
    "deposit_bonus": {"least": "100", "percent": "5", "cap": "20", "days": 10},
    "competition": {"markets": [], "prizes": ["50", "30", "20"], "least_usd": "100"},
    "airdrop": {"rule": "per_head", "each": "3", "snapshot_id": None},
}


def campaign(
    kind: str = "lessons",
    *,
    budget: str = "100",
    code: str = "USDT",
    starts: datetime | None = None,
    ends: datetime | None = None,
    opened: bool = True,
    **terms: Any,
) -> Campaign:
    """Drafted, funded and opened by the verbs."""
    today = datetime.combine(clock.now().date(), datetime.min.time(), UTC)
    made = campaigns.draft(
        kind=kind,
        title=f"A {kind}",
        summary="",
        asset_id=factories.asset(code, precision=8).pk,
        budget=D(budget),
        terms={**TERMS[kind], **terms},
        starts_at=starts or today - timedelta(days=1),
        ends_at=ends or today + timedelta(days=30),
        actor=manager(),
    )
    put_into(made.programme, budget)
    if opened:
        campaigns.open_campaign(campaign_id=made.pk, actor=manager(), reason="as planned")
    made.refresh_from_db()
    return made


def joined(made: Campaign, *people: Customer, at: datetime | None = None) -> None:
    for who in people:
        Participation.objects.create(campaign=made, customer=who, joined_at=at or clock.now())


def traded(
    one: Customer, other: Customer, usd: str, *, day: date | None = None, fees: str = "0.01"
) -> None:
    """Two customers traded with each other, and each paid so much in fees."""
    first, second = sorted((one.pk, other.pk))
    TradedDay.objects.create(
        day=day or clock.now().date(),
        market=factories.market(),
        one_id=first,
        other_id=second,
        usd=D(usd),
        one_fees_usd=D(fees),
        other_fees_usd=D(fees),
        trades=1,
    )


@pytest.fixture
def lessons_campaign(db) -> Campaign:
    return campaign("lessons")
