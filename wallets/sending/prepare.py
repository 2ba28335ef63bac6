"""Prepare a transaction: set aside what it spends, and write down exactly what will be signed.

One transaction of PostgreSQL takes coins (Bitcoin family) or sets the amount and the dearest gas
aside (EVM) and writes the row; nothing is signed or sent here. The wallet's key set is locked while
it chooses, so that nothing is taken twice. Asking again under the same reference returns the first
row; the same reference with other payments is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from exchange.assets.models import AssetNetwork, Network
from exchange.core import dispatch
from exchange.core.errors import Invalid, KeyReused, NotFound
from wallets.addresses.models import Address, KeySet
from wallets.sending import bitcoin, coins, evm, fees, spendable
from wallets.sending.errors import NotEnoughOnHand
from wallets.sending.models import ChainTransaction, Coin, Input, Payment

MOST_PAYMENTS = 100
BITCOIN, EVM = "bitcoin", "evm"


class Pay(NamedTuple):
    """One recipient. `units` are base units of the asset on that network; see `everything`."""

    asset_network_id: int
    address: str
    units: int
    reference: str  # for what: "withdrawal:17"
    memo: str = ""


def prepare(
    *,
    network: Network,
    key_set: KeySet,
    purpose: str,
    reference: str,
    payments: Sequence[Pay],
    fee_rate: int,
    source: Address | None = None,
    everything: bool = False,
) -> ChainTransaction:
    """Set funds aside for these payments, and write the transaction down. It is sent by itself.

    `fee_rate` comes from `fees.current`, asked for before the caller's transaction began. `source`
    is the address that pays: needed on EVM networks; on the Bitcoin family it limits which coins
    may pay. With `everything` there is one payment with 0 units, and it gets all that there is: of
    the native asset less the fee. EVM transactions have exactly one payment.

    Raises NotEnoughOnHand, Invalid, KeyReused.
    """
    _validate(network, key_set, purpose, payments, source, everything)
    with transaction.atomic():
        locked = KeySet.objects.select_for_update(no_key=True).get(pk=key_set.pk)
        if before := ChainTransaction.objects.filter(reference=reference).first():
            return _the_same(before, payments, everything)
        order = Order(
            network, locked, purpose, reference, list(payments), fee_rate, source, everything
        )
        made = _bitcoin(order) if network.family == BITCOIN else _evm(order)
        dispatch.after_commit("wallets.send", queue="wallets", transaction_id=made.pk)
    return made


class Order(NamedTuple):
    """What was asked for, with its key set locked."""

    network: Network
    key_set: KeySet
    purpose: str
    reference: str
    payments: list[Pay]
    fee_rate: int
    source: Address | None
    everything: bool


def _validate(
    network: Network,
    key_set: KeySet,
    purpose: str,
    payments: Sequence[Pay],
    source: Address | None,
    everything: bool,
) -> None:
    if purpose not in ChainTransaction.Purpose.values:
        raise Invalid(f"There is no purpose {purpose}.", field="purpose")
    if network.family not in (BITCOIN, EVM):
        raise Invalid(f"Nothing can be sent over {network}.", field="network")
    if key_set.network_id != network.pk:
        raise Invalid("This wallet is on another network.", field="key_set")
    if not 0 < len(payments) <= MOST_PAYMENTS:
        raise Invalid("Between one and a hundred payments.", field="payments", limit=MOST_PAYMENTS)
    if everything and (len(payments) > 1 or payments[0].units):
        raise Invalid("Everything goes to one recipient.", field="payments", limit=1)
    if not everything and any(pay.units <= 0 for pay in payments):
        raise Invalid("A payment is of at least one unit.", field="units", limit=1)
    if network.family == EVM and (len(payments) > 1 or source is None):
        raise Invalid("One source and one recipient at a time.", field="payments", limit=1)
    if source is not None and source.key_set_id != key_set.pk:
        raise Invalid("This address belongs to another wallet.", field="source")


def _the_same(
    before: ChainTransaction, payments: Sequence[Pay], everything: bool
) -> ChainTransaction:
    rows = before.payments.order_by("id")
    written = [Pay(p.asset_network_id, p.address, p.units, p.reference, p.memo) for p in rows]
    if everything:
        written = [each._replace(units=0) for each in written]
    if written != list(payments):
        raise KeyReused(field="reference")
    return before


def _bitcoin(order: Order) -> ChainTransaction:
    """Choose coins; what is left over comes back to a fresh address of our own."""
    outputs = [(bitcoin.script_of(order.network, pay.address), pay.units) for pay in order.payments]
    for script, units in outputs:
        if units < coins.dust(script) and not order.everything:
            raise Invalid("Nodes do not relay so small a payment.", field="units")
    change_script = bitcoin.change_script(order.key_set)
    terms = coins.Terms(
        outputs_weight=sum(coins.output_weight(script) for script, _ in outputs),
        input_weight=coins.input_weight(
            threshold=order.key_set.threshold, signers=order.key_set.signers
        ),
        change_weight=coins.output_weight(change_script),
        fee_rate=order.fee_rate,
        dust=coins.dust(outputs[0][0] if order.everything else change_script),
    )
    at_hand = spendable.coins_of(order.key_set, source=order.source)
    if order.everything:
        selection = coins.everything(at_hand, terms)
    else:
        selection = coins.select(at_hand, sum(units for _, units in outputs), terms)
    if selection is None:
        raise NotEnoughOnHand(limit=sum(coin.units for coin in at_hand))
    if order.everything:
        total = sum(coin.units for coin in selection.coins)
        outputs = [(outputs[0][0], total - selection.fee)]
    change = bitcoin.new_change_address(order.key_set) if selection.change else None
    rows = list(
        Coin.objects.filter(pk__in=[coin.id for coin in selection.coins])
        .select_related("address__key_set")
        .order_by("id")
    )
    made = _write(
        order,
        unsigned=bitcoin.psbt(
            coins=rows, outputs=outputs, change=change, change_units=selection.change
        ),
        units=[units for _, units in outputs],
        fee_units=selection.fee,
    )
    set_aside(made, rows)
    return made


def set_aside(made: ChainTransaction, rows: Sequence[Coin]) -> None:
    """Take these coins for a transaction, under the lock of their wallet's key set."""
    Input.objects.bulk_create(
        Input(
            transaction=made,
            address=row.address,
            txid=row.txid,
            index=row.index,
            units=row.units,
        )
        for row in rows
    )
    taken = Coin.objects.filter(pk__in=[row.pk for row in rows], reserved_by__isnull=True)
    if taken.update(reserved_by=made) != len(rows):
        raise RuntimeError("a coin was taken by somebody who does not hold the wallet's lock")


