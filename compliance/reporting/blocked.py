"""Property that is blocked for OFAC: written down when it is blocked, until it is released.

Each blocking is due at OFAC within ten business days; what stands on 30 June goes into the annual
report, due on 30 September.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting import deadlines, gather
from compliance.reporting.draft import FILE, start
from compliance.reporting.models import BlockedProperty, Report
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

MOST_ROWS = 10_000


def write_down(
    *,
    customer_id: int,
    asset: str,
    amount: Decimal,
    worth_usd: Decimal,
    listed_name: str,
    program: str,
    reference: str,
    actor: Actor,
    blocked_at: datetime | None = None,
    where_held: str = "In the customer's account with us",
) -> BlockedProperty:
    """Note that property is blocked. The same `reference` twice is one row."""
    actor.require(FILE)
    if amount <= 0 or worth_usd < 0:
        raise Invalid(_("An amount above zero."), field="amount")
    if not (listed_name.strip() and program.strip() and reference.strip()):
        raise Invalid(_("Say for whom, and by which programme."), field="listed_name")
    day = deadlines.local_day(Report.Kind.OFAC_BLOCKED, blocked_at or clock.now())
    with transaction.atomic():
        row, fresh = BlockedProperty.objects.get_or_create(
            reference=reference[:120],
            defaults={
                "customer_id": customer_id,
                "asset": asset,
                "amount": amount,
                "worth_usd": worth_usd,
                "blocked_on": day,
                "program": program[:60],
                "listed_name": listed_name[:200],
                "where_held": where_held[:200],
            },
        )
        if fresh:
            record(
                actor=actor,
                verb="reporting.block_property",
                target=row,
                after={"asset": asset, "amount": amount, "program": program},
            )
    return row


def report_blocked(*, customer_id: int, blocked_at: datetime, actor: Actor) -> Report:
    """Begin the report of everything of a customer that is blocked and not reported yet.

    Raises Conflict when there is nothing.
    """
    with transaction.atomic():
        rows = list(
            BlockedProperty.objects.select_for_update(of=("self",))
            .select_related("customer__user")
            .filter(customer_id=customer_id, report__isnull=True)
            .order_by("pk")[:200]
        )
        if not rows:
            raise Conflict(_("Nothing of this customer is blocked and not reported."))
        report = start(
            kind=Report.Kind.OFAC_BLOCKED,
            actor=actor,
            customer_id=customer_id,
            known_at=blocked_at,
            contents={
                "filing_type": "initial",
                "items": [gather.blocked_item(each) for each in rows],
                "narrative": "",
            },
        )
        BlockedProperty.objects.filter(pk__in=[each.pk for each in rows]).update(report=report)
    return report


def release(
    *, blocked_id: int, license_number: str, actor: Actor, reason: str, on: date | None = None
) -> BlockedProperty:
    """Note that OFAC licensed a release. It moves no money: lifting the restriction does."""
    actor.require(FILE)
    if not license_number.strip():
        raise Invalid(_("Give OFAC's licence."), field="license_number")
    with transaction.atomic():
        row = BlockedProperty.objects.select_for_update().filter(pk=blocked_id).first()
        if row is None:
            raise NotFound(_("There is no such property."), field="blocked_id")
        if row.released_on is not None:
            raise Conflict(_("It was released already."))
        row.released_on = on or clock.now().date()
        row.license_number = license_number.strip()[:60]
        row.save(update_fields=["released_on", "license_number"])
        record(
            actor=actor,
            verb="reporting.release_property",
            target=row,
            reason=reason,
            after={"license": row.license_number},
        )
    return row


def annual(*, year: int, actor: Actor) -> Report:
    """The annual report of what is blocked on 30 June. Twice is one. Empty is a report too."""
    as_of = date(year, 6, 30)
    if as_of > clock.now().date():
        raise Invalid(_("30 June of that year has not come yet."), field="year")
    standing = (
        BlockedProperty.objects.select_related("customer__user")
        .filter(blocked_on__lte=as_of)
        .exclude(released_on__lte=as_of)
        .order_by("blocked_on", "pk")
    )
    known_at = datetime.combine(as_of, datetime.min.time(), tzinfo=deadlines.ZONES["us"])
    return start(
        kind=Report.Kind.OFAC_ANNUAL,
        actor=actor,
        known_at=known_at,
        found_by=f"ofac_annual:{year}",
        contents={
            "filing_type": "initial",
            "as_of": as_of.isoformat(),
            "items": [gather.blocked_item(each) for each in standing[:MOST_ROWS]],
            "narrative": "",
        },
        title=_("Blocked property on 30 June %(year)s") % {"year": year},
    )
