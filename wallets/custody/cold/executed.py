"""A Safe's payment may be executed by anybody who holds enough signatures: see it on the chain.

`sending` finds such a spend of ours unexplained, because none of our keys sent it. It is explained
when everything that left us in it is exactly what READY payments of that Safe say.
"""

from __future__ import annotations

from collections.abc import Collection

from exchange.assets.models import Network
from exchange.core import clock
from wallets.addresses import queries as addresses
from wallets.addresses.models import KeySet
from wallets.chains.interface import Block, BlockId, Received
from wallets.custody.models import ColdPayment

State = ColdPayment.State


def by_cosigners(network: Network, block: Block, txids: Collection[str]) -> set[str]:
    """Those of the transactions that execute payments which enough cosigners signed: now DONE."""
    waiting = list(
        ColdPayment.objects.select_for_update(of=("self",))
        .filter(
            key_set__network=network,
            key_set__scheme=KeySet.Scheme.SAFE,
            state__in=[State.READY, State.SENT],
        )
        .select_related("asset_network", "key_set")
        .order_by("nonce")
    )
    if not waiting:
        return set()
    moved = [r for r in block.received if r.txid in txids and r.sender]
    ours = addresses.ours(network.pk, {r.sender for r in moved})
    explained = set()
    for txid in sorted(txids):
        leaving = [r for r in moved if r.txid == txid and r.sender in ours]
        matched = _matched(leaving, waiting)
        if matched is None:
            continue
        for payment in matched:
            waiting.remove(payment)
            payment.state, payment.txid = State.DONE, txid
            payment.height, payment.ended_at = block.id.height, clock.now()
            payment.save(update_fields=["state", "txid", "height", "ended_at"])
        explained.add(txid)
    return explained


def undo(network: Network, block: BlockId) -> None:
    """A fork took the block away: the signatures are good for the next one."""
    ColdPayment.objects.filter(
        key_set__network=network, state=State.DONE, height=block.height, transaction=None
    ).update(state=State.READY, txid="", height=None, ended_at=None)


def _matched(leaving: list[Received], waiting: list[ColdPayment]) -> list[ColdPayment] | None:
    """The payments that these transfers are, one each; None when a single one is none."""
    left = list(waiting)
    matched = []
    for transfer in leaving:
        found = next((p for p in left if _is(p, transfer)), None)
        if found is None:
            return None
        left.remove(found)
        matched.append(found)
    return matched or None


def _is(payment: ColdPayment, transfer: Received) -> bool:
    return (
        transfer.sender == payment.key_set.public.lower()
        and transfer.recipient == payment.address.lower()
        and transfer.contract == payment.asset_network.contract.lower()
        and transfer.units == payment.units
    )
