"""Send what enough cosigners have signed.

Bitcoin: our own PSBT with their signatures is finalised by bdk and goes the way of every payment
of ours. Safe: the hot key calls the contract, which costs gas and can pay nobody but the recipient
that the owners signed; anybody else may call it too (`call_data`), and the chain is watched for it.
"""

from __future__ import annotations

import json
import logging

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from wallets.addresses.models import KeySet
from wallets.chains.interface import Adapter
from wallets.custody import psbt, safe
from wallets.custody.cold.draft import safe_tx
from wallets.custody.cold.row import locked
from wallets.custody.models import ColdPayment
from wallets.sending import send as sending
from wallets.sending.models import ChainTransaction
from wallets.sending.signer import Signed

log = logging.getLogger(__name__)
PERMISSION = "wallets.send_cold_payment"
State = ColdPayment.State


def send(*, payment_id: int, actor: Actor) -> ColdPayment:
    """Send a payment that is READY. Sending it twice is sending it once.

    Raises PermissionRefused, NotFound, NotEnoughSignatures, Conflict in another state.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        row = locked(payment_id)
        if row.state == State.SENT:
            return row
        if row.state != State.READY:
            raise Conflict(
                f"{row.signatures.count()} of {row.threshold} cosigners have signed: this payment"
                f" is {row.state}.",
                limit=row.threshold,
            )
        if row.key_set.scheme == KeySet.Scheme.SAFE:
            raise Conflict("A Safe's payment is executed by calling its contract.", limit="safe")
        _, row.txid = raw_transaction(row)
        row.state, row.sent_at = State.SENT, clock.now()
        row.save(update_fields=["state", "txid", "sent_at"])
        record(
            actor=actor,
            verb="custody.send",
            target=row,
            after={"txid": row.txid, "cosigners": _who(row)},
        )
        dispatch.after_commit("custody.push", queue="wallets", payment_id=row.pk)
    return row


def push(*, payment_id: int, adapter: Adapter | None = None) -> str:
    """Give a SENT payment to the network, or try again. Returns its transaction's state."""
    row = ColdPayment.objects.select_related("key_set", "transaction").get(pk=payment_id)
    if row.state != State.SENT or row.transaction_id is None:
        return row.state
    raw, txid = raw_transaction(row)

    def by_cosigners(_: ChainTransaction) -> Signed:
        return Signed(raw, txid)

    return sending.send(transaction_id=row.transaction_id, sign=by_cosigners, adapter=adapter)


def raw_transaction(row: ColdPayment) -> tuple[str, str]:
    """(raw transaction as hex, txid) from the signatures kept. Raises NotEnoughSignatures."""
    gathered = [
        psbt.Signatures(each.cosigner, [(key, sig) for key, sig in json.loads(each.signature)])
        for each in row.signatures.order_by("pk")[: row.threshold]
    ]
    whole = psbt.combined(row.unsigned, gathered)
    return psbt.finalised(whole, threshold=row.threshold)


def call_data(row: ColdPayment) -> str:
    """What a Safe's contract is called with to execute a payment. Raises Conflict before READY."""
    signatures = {
        each.cosigner: bytes.fromhex(each.signature)
        for each in row.signatures.order_by("pk")[: row.threshold]
    }
    if len(signatures) < row.threshold:
        raise Conflict(
            f"{len(signatures)} of {row.threshold} owners have signed.", limit=row.threshold
        )
    return safe.exec_data(safe_tx(row), safe.joined(signatures))


def _who(row: ColdPayment) -> list[str]:
    return sorted(row.signatures.values_list("cosigner", flat=True))
