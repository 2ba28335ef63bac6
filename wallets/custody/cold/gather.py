"""Gather what cosigners need to check a payment by themselves, and check it here first.

Bitcoin: the transactions whose coins are spent, so that amounts can't be lied about. Safe: its
owners and how many must sign, and that the contract computes the same hash as we do.
"""

from __future__ import annotations

import json

from django.db import transaction

from exchange.core.errors import Conflict, NotFound
from wallets import chains
from wallets.addresses.models import KeySet
from wallets.chains.interface import Adapter, ChainUnavailable
from wallets.custody import psbt, safe
from wallets.custody.cold import cancel, draft, terms
from wallets.custody.cold.row import locked
from wallets.custody.models import ColdPayment
from wallets.sending import fees
from wallets.sending.models import Coin

State = ColdPayment.State


def gather(*, payment_id: int, adapter: Adapter | None = None) -> ColdPayment:
    """Take a drafted payment to where it can be signed. Safe to run twice.

    What stands in the way is written on the row; a node that is away is asked again by the sweep.
    """
    row = _row(payment_id)
    if row.state != State.DRAFTED:
        return row
    try:
        node = adapter or chains.adapter(row.key_set.network.code)
        if row.key_set.scheme == KeySet.Scheme.SAFE:
            found = _of_safe(row, node)
        else:
            found = _of_bitcoin(row, node)
    except (ChainUnavailable, NotFound) as error:
        return _note(payment_id, str(error))
    except (Conflict, psbt.BadPsbt) as refusal:
        return cancel.fail(payment_id=payment_id, why=str(refusal))
    with transaction.atomic():
        row = locked(payment_id)
        if row.state == State.DRAFTED:
            for name, value in found.items():
                setattr(row, name, value)
            row.state, row.last_error = State.SIGNING, ""
            row.save()
    return row


def _of_bitcoin(row: ColdPayment, node: Adapter) -> dict[str, object]:
    coins = Coin.objects.filter(reserved_by=row.transaction_id).values_list("txid", "height")
    complete = psbt.with_previous(row.unsigned, terms.previous_transactions(node, list(coins)))
    return {
        "unsigned": complete,
        "digest": psbt.contents(complete).txid,
        "cosigners": psbt.cosigners(complete),
    }


def _of_safe(row: ColdPayment, node: Adapter) -> dict[str, object]:
    address = row.key_set.public
    state, tx = terms.safe_state(node, address), draft.safe_tx(row)
    if state.nonce > tx.nonce:
        raise Conflict(f"The Safe's number {tx.nonce} was used already: draft the payment again.")
    if state.threshold != row.key_set.threshold or len(state.owners) != row.key_set.signers:
        raise Conflict(
            f"The Safe says {state.threshold} of {len(state.owners)}, and this wallet is"
            f" {row.key_set.threshold} of {row.key_set.signers}."
        )
    chain_id = fees.chain_id(row.key_set.network)
    digest = safe.hash_of(chain_id=chain_id, safe=address, tx=tx)
    if terms.hash_by_contract(node, address, tx) != digest:
        raise Conflict("The contract computes another hash than we do.")
    content = safe.typed_data(chain_id=chain_id, safe=address, tx=tx)
    return {
        "unsigned": json.dumps(content, sort_keys=True),
        "digest": "0x" + digest.hex(),
        "cosigners": list(state.owners),
    }


def _row(payment_id: int) -> ColdPayment:
    return ColdPayment.objects.select_related("key_set__network", "asset_network__asset").get(
        pk=payment_id
    )


def _note(payment_id: int, why: str) -> ColdPayment:
    with transaction.atomic():
        row = locked(payment_id)
        if row.state == State.DRAFTED:
            row.last_error = why[:500]
            row.save(update_fields=["last_error"])
    return row
