"""What officers decide in the queue. Where money moves on incomplete data, two people decide."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from compliance.travel_rule import contents, moves, owners, plan
from compliance.travel_rule.models import TravelMessage
from compliance.travel_rule.states import State
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

WORK = "compliance.work_travelmessage"
RELEASE = "compliance.release_travelmessage"
SEE = "compliance.see_travelpayload"
RELEASE_KIND = "travel_rule.release"
Direction = TravelMessage.Direction
RELEASABLE = [
    State.STAFF, State.CUSTOMER, State.REPAIR, State.SENT, State.UNREACHABLE, State.RECEIVED,
]  # fmt: skip
SENDABLE = [State.STAFF, State.REPAIR, State.UNREACHABLE, State.SENT, State.REFUSED, State.READY]


def send_again(*, message_id: int, actor: Actor, reason: str) -> TravelMessage:
    """Build the message from what is known now and send it, or ask the sender's provider again.

    Raises NotFound, Conflict, Invalid without a reason, PermissionRefused.
    """
    actor.require(WORK)
    _say_why(reason)
    with transaction.atomic():
        row = moves.locked(message_id)
        if row.state not in SENDABLE:
            raise Conflict(f"This message is {row.get_state_display()}.", limit=row.state)
        before = row.state
        if row.direction == Direction.OUT:
            owner = row.owner_id and owners.standing(
                customer_id=row.customer_id or 0, network=row.network, key=row.key, memo=row.memo
            )
            if not owner:
                raise Conflict("The customer has not said whose address it is.")
            plan.apply(row, owner)
        else:
            if row.counterparty is None or not row.counterparty.reachable:
                raise Conflict("No provider is known that could be asked.")
            row.attempts, row.next_try_at = 0, clock.now()
            moves.move(row, State.READY, says="")
        _record(row, "travel_rule.send_again", actor, reason, before)
    return row


def ask_customer(*, message_id: int, actor: Actor, reason: str) -> TravelMessage:
    """Ask the customer (again) whose address it is."""
    actor.require(WORK)
    _say_why(reason)
    with transaction.atomic():
        row = moves.locked(message_id)
        before = row.state
        if row.customer_id is None or not row.transfer:
            raise Conflict("There is no customer to ask.")
        moves.move(row, State.CUSTOMER, says=plan.OWNER_UNKNOWN)
        _record(row, "travel_rule.ask_customer", actor, reason, before)
    return row


def refuse(*, message_id: int, actor: Actor, reason: str) -> TravelMessage:
    """Refuse the exchange: coins that came wait for their return, a withdrawal stays held for
    whoever decides withdrawals. One person is enough: nothing moves."""
    actor.require(WORK)
    _say_why(reason)
    with transaction.atomic():
        row = moves.locked(message_id)
        before = row.state
        if row.state in (State.ACCEPTED, State.KEPT, State.RELEASED, State.CANCELLED):
            raise Conflict(f"This message is {row.get_state_display()}.", limit=row.state)
        moves.move(row, State.REFUSED, says="An officer refused it.")
        _record(row, "travel_rule.refuse", actor, reason, before)
        _tell_other_side(row)
    return row


def propose_release(*, message_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let the coins move although data are missing or do not agree."""
    row = TravelMessage.objects.filter(pk=message_id).first()
    if row is None:
        raise NotFound(f"There is no travel message {message_id}.", field="message_id")
    if row.state not in RELEASABLE:
        raise Conflict(f"This message is {row.get_state_display()}.", limit=row.state)
    return proposals.propose(
        kind=RELEASE_KIND,
        payload={"message_id": message_id, "revision": row.revision},
        summary=f"Let {row.transfer or 'announced coins'} move ({row.amount.normalize():f}"
        f" {row.asset}, {row.get_direction_display()}) under the travel rule: {row.says}",
        reason=reason,
        actor=actor,
        target=row,
    )


@proposals.proposal_kind(RELEASE_KIND, permission_to_propose=RELEASE, permission_to_approve=RELEASE)
def _release(*, payload: dict[str, Any], actor: Actor) -> str:
    row = moves.locked(payload["message_id"])
    before = row.state
    if row.revision != payload["revision"]:
        raise Conflict("Another message came since. Look at it again.")
    if row.state not in RELEASABLE:
        raise Conflict(f"This message is {row.get_state_display()}.", limit=row.state)
    # Coins that did not come yet: their deposit will find it good.
    arrived = bool(row.transfer)
    says = "Released by two people."
    moves.move(row, State.RELEASED if arrived else State.RECEIVED, says=says)
    _record(row, "travel_rule.release", actor, "", before)
    _tell_other_side(row)
    return f"{row} is released"


def look_at_payload(*, message_id: int, actor: Actor) -> dict[str, Any] | None:
    """The personal data in a message. Every look is in the audit log."""
    actor.require(SEE)
    row = TravelMessage.objects.filter(pk=message_id).first()
    if row is None:
        raise NotFound(f"There is no travel message {message_id}.", field="message_id")
    record(actor=actor, verb="travel_rule.look", target=row)
    return contents.get(row)


def _tell_other_side(row: TravelMessage) -> None:
    if row.direction == Direction.IN and row.counterparty_id is not None and row.revision:
        dispatch.after_commit("travel_rule.tell", queue="default", message_id=row.pk)


def _say_why(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why.", field="reason")


def _record(row: TravelMessage, verb: str, actor: Actor, reason: str, before: str) -> None:
    record(
        actor=actor,
        verb=verb,
        target=row,
        reason=reason,
        before={"state": before},
        after={"state": str(row.state), "transfer": row.transfer},
    )
