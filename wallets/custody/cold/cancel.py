"""Cancel a payment out of cold storage before it is sent, or give up one that can't be.

Signatures that exist already stay with whoever has them. A Safe's number is used again by the next
payment, which makes them worthless; on Bitcoin the coins are spent by the next one. Until then a
spend by them shows up as one that nothing explains.
"""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid
from wallets.custody.cold.row import locked
from wallets.custody.models import ColdPayment
from wallets.sending import abandon
from wallets.sending.models import ChainTransaction

PERMISSION = "wallets.draft_cold_payment"
State = ColdPayment.State
BEFORE_SENDING = (State.DRAFTED, State.SIGNING, State.READY)


def cancel(*, payment_id: int, actor: Actor, reason: str) -> ColdPayment:
    """Cancel it and let go of what it set aside. Cancelling twice is cancelling once.

    Raises PermissionRefused, Invalid without a reason, NotFound, Conflict once it is sent.
    """
    actor.require(PERMISSION)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    return _end(payment_id, State.CANCELLED, actor, reason)


def fail(*, payment_id: int, why: str) -> ColdPayment:
    """Give up a payment that its chain will not take."""
    return _end(payment_id, State.FAILED, system("custody"), why)


def _end(payment_id: int, state: str, actor: Actor, why: str) -> ColdPayment:
    with transaction.atomic():
        _lock_transaction_of(payment_id)
        row = locked(payment_id)
        if row.state == state:
            return row
        if row.state not in BEFORE_SENDING:
            raise Conflict(f"This payment is {row.state}.", limit=row.state)
        before, row.state, row.ended_at = row.state, state, clock.now()
        row.last_error = why[:500]
        row.save(update_fields=["state", "ended_at", "last_error"])
        if row.transaction_id is not None:
            abandon.abandon(transaction_id=row.transaction_id, actor=system("custody"), reason=why)
        record(
            actor=actor,
            verb="custody.cancel",
            target=row,
            reason=why,
            before={"state": before},
            after={"state": state},
        )
    return row


def _lock_transaction_of(payment_id: int) -> None:
    """Before the payment itself: `sending` locks them in that order too."""
    rows = ChainTransaction.objects.filter(cold_payment=payment_id)
    rows.select_for_update(of=("self",)).first()
