"""Prepare a call of a contract that pays out of its own holdings: ours is only the gas.

A Safe's `execTransaction` is the one such call: what it pays and to whom is signed by the Safe's
owners, and the signer makes it only to the cold address of its policy, without value.
"""

from __future__ import annotations

from django.db import transaction

from exchange.core import dispatch
from exchange.core.errors import KeyReused
from wallets.addresses.models import Address, KeySet
from wallets.sending import evm, fees, spendable
from wallets.sending.errors import NotEnoughOnHand
from wallets.sending.models import ChainTransaction, Payment
from wallets.sending.prepare import Pay


def prepare_call(
    *,
    source: Address,
    reference: str,
    pay: Pay,
    contract: str,
    data: str,
    gas: int,
    fee_rate: int,
) -> ChainTransaction:
    """Set the gas aside and write the call down. `pay` says what the contract pays by it.

    Raises NotEnoughOnHand, KeyReused when the same reference came with another call.
    """
    with transaction.atomic():
        key_set = KeySet.objects.select_for_update(no_key=True).get(pk=source.key_set_id)
        before = ChainTransaction.objects.filter(reference=reference).first()
        if before is not None:
            if evm.read(before.unsigned)["data"] != data:
                raise KeyReused(field="reference")
            return before
        fee = gas * fee_rate
        if spendable.native_on_account(source) < fee:
            raise NotEnoughOnHand("There is not enough to pay for gas.", field="gas", limit=fee)
        content = evm.read(
            evm.fields(
                chain_id=fees.chain_id(source.network),
                index=source.index,
                recipient=contract,
                units=0,
                contract="",
                gas=gas,
                fee_rate=fee_rate,
            )
        )
        made = ChainTransaction.objects.create(
            network=source.network,
            key_set=key_set,
            source=source,
            purpose=ChainTransaction.Purpose.COLD,
            reference=reference,
            unsigned=evm.dumped({**content, "data": data}),
            fee_units=fee,
            fee_rate=fee_rate,
        )
        Payment.objects.create(
            transaction=made,
            asset_network_id=pay.asset_network_id,
            address=pay.address,
            units=pay.units,
            reference=pay.reference,
        )
        dispatch.after_commit("wallets.send", transaction_id=made.pk)
    return made
