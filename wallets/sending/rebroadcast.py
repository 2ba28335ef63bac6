"""Give the network a signed transaction once more: the very same bytes."""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from wallets.sending.models import ChainTransaction
from wallets.sending.send import locked

State = ChainTransaction.State
CAN = (State.BROADCAST, State.DROPPED)


def rebroadcast(*, transaction_id: int, actor: Actor, reason: str) -> ChainTransaction:
    """Mark it as forgotten, so that the sender gives it to the node again.

    Raises Conflict for what does not wait at the network, PermissionRefused, Invalid.
    """
    actor.require("wallets.rebroadcast_chaintransaction")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = locked(transaction_id)
        if row.state not in CAN:
            raise Conflict(f"It is {row.get_state_display()}.", limit=row.state)
        row.state = State.DROPPED
        row.last_error = "Asked for by staff: it is sent again."
        row.save(update_fields=["state", "last_error"])
        record(actor=actor, verb="sending.rebroadcast", target=row, reason=reason)
        dispatch.after_commit("wallets.send", queue="wallets", transaction_id=row.pk)
    return row
