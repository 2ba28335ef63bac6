"""Legal holds: an order to keep everything about a customer, whatever retention says."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.reporting.models import LegalHold
from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

PLACE, LIFT = "compliance.add_legalhold", "compliance.change_legalhold"
PROPOSAL = "reporting.lift_hold"


def place(*, customer_id: int, authority: str, reason: str, actor: Actor) -> LegalHold:
    """Keep everything about somebody until the hold is lifted. Each order is a hold of its own."""
    actor.require(PLACE)
    if not (authority.strip() and reason.strip()):
        raise Invalid(_("Say who ordered it, and why."), field="authority")
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."), field="customer_id")
    with transaction.atomic():
        hold = LegalHold.objects.create(
            customer_id=customer_id,
            authority=authority.strip()[:200],
            reason=reason.strip()[:500],
            placed_at=clock.now(),
            placed_by=actor.label,
        )
        record(
            actor=actor,
            verb="reporting.place_hold",
            target=hold,
            reason=reason,
            after={"customer": customer_id, "authority": hold.authority},
        )
    return hold


def stands(customer_id: int | None) -> bool:
    """Whether anything about this customer has to be kept. One indexed query."""
    return (
        customer_id is not None
        and LegalHold.objects.filter(customer_id=customer_id, lifted_at__isnull=True).exists()
    )


def propose_lift(*, hold_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to lift a hold: what is deleted afterwards can't be had back."""
    hold = LegalHold.objects.filter(pk=hold_id).first()
    if hold is None:
        raise NotFound(_("There is no such hold."), field="hold_id")
    if hold.lifted_at is not None:
        raise Conflict(_("It is lifted already."))
    return proposals.propose(
        kind=PROPOSAL,
        payload={"hold_id": hold_id},
        summary=_("Lift legal hold %(hold)s of %(authority)s")
        % {"hold": hold_id, "authority": hold.authority},
        reason=reason,
        actor=actor,
        target=hold,
    )


@proposals.proposal_kind(PROPOSAL, permission_to_propose=LIFT, permission_to_approve=LIFT)
def _lift(*, payload: dict[str, Any], actor: Actor) -> str:
    hold = LegalHold.objects.select_for_update().get(pk=payload["hold_id"])
    if hold.lifted_at is not None:
        raise Conflict(_("It is lifted already."))
    hold.lifted_at = clock.now()
    hold.lifted_by = actor.label
    hold.save(update_fields=["lifted_at", "lifted_by"])
    record(actor=actor, verb="reporting.lift_hold", target=hold)
    return f"{hold} is lifted"
