"""Send what enough cosigners have signed.

Bitcoin: our own PSBT with their signatures is finalised by bdk and goes the way of every payment
of ours. Safe: the hot key calls the contract, which costs gas and can pay nobody but the recipient
that the owners signed; anybody else may call it too (`call_data`), and the chain is watched for it.
"""

from __future__ import annotations

import json
import logging

from django.db import transaction

from exchange.assets.models import Network
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains.interface import Adapter
from wallets.custody import psbt, safe
from wallets.custody.cold.draft import safe_tx
from wallets.custody.cold.row import locked
from wallets.custody.models import ColdPayment
from wallets.sending import fees
from wallets.sending import send as sending
from wallets.sending.call import prepare_call
from wallets.sending.models import ChainTransaction
from wallets.sending.prepare import Pay
from wallets.sending.signer import Signed

log = logging.getLogger(__name__)
PERMISSION = "wallets.send_cold_payment"
State = ColdPayment.State
# 91,153 were measured for two owners and the native asset; what is not used comes back.
SAFE_GAS = 250_000


def send(*, payment_id: int, actor: Actor, fee_rate: int | None = None) -> ColdPayment:
    """Send a payment that is READY. Sending it twice is sending it once.

    `fee_rate` defaults to what the node says now (a Safe's call costs gas). Raises
    PermissionRefused, NotFound, NotEnoughSignatures, NotEnoughOnHand, ChainUnavailable, Conflict
    in another state.
    """
    actor.require(PERMISSION)
    rate = fee_rate or _rate_of_call(payment_id)
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
            row.transaction = _call(row, rate)
        else:
            _, row.txid = raw_transaction(row)
        row.state, row.sent_at = State.SENT, clock.now()
        row.save(update_fields=["state", "txid", "sent_at", "transaction"])
        record(
            actor=actor,
            verb="custody.send",
            target=row,
            after={"txid": row.txid, "cosigners": _who(row)},
        )
        dispatch.after_commit("custody.push", queue="wallets", payment_id=row.pk)
    return row


def _rate_of_call(payment_id: int) -> int:
    """What gas costs now, for a Safe's payment; asked before anything is locked."""
    network = Network.objects.filter(
        key_sets__cold_payments=payment_id, key_sets__scheme=KeySet.Scheme.SAFE
    ).first()
    return fees.current(network) if network else 0


def _call(row: ColdPayment, fee_rate: int) -> ChainTransaction:
    """The hot key calls the Safe: it pays the gas, and nothing else of it moves."""
    hot = KeySet.objects.filter(
        network=row.key_set.network, role=KeySet.Role.HOT, active=True
    ).first()
    if hot is None:
        raise Conflict("There is no hot wallet to pay the gas: anybody may call the Safe instead.")
    attempt = ChainTransaction.objects.filter(
        reference__startswith=f"cold:{row.pk}:", replaces__isnull=True
    ).count()
    return prepare_call(
        source=issue.own_address(key_set_id=hot.pk),
        reference=f"cold:{row.pk}:{attempt + 1}",
        pay=Pay(row.asset_network_id, row.address, int(row.units), f"cold:{row.pk}"),
        contract=row.key_set.public,
        data=call_data(row),
        gas=SAFE_GAS,
        fee_rate=fee_rate,
    )


def push(*, payment_id: int, adapter: Adapter | None = None) -> str:
    """Give a SENT payment to the network, or try again. Returns its transaction's state."""
    row = ColdPayment.objects.select_related("key_set", "transaction").get(pk=payment_id)
    if row.state != State.SENT or row.transaction_id is None:
        return row.state
    if row.key_set.scheme == KeySet.Scheme.SAFE:
        return sending.send(transaction_id=row.transaction_id, adapter=adapter)
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
