"""What this room tells others at start: it follows chains, and knows whose addresses matter."""

from __future__ import annotations

from collections.abc import Collection

from compliance.screening.addresses import register_source
from wallets.addresses.queries import ours
from wallets.chains import followers
from wallets.deposits import debts, detect, review, rules, senders, tiers, travel

ORDER = 20  # after sending, which knows what we pay ourselves; before drain detection
PROPOSALS = (review, debts)  # kinds of proposals register when their modules are loaded
GATES = (rules, tiers, travel)


def _recognise(network_id: int, keys: Collection[str]) -> Collection[str]:
    return ours(network_id, keys).keys()


followers.follows("deposits", connect=detect.connect, disconnect=detect.disconnect, order=ORDER)
followers.recognises("deposits", _recognise)
register_source("deposits", senders.seen)
