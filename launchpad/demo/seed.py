"""Everything that the launchpad's rooms need to look alive. Called again and again: each part does
what is left to do, and one that can't yet (a chain that does not answer, a customer whom nobody has
verified) does not hold the others up."""

from __future__ import annotations

import logging
from collections.abc import Callable

from exchange.core.errors import Refused
from launchpad.demo import earn, governance, listings, policy, rewards, sales
from wallets.chains.interface import ChainUnavailable

log = logging.getLogger(__name__)

SEEDS: dict[str, Callable[[], int]] = {
    "earn": earn.seed,
    "governance": governance.seed,
    "listings": listings.seed,
    "policy": policy.seed,
    "sales": sales.seed,
    "rewards": rewards.seed,
}


def seed_all() -> int:
    """Returns how many things were new."""
    done = 0
    for name, seed in SEEDS.items():
        try:
            done += seed()
        except (Refused, ChainUnavailable) as later:
            log.info("the demo's %s is seeded later: %s", name, later)
    return done
