"""Prepare a call of a contract, as the signer's policy allows them.

A Safe's `execTransaction`: what it pays and to whom is signed by the Safe's owners, and ours is
only the gas. A vault's calls, and a token's approval of one: what a vault takes is set aside like
any payment, what it gives back is not ours to spend before a block has it.
"""

from __future__ import annotations

from django.db import transaction

from exchange.assets.models import AssetNetwork
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
    purpose: str = ChainTransaction.Purpose.COLD,
) -> ChainTransaction:
    """Set the gas aside and write the call down. `pay` says what the contract pays by it, or (into
    a vault) what it takes; of 0 units, that nothing moves.

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
        if purpose == ChainTransaction.Purpose.VAULT_IN:
            _refuse_more_than_there_is(source, pay)
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
            purpose=purpose,
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


def _refuse_more_than_there_is(source: Address, pay: Pay) -> None:
    what = AssetNetwork.objects.get(pk=pay.asset_network_id, network=source.network_id)
    at_hand = spendable.on_account(source, what)
    if at_hand < pay.units:
        raise NotEnoughOnHand(field="units", limit=at_hand)
