"""Walk a chain block by block and hand each to the rooms that follow it.

One block is one transaction: the cursor moves together with what the followers wrote, so a block
counts once however often we die and however many walk at once. What the node says is read before
the transaction. When the node has another block than ours at our height, we step back to where we
agree, each follower undoing block by block, and go forward again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from exchange.assets.models import AssetNetwork, Network
from exchange.core import clock
from wallets.chains import followers, health, nodes
from wallets.chains.followers import follows, recognises
from wallets.chains.health import Lying
from wallets.chains.interface import Adapter, Block, BlockId, ChainUnavailable
from wallets.chains.models import NetworkWatch, SeenBlock

__all__ = ["follow", "follows", "prune", "recognises", "step"]

log = logging.getLogger(__name__)

State = NetworkWatch.State

BLOCKS_A_CALL = 50
STUCK = "we can't take in what follows block"
BLOCKS_KEPT = 1_000


def follow(network: str, *, limit: int = BLOCKS_A_CALL) -> int:
    """Bring a network's cursor to its node's tip, at most `limit` blocks. Returns how many moved.

    Never raises for what a node does: that is written down in the network's watch, in words. What
    a room of ours raises is written down too, and raised.
    """
    node, adapter = nodes.node(network), nodes.adapter(network)
    watch = NetworkWatch.objects.select_related("network").filter(network__code=network).first()
    moved = 0
    try:
        status = adapter.status()
        if watch is None:
            watch = _begin(node, adapter, status.height, status.catching_up)
            if watch is None:
                return 0
        state, reason = health.judge(node, watch, status)
        if state != State.FOLLOWING or not watch.reason.startswith(STUCK):
            health.write_down(watch, state, reason, status=status)
        if state in (State.WRONG_CHAIN, State.LYING):
            return 0
        while moved < limit and (blocks := step(network)):
            moved += blocks
        watch.refresh_from_db()
        health.write_down(watch, *health.judge(node, watch, status), status=status)
    except ChainUnavailable as error:
        if watch is not None:
            health.write_down(watch, State.DOWN, str(error))
    except Lying as error:
        assert watch is not None
        health.write_down(watch, State.LYING, str(error))
    except Exception as error:
        # A room of ours can't take the block in. Nobody is credited past it, and staff see why.
        if watch is not None:
            _stuck(watch, error)
        raise
    return moved


def step(network: str) -> int:
    """One block forward, or back to where the node's chain leaves ours. Returns how many moved.

    0 at the tip, and when somebody else moved the cursor meanwhile. Raises ChainUnavailable, Lying.
    """
    adapter = nodes.adapter(network)
    watch = NetworkWatch.objects.select_related("network").get(network__code=network)
    following = adapter.block_id(watch.height + 1)
    if following is None or following.parent != watch.hash:
        theirs = adapter.block_id(watch.height)
        if theirs is None:
            raise Lying(f"the node has no block {watch.height}, which we have followed already")
        if theirs.hash != watch.hash:
            return _walk_back(watch, to=_fork(watch, adapter, nodes.node(network).deepest_fork))
        if following is not None and adapter.block_id(following.height) == following:
            raise Lying(f"the node's block {following.height} does not stand on its own one before")
        return 0
    block = adapter.block(watch.height + 1, _contracts(watch.network_id))
    if block.id != following:
        return 0  # a fork between two questions; the next step sees it
    return int(_connect(watch, _measured(watch.network_id, adapter, block)))


def prune(network: str, *, keep: int | None = None) -> int:
    """Forget hashes of blocks so deep that no fork reaches them. Returns how many."""
    keep = BLOCKS_KEPT if keep is None else keep
    watch = NetworkWatch.objects.filter(network__code=network).first()
    if watch is None:
        return 0
    old = SeenBlock.objects.filter(network=watch.network_id, height__lt=watch.height - keep)
    return old.delete()[0]


def _stuck(watch: NetworkWatch, error: Exception) -> None:
    if transaction.get_connection().in_atomic_block:
        return  # the transaction around us is broken, and nothing can be written in it
    watch.refresh_from_db()
    reason = f"{STUCK} {watch.height}: {type(error).__name__}: {error}"
    health.write_down(watch, State.BEHIND, reason)


def _begin(
    node: nodes.Node, adapter: Adapter, height: int, catching_up: bool
) -> NetworkWatch | None:
    """The cursor of a network that is followed for the first time: just below its first block.

    A development chain counts from its beginning, another from now on unless it is configured. None
    while the node does not know yet what "now" is.
    """
    birth = node.birth_height
    if birth is None:
        birth = 1 if node.development else height + 1
        if catching_up and not node.development:
            return None
    network = Network.objects.filter(code=node.network).first()
    if network is None:
        log.warning("there is a node for %s, and no such network in the catalogue", node.network)
        return None
    start = adapter.block_id(max(birth, 1) - 1)
    if start is None:
        return None
    with transaction.atomic():
        watch, made = NetworkWatch.objects.get_or_create(
            network=network,
            defaults={
                "birth_height": start.height + 1,
                "height": start.height,
                "highest": start.height,
                "hash": start.hash,
                "state": NetworkWatch.State.BEHIND,
                "reason": "not followed yet",
            },
        )
        if made:
            _remember(watch, start)
    return watch


def _connect(watch: NetworkWatch, block: Block) -> bool:
    """Hand a block to every follower and move the cursor onto it. False when another did."""
    with transaction.atomic():
        cursor = _cursor(watch.pk)
        if (cursor.height, cursor.hash) != (watch.height, watch.hash):
            return False
        for follower in followers.in_order():
            follower.connect(cursor.network, block)
        _remember(cursor, block.id)
        _move(cursor, block.id.height, block.id.hash)
    return True


def _walk_back(watch: NetworkWatch, *, to: int) -> int:
    """Undo block by block down to the height `to`. Returns how many were undone."""
    undone = 0
    height, block_hash = watch.height, watch.hash
    while height > to:
        with transaction.atomic():
            cursor = _cursor(watch.pk)
            if (cursor.height, cursor.hash) != (height, block_hash):
                return undone
            seen = SeenBlock.objects.get(network=cursor.network_id, height=height)
            block = BlockId(seen.height, seen.hash, seen.parent, seen.mined_at)
            for follower in reversed(followers.in_order()):
                follower.disconnect(cursor.network, block)
            seen.delete()
            height, block_hash = height - 1, seen.parent
            _move(cursor, height, block_hash)
        undone += 1
    log.warning("fork on %s: %s blocks undone, down to %s", watch.network.code, undone, to)
    return undone


def _fork(watch: NetworkWatch, adapter: Adapter, deepest: int) -> int:
    """The height of the last block that the node and we have in common.

    Measured from the highest block ever followed, so that a node can't lead us back piecemeal.
    Raises Lying when that is deeper than accepted.
    """
    floor = watch.highest - deepest
    ours = SeenBlock.objects.filter(
        network=watch.network_id, height__lt=watch.height, height__gte=floor
    ).order_by("-height")
    for seen in ours:
        theirs = adapter.block_id(seen.height)
        if theirs is not None and theirs.hash == seen.hash:
            return seen.height
    raise Lying(
        f"the node's chain leaves ours more than {deepest} blocks below {watch.highest}; "
        "no fork as deep is accepted"
    )


def _cursor(pk: int) -> NetworkWatch:
    """The cursor, locked: whoever walks this chain besides us waits."""
    return NetworkWatch.objects.select_for_update(of=("self",)).select_related("network").get(pk=pk)


def _remember(watch: NetworkWatch, block: BlockId) -> None:
    SeenBlock.objects.create(
        network_id=watch.network_id,
        height=block.height,
        hash=block.hash,
        parent=block.parent,
        mined_at=block.mined_at,
    )


def _move(cursor: NetworkWatch, height: int, block_hash: str) -> None:
    cursor.height, cursor.hash = height, block_hash
    cursor.highest = max(cursor.highest, height)
    cursor.moved_at = clock.now()
    cursor.save(update_fields=["height", "hash", "highest", "moved_at"])


def _contracts(network_id: int) -> list[str]:
    """Tokens that count: those that staff have listed on this network, and no other."""
    rows = AssetNetwork.objects.filter(network_id=network_id).exclude(contract="")
    return [contract.lower() for contract in rows.values_list("contract", flat=True)]


def _measured(network_id: int, adapter: Adapter, block: Block) -> Block:
    """The block, with the balances that its token transfers to us really moved."""
    tokens = [each for each in block.received if each.contract]
    ours = followers.recognised(network_id, {t.recipient for t in tokens}) if tokens else set()
    gaps = _gaps(adapter, block, ours)
    if not any(gaps.values()) and None not in gaps.values():
        return block
    received = [
        each._replace(balance_gap=gaps.get((each.contract, each.recipient), 0))
        for each in block.received
    ]
    return block._replace(received=received)


def _gaps(
    adapter: Adapter, block: Block, ours: Collection[str]
) -> dict[tuple[str, str], int | None]:
    """By token and holder, how much less the balance grew than the block's logs say."""
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for each in block.received:
        if each.contract and each.recipient in ours:
            expected[each.contract, each.recipient] += each.units
        if each.contract and each.sender in ours:
            expected[each.contract, each.sender] -= each.units
    return {
        (contract, holder): adapter.balance_gap(block.id, contract, holder, units)
        for (contract, holder), units in expected.items()
    }
