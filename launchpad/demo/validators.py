"""The demo's validators: they pay a watched address of ours on the development chain, and each
payment is booked by the evidence of its block, as staff would have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from launchpad.earn import watching
from launchpad.earn.models import Product
from launchpad.earn.sightings import RewardAddress, Sighting
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains.models import NetworkWatch
from wallets.demo import faucet

NETWORK = "ERC20"
REASON = "the demo's own validators"


def tend(product: Product, rewards: Sequence[Decimal], *, actor: Actor) -> int:
    """The next step: an address, payments to it, and one day's reward a payment, the newest first.

    Returns how many steps were taken. Raises ChainUnavailable.
    """
    watched = RewardAddress.objects.filter(product=product).first()
    if watched is None:
        keys = KeySet.objects.filter(network__code=NETWORK, role="deposit", active=True).first()
        following = NetworkWatch.objects.filter(network__code=NETWORK, state="following").exists()
        if keys is None or not following:
            return 0
        watched = watching.register(
            product_id=product.pk,
            network=NETWORK,
            address=issue.own_address(key_set_id=keys.pk, fresh=True).address,
            by_itself=False,
            actor=actor,
            reason=REASON,
        )
        for amount in rewards:
            faucet.give(network=NETWORK, asset="ETH", address=watched.address, amount=amount)
        return len(rewards)
    done = 0
    seen = list(Sighting.objects.filter(at_address=watched).order_by("pk")[: len(rewards)])
    for ago, row in enumerate(seen, start=1):
        if row.state != Sighting.State.SEEN:
            continue
        day = clock.now().date() - timedelta(days=ago)
        try:
            watching.confirm(sighting_id=row.pk, actor=actor, day=day)
        except Refused as later:
            Sighting.objects.filter(pk=row.pk).update(why=str(later)[:300])
            continue
        done += 1
    return done
