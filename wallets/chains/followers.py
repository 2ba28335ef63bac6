"""Who is told of a network's blocks. Rooms register when the app starts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from exchange.assets.models import Network
from wallets.chains.interface import Block, BlockId

Connect = Callable[[Network, Block], None]
Disconnect = Callable[[Network, BlockId], None]
Recognise = Callable[[int, Collection[str]], Collection[str]]


class Follower(NamedTuple):
    """`connect` and `disconnect` run inside the transaction that moves the cursor.

    They talk to no node. `disconnect` undoes what `connect` did for the block, the newest first.
    """

    order: int
    name: str
    connect: Connect
    disconnect: Disconnect


_followers: dict[str, Follower] = {}
_recognisers: dict[str, Recognise] = {}


def follows(name: str, *, connect: Connect, disconnect: Disconnect, order: int) -> None:
    """Have a room told of every block of every network, those with a lower `order` first."""
    follower = Follower(order, name, connect, disconnect)
    if _followers.setdefault(name, follower) != follower:
        raise RuntimeError(f"two rooms follow chains as {name}")


def recognises(name: str, function: Recognise) -> None:
    """Have a room say which recipients of a block matter: (network id, keys) -> those of the keys.

    For them the watcher asks the node more than the block says: whether a token's balance grew by
    as much as its logs claim.
    """
    if _recognisers.setdefault(name, function) != function:
        raise RuntimeError(f"two rooms recognise addresses as {name}")


def in_order() -> list[Follower]:
    return sorted(_followers.values())


def recognised(network_id: int, keys: Collection[str]) -> set[str]:
    """Those of the keys that some room recognises."""
    return {key for find in _recognisers.values() for key in find(network_id, keys)}
