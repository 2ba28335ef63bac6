"""What to do first: severity x the customer's risk x exposure, growing with every day of waiting.

The product is kept as `Case.weight`; age is added when a queue is read, so that nothing has to
count time. A sanctions hit weighs ten times as much.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet, Sum, Value
from django.db.models.functions import Extract

from compliance.cases.models import Case
from compliance.identity.models import Identity
from compliance.identity.words import Risk
from exchange.core.models import Fact, FactKind

RISKS: dict[str, int] = {Risk.LOW: 1, Risk.MEDIUM: 2, Risk.HIGH: 3, Risk.PROHIBITED: 4}
UNKNOWN_RISK = RISKS[Risk.MEDIUM]
# From which exposure in USD on each factor counts.
BANDS = [(Decimal(1_000_000), 5), (Decimal(100_000), 4), (Decimal(10_000), 3), (Decimal(1_000), 2)]
SANCTIONS_FACTOR = 10
DAY_SECONDS = 86_400
# What tells the same money a second time, or money that never moved.
NOT_EXPOSED = [
    FactKind.WITHDRAWAL_SENT,
    FactKind.WITHDRAWAL_CLOSED,
    FactKind.ORDER,
    FactKind.CANCEL,
]
MOST_FACTS = 10_000


def weight_of(*, severity: int, risk: int, exposure: Decimal, sanctions: bool) -> int:
    """1 to 100, or ten times that."""
    return severity * risk * band_of(exposure) * (SANCTIONS_FACTOR if sanctions else 1)


def band_of(exposure: Decimal) -> int:
    """How often an exposure counts."""
    return next((factor for least, factor in BANDS if exposure >= least), 1)


def priority_of(case: Case, now: datetime) -> int:
    """The figure that queues are ordered by: the weight, once more for each day since the alert."""
    seconds = max(int((now - case.raised_at).total_seconds()), 0)
    return case.weight * (DAY_SECONDS + seconds) // DAY_SECONDS


def first_things_first(cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    """Ordered by priority, the oldest of equals first."""
    waited = Extract(Value(now) - F("raised_at"), "epoch")
    priority = ExpressionWrapper(
        F("weight") * (waited / DAY_SECONDS + 1),
        output_field=DecimalField(max_digits=20, decimal_places=4),
    )
    return cases.annotate(priority=priority).order_by("-priority", "id")


def weigh(case: Case) -> None:
    """Read severity, risk and exposure anew from its alerts and people, and set the weight."""
    rows = [each.alert for each in case.alerts.select_related("alert")[:1000]]
    people = list(case.people.values_list("customer_id", flat=True)[:1000])
    case.severity = max((row.severity for row in rows), default=case.severity)
    case.risk = risk_of(people)
    ids = {fact for row in rows for fact in row.evidence.get("facts", [])[:500]}
    case.exposure_usd = exposure_of(sorted(ids)[:MOST_FACTS])
    case.weight = weight_of(
        severity=case.severity,
        risk=case.risk,
        exposure=case.exposure_usd,
        sanctions=case.sanctions,
    )


def risk_of(customer_ids: list[int]) -> int:
    """The factor of the riskiest of them. One query."""
    known = Identity.objects.filter(customer_id__in=customer_ids).values_list("risk", flat=True)
    factors = [RISKS.get(risk, UNKNOWN_RISK) for risk in known]
    return max(factors, default=UNKNOWN_RISK)


def exposure_of(fact_ids: list[int]) -> Decimal:
    """What the money of these facts was worth. One query by key."""
    money = Fact.objects.filter(pk__in=fact_ids, usd__gt=0).exclude(kind__in=NOT_EXPOSED)
    total: Decimal = money.aggregate(total=Sum("usd"))["total"] or Decimal(0)
    return min(total, Decimal(10) ** 17).quantize(Decimal("0.01"))
