"""Evidence that something arrived: read from the chain by us, not believed of anybody.

A payment counts when a block that we follow has it deep enough, when it pays an address of our own
custody exactly that amount of that asset, when it came from outside, and when nothing else in the
books is made of it: no deposit of a customer, no other arrival (the database keeps them apart), and
the chain does have that much more than the ledger. What a beacon chain pays its validators out
(EIP-4895) is such a payment, named by its block and its own index.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.assets.models import AssetNetwork
from exchange.core.errors import Conflict, NotFound, Refused
from exchange.core.money import ZERO, from_units, plain
from launchpad.earn.models import Arrival, Product
from wallets import chains
from wallets.addresses import queries as addresses
from wallets.chains import health
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import Adapter, Block, ChainUnavailable, Received
from wallets.chains.models import NetworkWatch, SeenBlock
from wallets.chains.rpc import RpcError
from wallets.custody import reconcile
from wallets.deposits.models import Deposit
from wallets.sending.models import ChainTransaction, Coin

How = Arrival.Proof


class NotProven(Refused):
    """The chain does not say this. The message says what it says."""

    code = "not_proven"


class Proof(NamedTuple):
    """What the chain says of one payment."""

    how: str
    network: str
    place: str
    height: int | None
    amount: Decimal = ZERO
    mined_at: datetime | None = None
    source: str = ""


# Told by a paper and agreed to by two people; and what a vault's shares say.
STATEMENT = Proof(How.STATEMENT, "", "", None)


def of_payment(*, product: Product, network: str, txid: str, number: int | None = None) -> Proof:
    """The payment `number` (an output, a log; -1 a transaction's own value) of a transaction to an
    address of ours. Without a number it is the only one that there is.

    Raises NotFound, NotProven, Conflict (too young, booked otherwise), ChainUnavailable.
    """
    txid = txid.strip().lower()
    return _proven(product, network, _height_of(network, txid, number), txid, number, How.CHAIN)


def of_withdrawal(*, product: Product, network: str, height: int, index: int) -> Proof:
    """What the beacon chain paid out in a block, by the withdrawal's index. Raises likewise."""
    if not isinstance(_adapter(network), EvmAdapter):
        raise NotProven(_("There are no validators' withdrawals on this network."), field="network")
    return _proven(product, network, height, "", index, How.BEACON)


def refuse_if_counted_otherwise(product: Product, amount: Decimal) -> None:
    """The chain has it, and the ledger has not. In the booking's transaction, no block between."""
    row = next((r for r in reconcile.compared() if r.asset_id == product.asset_id), None)
    # What was seen at a reward address is set aside there for this very booking.
    more = row.difference + row.awaited if row is not None else ZERO
    if more < amount:
        raise Conflict(
            _("The chain has only %(more)s more than the ledger: it is booked already.")
            % {"more": plain(max(more, ZERO))},
            field="amount",
            limit=max(more, ZERO),
        )


def _proven(
    product: Product, network: str, height: int, txid: str, number: int | None, how: str
) -> Proof:
    what = (
        AssetNetwork.objects.select_related("network", "asset")
        .filter(asset_id=product.asset_id, network__code=network)
        .first()
    )
    if what is None:
        raise NotFound(_("The product's asset is not on this network."), field="network")
    health.refuse_unless_following(what.network_id)
    block = _block(what, height)
    found = _payment(block, txid or block.id.hash, number, what)
    whose = addresses.ours(what.network_id, {found.recipient, found.sender} - {""})
    _refuse_unless_from_outside(what, found, whose)
    _refuse_if_used(what, found)
    amount = from_units(found.units, what.decimals)
    if amount % Decimal(1).scaleb(-product.asset.precision):
        raise NotProven(_("It has more digits than the ledger keeps."), field="amount")
    if how == How.CHAIN and txid == block.id.hash:
        how = How.BEACON
    place = f"beacon:{found.number}" if how == How.BEACON else f"{found.txid}:{found.number}"
    source = found.sender or whose[found.recipient].address
    return Proof(how, network, place, height, amount, block.id.mined_at, f"{network} {source}")


def _height_of(network: str, txid: str, number: int | None) -> int:
    """In which block a transaction is, as our own rows or the node say: it is read there again."""
    adapter = _adapter(network)
    if not isinstance(adapter, EvmAdapter):
        coin = Coin.objects.filter(network__code=network, txid=txid)
        height = coin.values_list("height", flat=True).first()
        if height is None:
            raise NotProven(_("No block that we follow pays us in it."), field="reference")
        return int(height)
    seen = SeenBlock.objects.filter(network__code=network, hash=txid).first()
    if seen is not None:  # a block's hash, which stands for what validators were paid in it
        return int(seen.height)
    try:
        receipt = adapter.rpc.call("eth_getTransactionReceipt", txid)
        if receipt is None:
            raise NotProven(_("The chain has no such transaction."), field="reference")
        return int(receipt["blockNumber"], 16)
    except (RpcError, KeyError, TypeError, ValueError) as error:
        raise NotProven(_("The chain has no such transaction."), field="reference") from error


def _block(what: AssetNetwork, height: int) -> Block:
    """A block that we have followed, as its node tells it, deep enough by the network's measure."""
    watch = NetworkWatch.objects.get(network_id=what.network_id)
    deep = watch.height - height + 1
    if deep < what.network.confirmations:
        raise Conflict(
            _("It has %(deep)s of %(needed)s confirmations.")
            % {"deep": max(deep, 0), "needed": what.network.confirmations},
            limit=what.network.confirmations,
        )
    contracts = [what.contract.lower()] if what.contract else []
    block = _adapter(what.network.code).block(height, contracts)
    ours = SeenBlock.objects.filter(network_id=what.network_id, height=height).first()
    if ours is not None and ours.hash != block.id.hash:
        raise ChainUnavailable(f"{what.network.code}: the node has another block {height}")
    return block


def _payment(block: Block, txid: str, number: int | None, what: AssetNetwork) -> Received:
    contract = what.contract.lower()
    rows = [
        each
        for each in block.received
        if each.txid == txid
        and each.contract == contract
        and (number is None or each.number == number)
    ]
    if number is None:
        mine = addresses.ours(what.network_id, {each.recipient for each in rows})
        rows = [each for each in rows if each.recipient in mine]
    if len(rows) != 1:
        raise NotProven(
            _("There are %(n)s such payments of %(asset)s in it: say which.")
            % {"n": len(rows), "asset": what.asset.code}
            if rows
            else _("It does not pay %(asset)s to us.") % {"asset": what.asset.code},
            field="reference",
        )
    return rows[0]


def _refuse_unless_from_outside(
    what: AssetNetwork, found: Received, whose: dict[str, addresses.Ours]
) -> None:
    to = whose.get(found.recipient)
    if to is None:
        raise NotProven(_("It pays somebody else."), field="reference")
    if to.customer_id is not None:
        raise NotProven(_("It pays a customer's deposit address."), field="reference")
    own = ChainTransaction.objects.filter(network_id=what.network_id, txid=found.txid).exists()
    if own or found.sender in whose:
        raise NotProven(_("We paid it ourselves: nothing arrived."), field="reference")


def _refuse_if_used(what: AssetNetwork, found: Received) -> None:
    S = Deposit.State
    used = Deposit.objects.filter(
        network_id=what.network_id, txid=found.txid, number=found.number
    ).exclude(state=S.ORPHANED)
    if used.exists():
        raise Conflict(_("It is a deposit already."), field="reference")


def _adapter(network: str) -> Adapter:
    if network not in chains.configured():
        raise NotFound(
            _("There is no node for this network: only a statement can tell of it."),
            field="network",
        )
    return chains.adapter(network)
