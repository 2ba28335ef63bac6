"""Give a transaction up before anybody was asked to sign it: its coins are free again."""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from wallets.sending import outcomes
from wallets.sending.errors import TooLate
from wallets.sending.models import ChainTransaction, Coin
from wallets.sending.send import locked

State = ChainTransaction.State


def abandon(*, transaction_id: int, actor: Actor, reason: str) -> ChainTransaction:
    """Give it up, on the record. Giving up twice is giving up once.

    Raises TooLate once the signer was asked (a signature may exist), PermissionRefused, Invalid.
    """
    actor.require("wallets.abandon_chaintransaction")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = locked(transaction_id)
        if row.state == State.ABANDONED:
            return row
        if row.state != State.PREPARED or row.asked_at is not None:
            raise TooLate(limit=row.state)
        give_up(row, reason)
        record(actor=actor, verb="sending.abandon", target=row, reason=reason)
    return row


def give_up(row: ChainTransaction, reason: str) -> None:
    """Part of a verb that holds the row's lock and writes the record."""
    bumped, row.replaces = row.replaces_id, None  # another bump may take its place
    row.state = State.ABANDONED
    row.last_error = reason[:500]
    row.save(update_fields=["state", "last_error", "replaces"])
    Coin.objects.filter(reserved_by=row).update(reserved_by=None)
    if bumped is None:  # the payments of a bump are those of the one that it replaced
        outcomes.tell("abandoned", row)
