"""Pay what a passed grant allows, in parts, each with two people.

A vote says how much at most; to whom and when follows from what it says and from what was done for
it, which a person judges. So one member of staff asks for a part, with what was done, and another
approves it. All parts together never come to more than the vote allowed, which PostgreSQL sees to,
and they are paid from a programme that was funded for grants, which can't be overdrawn. When the
last of it is paid the vote is carried out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity.queries import tier_of
from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import parse, plain
from launchpad.governance import carry, policy, power
from launchpad.governance.models import GrantPart, VoteProposal
from launchpad.governance.propose import locked
from launchpad.governance.states import Kind, Outcome, State
from launchpad.programmes import payouts
from launchpad.programmes import queries as programmes
from launchpad.programmes.models import Programme

KIND = "governance.pay_grant"
PROPOSE, APPROVE = "launchpad.carry_over_vote", "launchpad.approve_voted_change"


def left_of(proposal: VoteProposal) -> Decimal:
    """What may still be paid. Nothing for a grant whose proposal named no amount."""
    return (proposal.grant_amount or Decimal(0)) - proposal.granted


def open_programmes() -> list[Programme]:
    """What grants can be paid from."""
    rows = Programme.objects.filter(
        kind=Programme.Kind.GRANT, state=Programme.State.OPEN, asset__code=policy.ASSET
    )
    return list(rows.select_related("asset").order_by("-pk")[:50])


def ask(
    *,
    proposal_id: int,
    customer_id: int,
    amount: Decimal | str,
    programme_id: int,
    note: str,
    actor: Actor,
) -> Proposal:
    """Ask a colleague to let a part of a passed grant be paid. Everybody reads `note`.

    Raises PermissionRefused, NotFound, Conflict (not passed, more than is left, the programme has
    less), Invalid (amount, note, customer_id, programme_id).
    """
    actor.require(PROPOSE)
    if not note.strip():
        raise Invalid(_("Say what was done for it: everybody reads that."), field="note")
    with transaction.atomic():
        proposal = locked(proposal_id)
        part = parse(amount, field="amount", precision=policy.asset().precision)
        _refuse(proposal, part, customer_id, programme_id)
        return proposals.propose(
            kind=KIND,
            payload={
                "vote": proposal.pk,
                "part": proposal.parts.count() + 1,
                "customer_id": customer_id,
                "amount": plain(part),
                "programme_id": programme_id,
                "note": note.strip()[:500],
                "asked_by": actor.label,
                "root": proposal.root,
            },
            summary=f"Grant of vote {proposal.pk} ({proposal.title}): pay {plain(part)}"
            f" {policy.ASSET} to customer {customer_id}, of {plain(left_of(proposal))} left"[:300],
            reason=note,
            actor=actor,
            target=proposal,
        )


@proposals.proposal_kind(KIND, permission_to_propose=PROPOSE, permission_to_approve=APPROVE)
def _pay(*, payload: dict[str, Any], actor: Actor) -> str:
    proposal = locked(int(payload["vote"]))
    part, customer_id = Decimal(payload["amount"]), int(payload["customer_id"])
    programme_id, number = int(payload["programme_id"]), int(payload["part"])
    _refuse(proposal, part, customer_id, programme_id)
    if proposal.parts.filter(number=number).exists():
        raise Conflict(_("This part was paid already."), limit=number)
    payout = payouts.prepare(
        programme_id=programme_id,
        key=f"vote {proposal.pk} part {number}",
        lines=[payouts.Line(customer_id, part, f"vote:{proposal.pk}")],
        actor=actor,
    )
    proposal.granted += part
    proposal.save(update_fields=["granted"])
    GrantPart.objects.create(
        proposal=proposal,
        number=number,
        customer_id=customer_id,
        amount=part,
        payout=payout,
        asked_by=payload["asked_by"],
        approved_by=actor.label,
        at=clock.now(),
        note=payload["note"],
    )
    record(
        actor=actor,
        verb="governance.pay_grant",
        target=proposal,
        reason=payload["note"],
        after={"part": number, "customer": customer_id, "amount": plain(part)},
    )
    if not left_of(proposal):
        paid = plain(proposal.granted)
        carry.executed(proposal, f"{paid} {policy.ASSET} in {number} part(s)", actor)
    return f"{plain(part)} {policy.ASSET} go to customer {customer_id} with the next payment"


def _refuse(proposal: VoteProposal, part: Decimal, customer_id: int, programme_id: int) -> None:
    """What must hold when it is asked for, and again when it is approved."""
    if proposal.kind != Kind.GRANT or proposal.outcome != Outcome.PASSED:
        raise Conflict(_("Only a grant that passed is paid."), limit=proposal.state)
    if proposal.state != State.CLOSED:
        raise Conflict(_("This is carried out already."), limit=proposal.state)
    if part > left_of(proposal):
        raise Conflict(
            _("The vote leaves %(left)s BMX to be paid.") % {"left": plain(left_of(proposal))},
            field="amount",
            limit=plain(left_of(proposal)),
        )
    _refuse_receiver(customer_id)
    programme = programmes.programme(programme_id)
    if programme.kind != Programme.Kind.GRANT or programme.asset.code != policy.ASSET:
        raise Invalid(_("Grants are paid from a programme for grants."), field="programme_id")
    if programme.state != Programme.State.OPEN:
        raise Conflict(_("This programme is not open."), field="programme_id")
    budget = programmes.budget(programme)
    if part > budget.available - budget.waiting:
        raise Conflict(
            _("The programme has less than that: have it funded first."),
            field="programme_id",
            limit=plain(max(budget.available - budget.waiting, Decimal(0))),
        )


def _refuse_receiver(customer_id: int) -> None:
    """A verified main account that no rule leaves out."""
    main = Customer.objects.filter(pk=customer_id, parent=None).exists()
    if not main:
        raise NotFound(_("There is no such main account."), field="customer_id")
    if power.rule_now(customer_id, at=clock.now()):
        raise Invalid(_("Restricted accounts and our staff's get no grants."), field="customer_id")
    if tier_of(customer_id) < 1:
        raise Invalid(_("Whoever gets a grant is a verified person."), field="customer_id")
