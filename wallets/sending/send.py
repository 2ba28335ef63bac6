"""Have a prepared transaction signed, write down what was signed, then give it to the network.

Every step is its own transaction of PostgreSQL and may be repeated; nothing talks to the signer or
to a node inside one. A process that dies anywhere leaves a row that says how far it got:

- PREPARED, `asked_at` empty: nobody saw it. It can be given up, and has no nonce yet.
- PREPARED, `asked_at` set: a signature may exist, in the signer's journal. Asking again yields it.
- SIGNED: its bytes are ours, and only these will ever be sent.
- BROADCAST: a node took it. Sending it again is sending the same bytes again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from exchange.core import clock, switches
from exchange.core.errors import NotFound, Refused
from wallets import chains
from wallets.addresses.models import KeySet
from wallets.chains import health
from wallets.chains.interface import Adapter, BroadcastRefused, ChainUnavailable
from wallets.sending import evm, outcomes, signed, signer, spendable
from wallets.sending.models import ChainTransaction
from wallets.sending.signer import Signed, SignerRefused, SignerUnavailable

log = logging.getLogger(__name__)
State = ChainTransaction.State


Sign = Callable[[ChainTransaction], Signed]


def send(*, transaction_id: int, sign: Sign | None = None, adapter: Adapter | None = None) -> str:
    """Take a transaction as far as it goes now; returns its state. Safe to run twice, and alongside
    itself. What stands in the way is written on the row (`last_error`) and tried again by the
    sweep. `sign` and `adapter` default to the configured signer and node.
    """
    row = _claim_for_signing(transaction_id)
    if row.state == State.PREPARED and row.asked_at is not None:
        row = _have_it_signed(row, sign or signer.sign)
    if row.state in (State.SIGNED, State.DROPPED):
        row = _broadcast(row, adapter)
    return row.state


def _claim_for_signing(transaction_id: int) -> ChainTransaction:
    """Write down that the signer will be asked. From now on the contents can't be given up."""
    with transaction.atomic():
        switches.hold_still()
        _lock_wallet_of(transaction_id)
        row = locked(transaction_id)
        if row.state != State.PREPARED or row.asked_at is not None:
            return row
        try:
            with transaction.atomic():
                _refuse_if_stopped(row)
                outcomes.tell("may_sign", row)
        except Refused as refusal:
            # A room above may have given it up meanwhile; then nothing waits any more.
            return _note(locked(transaction_id), refusal)
        if row.source_id is not None and row.nonce is None:
            if _answer_is_due(row):
                return row
            row.nonce = spendable.next_nonce(row.source_id)
            row.unsigned = evm.with_nonce(row.unsigned, row.nonce)
        row.asked_at = clock.now()
        row.save(update_fields=["asked_at", "nonce", "unsigned"])
    return row


def _lock_wallet_of(transaction_id: int) -> None:
    """Nonces are handed out under the wallet's lock, as coins are."""
    wallet = ChainTransaction.objects.filter(pk=transaction_id).values("key_set_id")
    KeySet.objects.select_for_update(no_key=True).filter(pk__in=wallet).first()


def _answer_is_due(row: ChainTransaction) -> bool:
    """Is the signer asked about an earlier nonce? Until it answers the next one is not known: a
    refusal gives the nonce back, and the signer signs none below its last."""
    return ChainTransaction.objects.filter(
        source_id=row.source_id, state=State.PREPARED, asked_at__isnull=False
    ).exists()


def _have_it_signed(row: ChainTransaction, sign: Sign) -> ChainTransaction:
    try:
        answer = sign(row)
        signed.refuse_other_contents(row, answer.signed, answer.txid)
    except SignerUnavailable as error:
        log.warning("transaction %s: the signer does not answer: %s", row.pk, error)
        return _noted(row.pk, str(error))
    except SignerRefused as refusal:
        return _refused_by_signer(row.pk, refusal)
    except Refused as refusal:
        log.error("transaction %s: the signer signed something else: %s", row.pk, refusal)
        return _noted(row.pk, str(refusal))
    with transaction.atomic():
        fresh = locked(row.pk)
        if fresh.signed:  # somebody else was first: theirs are the bytes
            return fresh
        fresh.signed, fresh.txid = answer
        fresh.signed_at = clock.now()
        fresh.last_error = ""
        if fresh.state == State.PREPARED:
            fresh.state = State.SIGNED
        fresh.save()
        if fresh.state == State.SIGNED:
            outcomes.tell("signed", fresh)
    return fresh


def _refused_by_signer(transaction_id: int, refusal: SignerRefused) -> ChainTransaction:
    """It did not sign, so the row may be given up again."""
    with transaction.atomic():
        row = locked(transaction_id)
        if row.state == State.PREPARED:
            row.asked_at = None
            row.attempts += 1
            row.last_error = f"signer: {refusal.limit}: {refusal}"[:500]
            if row.source_id is not None and row.replaces_id is None:
                row.nonce, row.unsigned = None, evm.with_nonce(row.unsigned, None)
            row.save()
    return row


def _broadcast(row: ChainTransaction, adapter: Adapter | None) -> ChainTransaction:
    with transaction.atomic():
        switches.hold_still()
        row = locked(row.pk)
        if row.state not in (State.SIGNED, State.DROPPED):
            return row
        try:
            # What the network has seen once can't be called back: it is sent again even while
            # switches are closed, or its coins and nonce would block everything behind it.
            if row.broadcast_at is None:
                _refuse_if_stopped(row)
        except Refused as refusal:
            return _note(row, refusal)
    try:
        (adapter or chains.adapter(row.network.code)).broadcast(row.signed)
    except (ChainUnavailable, BroadcastRefused) as error:
        return _noted(row.pk, f"node: {error}")
    return _sent(row.pk)


def _sent(transaction_id: int) -> ChainTransaction:
    with transaction.atomic():
        row = locked(transaction_id)
        if row.state not in (State.SIGNED, State.DROPPED):
            return row  # mined already, or replaced
        row.state = State.BROADCAST
        row.broadcast_at = row.broadcast_at or clock.now()
        row.checked_at = clock.now()
        row.last_error = ""
        row.save()
        outcomes.tell("broadcast", row)
    return row


def locked(transaction_id: int) -> ChainTransaction:
    """The row, locked until the transaction of PostgreSQL ends. Raises NotFound."""
    row = (
        ChainTransaction.objects.select_for_update(of=("self",), no_key=True)
        .select_related("key_set", "network")
        .filter(pk=transaction_id)
        .first()
    )
    if row is None:
        raise NotFound(f"There is no transaction {transaction_id}.", field="transaction_id")
    return row


def _refuse_if_stopped(row: ChainTransaction) -> None:
    switches.refuse_if_closed(*outcomes.switches_of(row))
    health.refuse_unless_following(row.network_id)


def _noted(transaction_id: int, why: str) -> ChainTransaction:
    with transaction.atomic():
        return _note(locked(transaction_id), why)


def _note(row: ChainTransaction, why: object) -> ChainTransaction:
    row.attempts = min(row.attempts + 1, 32_000)
    row.last_error = str(why)[:500]
    row.save(update_fields=["attempts", "last_error"])
    return row
