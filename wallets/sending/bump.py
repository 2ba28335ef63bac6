"""Raise the fee of a transaction that is stuck: a rival with the same nonce, or the same inputs.

Nodes take a rival that pays more (BIP-125; on EVM networks at least a tenth more for both fees).
Not every node checks the tenth, so it is our own rule for both families. The old one stays valid
until one of the two is mined; the payments are the same in both.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from exchange.audit.record import record
from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from wallets.addresses.models import KeySet
from wallets.sending import bitcoin, coins, evm, fees, spendable
from wallets.sending.errors import CannotBump
from wallets.sending.models import ChainTransaction, Coin, Input, Payment
from wallets.sending.prepare import set_aside
from wallets.sending.send import locked

State = ChainTransaction.State
MOST_BUMPS = 10
MOST_MORE_COINS = 20


def least_rate(row: ChainTransaction) -> int:
    """The lowest rate that may replace this transaction: a tenth more, rounded up."""
    return evm.raised(row.fee_rate)


def bump(*, transaction_id: int, fee_rate: int, actor: Actor, reason: str) -> ChainTransaction:
    """Prepare a rival that pays `fee_rate`. Returns it; it is signed and sent by itself.

    Bumping what is bumped already returns the bump that is under way, if it pays as much. Raises
    CannotBump (not sent yet, mined, too small a step, above the cap, nothing to pay it from),
    PermissionRefused, Invalid without a reason.
    """
    actor.require("wallets.bump_chaintransaction")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        key_set_id = ChainTransaction.objects.values_list("key_set_id", flat=True).get(
            pk=transaction_id
        )
        key_set = KeySet.objects.select_for_update(no_key=True).get(pk=key_set_id)
        row = locked(transaction_id)
        row.key_set = key_set  # locked, and it counts the addresses for change
        newer = ChainTransaction.objects.filter(replaces=row).first()
        if newer is not None and newer.fee_rate >= fee_rate and newer.state != State.ABANDONED:
            return newer
        _refuse(row, newer, fee_rate)
        made = _evm(row, fee_rate) if row.nonce is not None else _bitcoin(row, key_set, fee_rate)
        record(
            actor=actor,
            verb="sending.bump",
            target=row,
            reason=reason,
            before={"fee_rate": row.fee_rate},
            after={"fee_rate": fee_rate, "transaction": made.pk},
        )
        dispatch.after_commit("wallets.send", queue="wallets", transaction_id=made.pk)
    return made


def _refuse(row: ChainTransaction, newer: ChainTransaction | None, fee_rate: int) -> None:
    if row.state not in (State.BROADCAST, State.DROPPED):
        raise CannotBump(
            f"Only what waits at the network can be bumped; this is {row.get_state_display()}.",
            field="transaction_id",
            limit=row.state,
        )
    if row.fee_from_payment:
        # The signer lets coins or a nonce be signed again only for the very same payment, and what
        # pays everything has nothing left to raise its fee from.
        raise CannotBump("It pays everything there was: its fee can't be raised.")
    if newer is not None:
        raise CannotBump("It is replaced already: bump the newest one.", limit=newer.pk)
    if _generation(row) >= MOST_BUMPS:
        raise CannotBump("It was bumped ten times: look why it is stuck.", limit=MOST_BUMPS)
    if fee_rate < least_rate(row):
        raise CannotBump(
            "A rival has to pay at least a tenth more.", field="fee_rate", limit=least_rate(row)
        )
    if fee_rate > fees.most(row.network):
        raise CannotBump(
            "This is above what we ever pay.", field="fee_rate", limit=fees.most(row.network)
        )


def _generation(row: ChainTransaction) -> int:
    """0 for the first of a family; a bump's reference is that of the first and "#" and a number."""
    return int(row.reference.partition("#")[2] or 0)


def _evm(row: ChainTransaction, fee_rate: int) -> ChainTransaction:
    """The same call at the same nonce, with both fees a tenth higher or more."""
    assert row.source is not None
    old = evm.read(row.unsigned)
    fee = int(old["gas"]) * fee_rate
    if spendable.native_on_account(row.source) < fee - row.fee_units:
        raise _cannot_pay()
    content = {
        **old,
        "maxFeePerGas": fee_rate,
        "maxPriorityFeePerGas": min(
            fee_rate, max(evm.tip(fee_rate), evm.raised(old["maxPriorityFeePerGas"]))
        ),
    }
    units = [payment.units for payment in row.payments.order_by("id")]
    return _write(row, evm.dumped(content), fee_rate, fee, units)


