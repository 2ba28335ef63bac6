"""Everything that the launchpad's rooms need to look alive. Called again and again: each part does
what is left to do, and one that can't yet (a chain that does not answer, a customer whom nobody has
verified) does not hold the others up."""

"""Launchpad's part of the demo: every room's story, in the order in which they need each other.

Each may be called again and changes nothing; one that fails is tried again with the next call, and
holds up no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from exchange.core.errors import Refused
from launchpad.demo import earn
from wallets.chains.interface import ChainUnavailable

log = logging.getLogger(__name__)

SEEDS: dict[str, Callable[[], int]] = {
    "earn": earn.seed,
}


def seed_all() -> int:
    """Returns how many things were new."""
    done = 0
    for name, seed in SEEDS.items():
        try:
            done += seed()
        except (Refused, ChainUnavailable) as later:
            log.info("the demo's %s is seeded later: %s", name, later)


from launchpad.demo import listings

log = logging.getLogger(__name__)
ROOMS: tuple[tuple[str, Callable[[], list[str]]], ...] = (("listings", listings.seed),)


def seed() -> int:
    """Go on with every room's story. Returns how many things were done."""
    done = 0
    for name, tell in ROOMS:
        try:
            lines = tell()
        except Exception:
            log.exception("the demo's %s are not told yet", name)
            continue
        for line in lines:
            log.info("demo: %s", line)
        done += len(lines)
    return done
