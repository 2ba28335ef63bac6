"""Alerts and cases for tests, raised and collected the way the exchange does."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from compliance.cases import collect
from compliance.cases.models import Case
from compliance.monitoring import alerts
from compliance.monitoring.models import Alert
from exchange.accounts.models import Customer, User
from exchange.core import clock, facts
from exchange.core.actors import Actor
from exchange.core.facts import FactKind
from exchange.core.models import Fact
from tests import factories
from tests.factories.accounts import staff

_numbers = itertools.count(1)
L1 = ("compliance.triage_case", "compliance.label_alert")
OFFICER = (
    *L1,
    "compliance.investigate_case",
    "compliance.approve_case",
    "compliance.review_case",
    "compliance.view_caseevidence",
    "exchange.freeze_customer",
)
MLRO = (*OFFICER, "compliance.decide_case", "compliance.reassign_case")


def officer(holder: User | None = None) -> Actor:
    return staff(*OFFICER, holder=holder)


def mlro(holder: User | None = None) -> Actor:
    return staff(*MLRO, holder=holder)


def fact(
    holder: Customer,
    *,
    kind: str = FactKind.CRYPTO_DEPOSIT,
    usd: str | None = "1000",
    at: datetime | None = None,
    **more: Any,
) -> Fact:
    """Something that happened to a customer."""
    reference = more.pop("reference", f"t{next(_numbers)}")
    with transaction.atomic():
        facts.report(
            kind=kind,
            customer_id=holder.pk,
            at=at or clock.now(),
            reference=reference,
            usd=None if usd is None else Decimal(usd),
            amount=None if usd is None else Decimal(usd),
            asset="" if usd is None else "USDT",
            **more,
        )
    return Fact.objects.get(kind=kind, reference=reference)


def alert(
    holder: Customer,
    *,
    severity: int = 3,
    scenario: str = "structuring",
    ring: list[Customer] | None = None,
    known: list[Fact] | None = None,
    **more: Any,
) -> Alert:
    """An open alert of one customer, over a window of its own."""
    end = clock.now() - timedelta(minutes=next(_numbers))
    with transaction.atomic():
        return alerts.raise_alert(
            scenario=scenario,
            title="Structuring",
            explanation="4 deposits of 8,210 to 9,940 USD in 51 h; the threshold is 3.",
            severity=severity,
            window_start=end - timedelta(days=2),
            window_end=end,
            customer_id=holder.pk,
            ring=[each.pk for each in ring] if ring else None,
            evidence={"facts": [each.pk for each in known or []]},
            **more,
        ).alert


def case(holder: Customer | None = None, **more: Any) -> Case:
    """An open case of one alert, in triage, that nobody has claimed."""
    found = collect.collect(alert_id=alert(holder or factories.customer(), **more).pk)
    assert found is not None
    return found