def _evm(order: Order) -> ChainTransaction:
    """The value must be there, and the most that gas may cost.

    The nonce is taken when it is signed: one that the signer refuses or that is given up must not
    hold up those behind it.
    """
    (pay,) = order.payments
    assert order.source is not None
    what = AssetNetwork.objects.filter(pk=pay.asset_network_id, network=order.network).first()
    if what is None:
        raise NotFound("This asset is not on this network.", field="asset_network_id")
    contract = what.contract.lower()
    gas = evm.gas_for(contract=contract, plain=order.everything and not contract)
    fee = gas * order.fee_rate
    at_hand = spendable.on_account(order.source, what)
    native = spendable.native_on_account(order.source) if contract else at_hand
    units = pay.units
    if order.everything:
        units = at_hand if contract else at_hand - fee
    if units <= 0 or at_hand < units + (0 if contract else fee):
        raise NotEnoughOnHand(field="units", limit=at_hand)
    if native < fee:
        raise NotEnoughOnHand(
            f"There is not enough {order.network.native_asset} to pay for gas.",
            field="gas",
            limit=native,
        )
    unsigned = evm.fields(
        chain_id=fees.chain_id(order.network),
        index=order.source.index,
        recipient=pay.address,
        units=units,
        contract=contract,
        gas=gas,
        fee_rate=order.fee_rate,
    )
    return _write(order, unsigned=unsigned, units=[units], fee_units=fee)


def _write(
    order: Order,
    *,
    unsigned: str,
    units: Sequence[int],
    fee_units: int,
) -> ChainTransaction:
    made = ChainTransaction.objects.create(
        network=order.network,
        key_set=order.key_set,
        source=order.source,
        purpose=order.purpose,
        reference=order.reference,
        unsigned=unsigned,
        fee_units=fee_units,
        fee_rate=order.fee_rate,
        fee_from_payment=order.everything,
    )
    Payment.objects.bulk_create(
        Payment(
            transaction=made,
            asset_network_id=pay.asset_network_id,
            address=pay.address,
            memo=pay.memo,
            units=amount,
            reference=pay.reference,
        )
        for pay, amount in zip(order.payments, units, strict=True)
    )
    return made
