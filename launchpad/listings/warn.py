"""Special treatment: a tag that every customer sees on the market, and the way back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Invalid
from exchange.markets import lifecycle
from exchange.markets.models import Market
from launchpad.listings import holders, interests, road
from launchpad.listings.models import Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import WORK

SYSTEM = system("listings")


def warn(*, listing_id: int, words: str, actor: Actor) -> Listing:
    """Tag it. One person may: a warning too many costs less than one too few.

    `words` is what customers read. Raises PermissionRefused, NotDeclared, Conflicted, Invalid.
    """
    actor.require(WORK)
    if not words.strip():
        raise Invalid(_("Say why: customers read it."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        put_tag(listing, words=words.strip(), actor=actor, reason=words)
    return listing


def put_tag(listing: Listing, *, words: str, actor: Actor, reason: str) -> None:
    """The listing is locked. Twice is once."""
    if listing.stage == Stage.WARNED:
        return
    assert listing.market_id is not None
    road.move(
        listing,
        Stage.WARNED,
        actor=actor,
        reason=reason,
        words=f"{listing.code} gets the special treatment tag. {words}",
        public=True,
        warned_words=words[:500],
        warned_at=clock.now(),
    )
    lifecycle.mark(
        market_id=listing.market_id,
        tag=Market.Tag.SPECIAL,
        says=words[:300],  # the page itself says which tag it is
        actor=SYSTEM,
        reason=reason,
    )
    holders.tell(listing, notice="warned")


def lift(*, listing_id: int, words: str, actor: Actor) -> Listing:
    """Take the tag away again. `words` is published. Raises as `warn` does."""
    actor.require(WORK)
    if not words.strip():
        raise Invalid(_("Say why: customers read it."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        assert listing.market_id is not None
        road.move(
            listing,
            Stage.LISTED if listing.withdrawals_opened_at else Stage.TRADING,
            actor=actor,
            reason=words,
            words=f"{listing.code} lost the special treatment tag. {words.strip()}",
            public=True,
            warned_words="",
            warned_at=None,
        )
        lifecycle.mark(market_id=listing.market_id, tag="", says="", actor=SYSTEM, reason=words)
    return listing
