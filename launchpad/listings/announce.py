"""Tell everybody: in the public calendar, and to monitoring, which looks at who bought before."""

from __future__ import annotations

from exchange.core import clock, facts
from exchange.core.actors import Actor
from launchpad.listings import road
from launchpad.listings.models import Listing, ListingEvent

NOBODY = 0  # staff began it: the house stands where an applicant would


def announce(listing: Listing, *, kind: str, words: str, actor: Actor) -> ListingEvent:
    """What is public from now on. Inside the transaction that makes it so."""
    tell_monitoring(listing, kind=kind)
    return road.say(listing, kind=kind, words=words, actor=actor, public=True, told=True)


def tell_monitoring(listing: Listing, *, kind: str) -> None:
    """From this moment on everybody may know: who bought before it is looked at."""
    facts.report(
        kind=facts.FactKind.LISTING_ANNOUNCED,
        customer_id=listing.customer_id or NOBODY,
        at=clock.now(),
        reference=f"listing:{listing.pk}:{kind}",
        asset=listing.code,
        extra={
            "market": f"{listing.code}_USDT",
            "insiders": sorted(
                listing.insiders.exclude(customer=None).values_list("customer_id", flat=True)
            ),
        },
    )
