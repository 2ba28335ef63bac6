"""Whether a network's node is worth trusting, and the refusal of those who need it to be.

While a network is not followed, nothing is credited and nothing is sent on it. The reason is
written down in words for staff; it clears itself when the node is well again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.errors import Refused
from wallets.chains.interface import Status
from wallets.chains.models import NetworkWatch, SeenBlock
from wallets.chains.nodes import Node

log = logging.getLogger(__name__)
State = NetworkWatch.State

# A watcher that has not looked for so long knows nothing.
STALE_SECONDS = 120
# This far behind the node's tip, confirmations that we count are too few, never too many; but
# customers should know why nothing arrives.
BLOCKS_BEHIND = 20
# A public chain without a block for so many of its usual intervals: the node has lost its peers.
SILENT_BLOCKS, SILENT_SECONDS_AT_LEAST = 20, 900
WRITTEN_AT_MOST_EVERY_SECONDS = 5


class Lying(Exception):
    """The node says what can't be true, or what we will not follow without a person's word."""


class NotFollowing(Refused):
    """The network is not followed now. `limit` is its state."""

    code = "network_paused"


def refuse_unless_following(network_id: int) -> None:
    """Raise NotFollowing unless the network's node is followed right now.

    One indexed query; read it inside the transaction it governs.
    """
    watch = NetworkWatch.objects.filter(network_id=network_id).first()
    if watch is None or watch.state != State.FOLLOWING or stale(watch):
        raise NotFollowing(
            _("This network is paused for the moment. Nothing is lost; it goes on by itself."),
            field="network",
            limit=watch.state if watch is not None else "",
        )


def stale(watch: NetworkWatch) -> bool:
    """Whether nobody has looked at the node for too long."""
    limit = clock.now() - timedelta(seconds=STALE_SECONDS)
    return watch.checked_at is None or watch.checked_at < limit


def judge(node: Node, watch: NetworkWatch, status: Status) -> tuple[State, str]:
    """The state of a network by what its node says of itself, and why, in words."""
    if status.chain != node.chain:
        return State.WRONG_CHAIN, f"the node is on chain {status.chain}, not on {node.chain}"
    if node.genesis and status.genesis != node.genesis:
        return State.WRONG_CHAIN, f"the node's first block is {status.genesis}, not {node.genesis}"
    if status.height < watch.height:
        return State.LYING, (
            f"the node's height went backwards: {status.height}, and we have followed "
            f"{watch.height} already"
        )
    if status.catching_up:
        return State.BEHIND, f"the node is catching up; it is at block {status.height}"
    if (lag := status.height - watch.height) > BLOCKS_BEHIND:
        return State.BEHIND, f"we are catching up: {lag} blocks to go"
    if silence := _silence(node, watch):
        return State.BEHIND, f"the node has had no new block for {silence // 60} minutes"
    return State.FOLLOWING, ""


def write_down(
    watch: NetworkWatch, state: State, reason: str, *, status: Status | None = None
) -> None:
    """Set a network's state. Writes only what has changed, and now and then that we looked."""
    now = clock.now()
    values: dict[str, Any] = {"state": state, "reason": reason[:500]}
    if status is not None:
        values |= {"node_height": status.height, "can_trace": status.can_trace}
    changed = {name: value for name, value in values.items() if getattr(watch, name) != value}
    recent = now - timedelta(seconds=WRITTEN_AT_MOST_EVERY_SECONDS)
    if not changed and watch.checked_at is not None and watch.checked_at > recent:
        return
    if "state" in changed:
        level = logging.INFO if state == State.FOLLOWING else logging.WARNING
        log.log(level, "network %s is %s: %s", watch.network.code, state, reason)
    changed["checked_at"] = now
    NetworkWatch.objects.filter(pk=watch.pk).update(**changed)
    for name, value in changed.items():
        setattr(watch, name, value)


def _silence(node: Node, watch: NetworkWatch) -> int:
    """For how many seconds a public chain has been silent too long, 0 when it has not."""
    if node.development:
        return 0
    newest = SeenBlock.objects.filter(network=watch.network_id, height=watch.height).first()
    if newest is None:
        return 0
    age = int((clock.now() - newest.mined_at).total_seconds())
    allowed = max(SILENT_BLOCKS * node.seconds_a_block, SILENT_SECONDS_AT_LEAST)
    return age if age > allowed else 0