def _bitcoin(row: ChainTransaction, key_set: KeySet, fee_rate: int) -> ChainTransaction:
    """The same inputs and payments; the change pays, and more coins where it is too small."""
    inputs = list(row.spends.select_related("address__key_set").order_by("id"))
    payments = list(row.payments.order_by("id"))
    outputs = [(bitcoin.script_of(row.network, p.address), p.units) for p in payments]
    change_script = bitcoin.change_script(key_set)
    terms = coins.Terms(
        outputs_weight=sum(coins.output_weight(script) for script, _ in outputs),
        input_weight=coins.input_weight(threshold=key_set.threshold, signers=key_set.signers),
        change_weight=coins.output_weight(change_script),
        fee_rate=fee_rate,
        dust=coins.dust(change_script),
    )
    total = sum(each.units for each in inputs)
    paid = sum(units for _, units in outputs)
    more = [] if _split(row, len(inputs), total - paid, terms) else _more_coins(key_set)
    for taken in range(len(more) + 1):
        left = total - paid + sum(coin.units for coin in more[:taken])
        if split := _split(row, len(inputs) + taken, left, terms):
            return _write_bitcoin(row, inputs, more[:taken], outputs, split, fee_rate)
    raise _cannot_pay()


class Split(NamedTuple):
    """What is left over the payments, between the network and our change (0: no change)."""

    fee: int
    change: int


def _split(row: ChainTransaction, inputs: int, left: int, terms: coins.Terms) -> Split | None:
    with_change = _dearer(row, terms.fee(inputs, change=True), terms.fee_rate)
    if left - with_change >= terms.dust:
        return Split(with_change, left - with_change)
    if left >= _dearer(row, terms.fee(inputs, change=False), terms.fee_rate):
        return Split(left, 0)
    return None


def _dearer(row: ChainTransaction, fee: int, fee_rate: int) -> int:
    """A tenth more than the old fee, and (BIP-125) 1 sat/vB on top of it for its own relay."""
    return max(fee, evm.raised(row.fee_units), row.fee_units + -(-fee // fee_rate))


def _more_coins(key_set: KeySet) -> list[Coin]:
    """The wallet's largest coins that nobody has set aside."""
    ids = [coin.id for coin in spendable.coins_of(key_set)[:MOST_MORE_COINS]]
    rows = Coin.objects.filter(pk__in=ids).select_related("address__key_set")
    return sorted(rows, key=lambda coin: (-coin.units, coin.pk))


def _write_bitcoin(
    row: ChainTransaction,
    inputs: list[Input],
    more: list[Coin],
    outputs: list[tuple[bytes, int]],
    split: Split,
    fee_rate: int,
) -> ChainTransaction:
    change = bitcoin.new_change_address(row.key_set) if split.change else None
    unsigned = bitcoin.psbt(
        coins=[*inputs, *more], outputs=outputs, change=change, change_units=split.change
    )
    made = _write(row, unsigned, fee_rate, split.fee, [units for _, units in outputs])
    Input.objects.bulk_create(
        Input(
            transaction=made,
            address=each.address,
            txid=each.txid,
            index=each.index,
            units=each.units,
        )
        for each in inputs
    )
    set_aside(made, more)
    return made


def _write(
    row: ChainTransaction, unsigned: str, fee_rate: int, fee: int, units: list[int]
) -> ChainTransaction:
    root = row.reference.partition("#")[0]
    number = ChainTransaction.objects.filter(reference__startswith=f"{root}#").count() + 1
    made = ChainTransaction.objects.create(
        network=row.network,
        key_set=row.key_set,
        source=row.source,
        purpose=row.purpose,
        reference=f"{root}#{number}",
        nonce=row.nonce,
        unsigned=unsigned,
        fee_units=fee,
        fee_rate=fee_rate,
        fee_from_payment=row.fee_from_payment,
        replaces=row,
    )
    Payment.objects.bulk_create(
        Payment(
            transaction=made,
            asset_network_id=p.asset_network_id,
            address=p.address,
            memo=p.memo,
            units=amount,
            reference=p.reference,
        )
        for p, amount in zip(row.payments.order_by("id"), units, strict=True)
    )
    return made


def _cannot_pay() -> CannotBump:
    return CannotBump("There is not enough to pay this fee from.", field="fee_rate")
