"""What stands against a withdrawal at the moment it is asked for: hold it, never refuse it.

Whoever moves money out asks here inside their own transaction (`concerns`). It reads facts and
alerts by index, a handful of short queries whatever the history, and changes nothing. The reason is
for staff; a customer learns that it is being checked, as of every other check.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Sum
from django.db.models.functions import TruncDay

from compliance.monitoring.models import Alert
from exchange.core.facts import FactKind
from exchange.core.models import Fact

DAY = timedelta(days=1)
SEVERE, GRAVEST = 4, 5
TAKEN_SHARE = Decimal("0.5")
# Of one person in a day: this many times their busiest day in three months, from this much on.
TIMES_BUSIEST = 5
FROM_USD = Decimal(10_000)
HISTORY = timedelta(days=90)
# A new account has no history to compare with.
NEW_FOR = timedelta(days=7)
NEW_FROM_USD = Decimal(25_000)
OUT = (FactKind.CRYPTO_WITHDRAWAL, FactKind.FIAT_WITHDRAWAL)
CHANGED_LOCKS = (FactKind.DEVICE, FactKind.CREDENTIAL_CHANGE)


class Attempt(NamedTuple):
    """A withdrawal that somebody asks for. `share` is what it takes of the asset they have."""

    customer_id: int  # the main account
    address: str
    usd: Decimal | None
    share: Decimal
    member_since: datetime
    at: datetime
    reference: str = ""  # of the withdrawal itself, when it is looked at again


class Concern(NamedTuple):
    """Why it is held: a stable code, a sentence with numbers, how many people must agree."""

    code: str
    message: str
    approvals: int


def concerns(attempt: Attempt) -> list[Concern]:
    """Everything that stands against it, the gravest first."""
    found = [_open_alerts(attempt), _taken_over(attempt), _too_much(attempt)]
    return sorted((each for each in found if each), key=lambda each: -each.approvals)


def _open_alerts(attempt: Attempt) -> Concern | None:
    alert = (
        Alert.objects.filter(customer_id=attempt.customer_id, severity__gte=SEVERE)
        .exclude(state=Alert.State.CLOSED)
        .order_by("-severity", "-id")
        .first()
    )
    if alert is None:
        return None
    # More people read why a withdrawal is held than may read alerts: the number is enough.
    approvals = 2 if alert.severity == GRAVEST else 1
    return Concern("open_alert", f"Alert {alert.pk} is open.", approvals)


def _taken_over(attempt: Attempt) -> Concern | None:
    """New device or changed locks, then an address never paid, then half of what is there."""
    if attempt.share < TAKEN_SHARE or not attempt.address:
        return None
    own = Fact.objects.filter(customer_id=attempt.customer_id)
    change = _changed_locks(attempt)
    if change is None:
        return None
    earlier = own.filter(
        kind__in=(FactKind.CRYPTO_WITHDRAWAL, FactKind.WITHDRAWAL_SENT),
        address=attempt.address,
        at__lt=attempt.at - DAY,
    ).exclude(reference=attempt.reference)
    if earlier.exists():
        return None
    hours = (attempt.at - change.at).total_seconds() / 3600
    what = "a new device" if change.kind == FactKind.DEVICE else "a changed password or code"
    return Concern(
        "account_takeover",
        f"{what.capitalize()} {hours:.1f} h before, an address never paid before, and"
        f" {attempt.share:.0%} of the balance: this is how accounts are emptied.",
        2,
    )


def _changed_locks(attempt: Attempt) -> Fact | None:
    """The latest change within a day; the device that an account was opened with is none."""
    own = Fact.objects.filter(customer_id=attempt.customer_id, kind__in=CHANGED_LOCKS)
    change = own.filter(at__gt=attempt.at - DAY, at__lte=attempt.at).order_by("-at").first()
    if change is None or change.kind != FactKind.DEVICE:
        return change
    first = own.filter(kind=FactKind.DEVICE).order_by("at", "id").first()
    return None if first is not None and first.device == change.device else change


def _too_much(attempt: Attempt) -> Concern | None:
    if attempt.usd is None:
        return None
    own = Fact.objects.filter(customer_id=attempt.customer_id, kind__in=OUT).exclude(
        reference=attempt.reference
    )
    since = attempt.at - DAY
    today = own.filter(at__gt=since).aggregate(usd=Sum("usd"))["usd"] or Decimal(0)
    together = today + attempt.usd
    if attempt.member_since > attempt.at - NEW_FOR:
        if together < NEW_FROM_USD:
            return None
        days = (attempt.at - attempt.member_since).days
        return Concern(
            "new_account_velocity",
            f"{together:,.0f} USD out within 24 h from an account {days} days old.",
            1,
        )
    busiest = (
        own.filter(at__gt=attempt.at - HISTORY, at__lte=since)
        .annotate(day=TruncDay("at"))
        .values("day")
        .annotate(usd=Sum("usd"))
        .aggregate(most=Max("usd"))["most"]
    )
    if not busiest or together < max(FROM_USD, TIMES_BUSIEST * busiest):
        return None
    return Concern(
        "velocity",
        f"{together:,.0f} USD out within 24 h, {together / busiest:.1f} times the busiest day"
        f" in 90 days ({busiest:,.0f} USD).",
        1,
    )
