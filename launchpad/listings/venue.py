"""What a listing has at the venue: its row on its network, and its market."""

from __future__ import annotations

from datetime import timedelta

from exchange.assets.models import AssetNetwork
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from launchpad.listings.models import Listing

WINDOW = timedelta(days=30)  # for which withdrawals stay open after trading has ended


def switch(listing: Listing, *, actor: Actor, **changes: bool) -> None:
    """Deposits or withdrawals of the asset, on or off. Inside the caller's transaction."""
    row = AssetNetwork.objects.select_for_update().get(asset=listing.asset, network=listing.network)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    record(actor=actor, verb="listings.switch", target=row, before=before, after=dict(changes))


def market_of(listing: Listing) -> int:
    """The market's number. Raises Conflict for a listing that has none yet."""
    if listing.market_id is None:
        raise Conflict("This listing has no market yet.", field="listing_id")
    return listing.market_id
