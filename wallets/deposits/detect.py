"""What the blocks pay to customers: written down as it appears, taken back when a fork does.

Both functions run inside the transaction that moves the network's cursor (chains.watch), so a block
counts once. They ask no node and credit nothing: `check` and `credit` do that later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exchange.assets.models import AssetNetwork, Network
from exchange.core import dispatch
from wallets.addresses import queries as addresses
from wallets.addresses.models import Address
from wallets.chains.interface import Block, BlockId, Received
from wallets.deposits import gather, pushes, reversal, states
from wallets.deposits.models import Deposit
from wallets.sending.models import ChainTransaction

State = Deposit.State
Purpose = ChainTransaction.Purpose
# We pay ourselves by these: nobody has deposited anything.
BETWEEN_OURSELVES = (Purpose.SWEEP, Purpose.GAS, Purpose.REBALANCE, Purpose.COLD)
CREDIT_TASK = "deposits.credit"


class Arrival(NamedTuple):
    """An output that pays a customer: to which address, whose, and of which asset if known."""

    received: Received
    address_id: int
    customer_id: int | None
    asset_network: AssetNetwork | None

    @property
    def place(self) -> tuple[str, int]:
        return self.received.txid, self.received.number


def connect(network: Network, block: Block) -> None:
    """Write down what a new block pays to customers, and wake whoever checks and credits."""
    arrivals = arrivals_in(network, block.received)
    if arrivals:
        _write_down(network, arrivals, block.id)
    if Deposit.objects.filter(network=network, state__in=states.UNDER_WAY).exists():
        dispatch.after_commit(CREDIT_TASK, queue="wallets", network_id=network.pk)
        pushes.after_commit(network.pk)


def disconnect(network: Network, block: BlockId) -> None:
    """Take back what a block had paid, credits included: the chain no longer says so."""
    gone = list(
        Deposit.objects.select_for_update(of=("self",))
        .filter(network=network, height=block.height)
        .select_related("asset_network__asset", "network")
        .order_by("id")
    )
    if not gone:
        return
    reversal.take_back([deposit for deposit in gone if deposit.state == State.CREDITED])
    for deposit in gone:
        deposit.orphaned_from = deposit.state
        deposit.state = State.ORPHANED
        deposit.reason = f"block {block.height} was taken back by a fork"
        deposit.height, deposit.block_hash = None, ""
        deposit.save()
    pushes.after_commit(network.pk, deposits=gone)


def arrivals_in(network: Network, received: Sequence[Received]) -> list[Arrival]:
    """Those outputs that pay a customer of ours, or a shared address."""
    ours = addresses.ours(network.pk, {each.recipient for each in received})
    paying = [each for each in received if each.recipient in ours and each.units > 0]
    if not network.memo_required:
        paying = [each for each in paying if ours[each.recipient].customer_id is not None]
    if not paying:
        return []
    internal = _between_ourselves(network, {each.txid for each in paying})
    listed = listed_on(network)
    arrivals = []
    for each in paying:
        if each.txid in internal:
            continue
        at = ours[each.recipient]
        address_id, customer_id = at.address_id, at.customer_id
        if network.memo_required and (
            owner := addresses.owner_of_memo(network.pk, each.recipient, each.memo)
        ):
            address_id, customer_id = owner.pk, owner.customer_id
        asset_network = listed.get(each.contract.lower())
        arrivals.append(Arrival(each, address_id, customer_id, asset_network))
    return arrivals


def _between_ourselves(network: Network, txids: Iterable[str]) -> set[str]:
    """Transactions of ours that move coins from one of our wallets to another."""
    rows = ChainTransaction.objects.filter(
        network=network, txid__in=list(txids), purpose__in=BETWEEN_OURSELVES
    )
    return set(rows.values_list("txid", flat=True))


def listed_on(network: Network) -> dict[str, AssetNetwork]:
    """Assets of a network by contract; "" is the network's own coin and no other."""
    rows = AssetNetwork.objects.filter(network=network).select_related("asset")
    return {
        row.contract.lower(): row
        for row in rows
        if row.contract or row.asset.code == network.native_asset
    }


def _write_down(network: Network, arrivals: list[Arrival], block: BlockId) -> None:
    known = {
        (row.txid, row.number): row
        for row in Deposit.objects.select_for_update(of=("self",))
        .filter(network=network, txid__in={arrival.received.txid for arrival in arrivals})
        .order_by("id")
    }
    fresh = []
    for arrival in arrivals:
        deposit = known.get(arrival.place)
        if deposit is None:
            fresh.append(filled(Deposit(network=network), arrival, block))
        elif deposit.height is None:  # was in the mempool, or in a block that a fork took back
            _again(deposit, arrival, block)
    Deposit.objects.bulk_create(fresh)
    gather.gather(network, {arrival.address_id for arrival in arrivals})


def _again(deposit: Deposit, arrival: Arrival, block: BlockId) -> None:
    """Mined again. A person's decision stands; a credit starts anew, in a round of its own."""
    before, owner = deposit.orphaned_from, deposit.customer_id
    was_orphaned = deposit.state == State.ORPHANED
    filled(deposit, arrival, block)
    deposit.customer_id = deposit.customer_id or owner  # staff may have found it
    deposit.state, deposit.reason = _standing(deposit)
    if was_orphaned:
        deposit.round += 1
        deposit.settled = 0
        deposit.credited_at = None
        if before in states.DECIDED:
            deposit.state, deposit.reason = before, "stood so before a fork took it back"
        elif before == State.CREDITED and deposit.state == State.BELOW_MINIMUM:
            # It counted, with others or because staff let it: that a fork came changes nothing.
            deposit.state, deposit.reason = State.CONFIRMING, "counted before a fork took it back"
    deposit.orphaned_from = ""
    deposit.save()


def filled(deposit: Deposit, arrival: Arrival, block: BlockId | None) -> Deposit:
    """The row as the block (None: the mempool) tells it, in the state in which it begins."""
    each = arrival.received
    deposit.txid, deposit.number = each.txid, each.number
    deposit.address = Address(pk=arrival.address_id)
    deposit.customer_id = arrival.customer_id
    deposit.asset_network = arrival.asset_network
    deposit.contract, deposit.memo = each.contract, each.memo[:64]
    deposit.sender, deposit.units, deposit.coinbase = each.sender, each.units, each.coinbase
    deposit.balance_gap = each.balance_gap
    deposit.height = block.height if block else None
    deposit.block_hash = block.hash if block else ""
    deposit.state, deposit.reason = _standing(deposit)
    return deposit


def _standing(deposit: Deposit) -> tuple[str, str]:
    """Where a deposit that is in a block begins, and why."""
    listed = deposit.asset_network
    if listed is None:
        return State.UNKNOWN_ASSET, "not an asset that is listed on this network"
    if deposit.customer_id is None:
        why = f"nobody has the memo {deposit.memo}" if deposit.memo else "came without a memo"
        return State.NO_OWNER, why
    if deposit.creditable < listed.deposit_min or deposit.creditable <= 0:
        return State.BELOW_MINIMUM, f"the minimum is {listed.deposit_min.normalize():f}"
    return State.CONFIRMING, ""
