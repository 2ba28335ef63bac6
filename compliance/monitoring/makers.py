"""Who is a market maker by contract: marked by two people, for a time, with the contract named.

Who is marked is left alone by the scenarios about orders that are shown and withdrawn, so a wrong
mark hides somebody who spoofs; ending one only lets alerts come that were not looked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from compliance.monitoring.models import MarketMaker
from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound

PERMISSION = "compliance.mark_marketmaker"
KIND = "monitoring.mark_market_maker"
LONGEST = timedelta(days=3 * 366)  # then the contract is looked at again


def standing(customer_id: int) -> MarketMaker | None:
    """The agreement that counts now; None for everybody else. One indexed query."""
    return MarketMaker.objects.filter(
        customer_id=customer_id, ended_at=None, until__gt=clock.now()
    ).first()


def propose(
    *, customer_id: int, agreement: str, until: datetime, actor: Actor, reason: str
) -> Proposal:
    """Ask a colleague to agree that a customer is a market maker until a day.

    Raises PermissionRefused, NotFound, Invalid (agreement, until, reason), Conflict.
    """
    actor.require(PERMISSION)
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    _refuse_malformed(customer, agreement, until)
    return proposals.propose(
        kind=KIND,
        payload={
            "customer_id": customer.pk,
            "agreement": agreement.strip(),
            "until": until.isoformat(),
            "reason": reason.strip()[:500],
        },
        summary=f"Customer {customer.pk} is a market maker by {agreement.strip()},"
        f" until {until:%Y-%m-%d}",
        reason=reason,
        actor=actor,
        target=customer,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _mark(*, payload: dict[str, Any], actor: Actor) -> str:
    customer = Customer.objects.select_for_update().get(pk=payload["customer_id"])
    until = datetime.fromisoformat(payload["until"])
    _refuse_malformed(customer, payload["agreement"], until)
    _end_what_is_over(customer.pk)
    row = MarketMaker.objects.create(
        customer=customer,
        agreement=payload["agreement"],
        since=clock.now(),
        until=until,
        reason=payload["reason"],
        agreed_by=actor.label[:254],
    )
    record(
        actor=actor,
        verb="monitoring.mark_market_maker",
        target=row,
        reason=payload["reason"],
        after={"customer": customer.pk, "agreement": row.agreement, "until": row.until},
    )
    return f"Customer {customer.pk} is a market maker until {until:%Y-%m-%d}"


def end(*, maker_id: int, actor: Actor, reason: str) -> MarketMaker:
    """Let scenarios look at them again, at once. One person is enough.

    Raises PermissionRefused, Invalid without a reason, NotFound, Conflict when it has ended.
    """
    actor.require(PERMISSION)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = MarketMaker.objects.select_for_update().filter(pk=maker_id).first()
        if row is None:
            raise NotFound(f"There is no market maker {maker_id}.", field="maker_id")
        if row.ended_at is not None:
            raise Conflict("This agreement has ended already.", limit=row.ended_at.isoformat())
        _end(row, actor, reason)
    return row


def _refuse_malformed(customer: Customer, agreement: str, until: datetime) -> None:
    if customer.parent_id is not None:
        raise Invalid(
            f"Mark the main account {customer.parent_id}: sub-accounts are the same person.",
            field="customer_id",
        )
    if not 1 <= len(agreement.strip()) <= 100:
        raise Invalid("Name the contract.", field="agreement", limit=100)
    now = clock.now()
    if not now < until <= now + LONGEST:
        raise Invalid(
            "It ends on a day to come, within three years.", field="until", limit=LONGEST.days
        )
    if standing(customer.pk) is not None:
        raise Conflict("They are a market maker already. End that agreement first.")


def _end_what_is_over(customer_id: int) -> None:
    """An agreement whose day has passed makes room for the next."""
    rows = MarketMaker.objects.select_for_update().filter(customer_id=customer_id, ended_at=None)
    for row in rows:
        _end(row, system("monitoring"), "Its day has passed.")


def _end(row: MarketMaker, actor: Actor, reason: str) -> None:
    row.ended_at, row.ended_by, row.end_reason = clock.now(), actor.label[:254], reason[:500]
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])
    record(
        actor=actor,
        verb="monitoring.end_market_maker",
        target=row,
        reason=reason,
        after={"customer": row.customer_id},
    )
