"""The listing's row: find it, lock it, move it on, and say what happened."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor
from exchange.core.errors import NotFound
from launchpad.listings.models import Listing, ListingEvent
from launchpad.listings.states import refuse_move

MOVED = "listings.moved"
TOLD = "listings.told"


def found(listing_id: int) -> Listing:
    """Raises NotFound."""
    listing = Listing.objects.filter(pk=listing_id).first()
    if listing is None:
        raise NotFound(f"There is no listing {listing_id}.", field="listing_id")
    return listing


def locked(listing_id: int) -> Listing:
    """The row for whoever changes it, until the transaction ends. Raises NotFound."""
    locks.hold(locks.Lock.LISTING, listing_id)
    listing = Listing.objects.select_for_update(no_key=True).filter(pk=listing_id).first()
    if listing is None:
        raise NotFound(f"There is no listing {listing_id}.", field="listing_id")
    return listing


def move(
    listing: Listing,
    stage: str,
    *,
    actor: Actor,
    words: str,
    reason: str = "",
    public: bool = False,
    told: bool = True,
    **changes: Any,
) -> ListingEvent:
    """Take a locked listing to another stage, with the changes that go along.

    Raises StageConflict when the table has no such move.
    """
    refuse_move(listing.stage, stage)
    before = {"stage": listing.stage}
    listing.stage, listing.since = stage, clock.now()
    for field, value in changes.items():
        setattr(listing, field, value)
    listing.save()
    record(
        actor=actor,
        verb="listings.move",
        target=listing,
        reason=reason,
        before=before,
        after={"stage": stage, **{name: str(value) for name, value in changes.items()}},
    )
    outbox.announce(MOVED, listing_id=listing.pk, before=before["stage"], after=stage)
    return say(listing, kind=stage, words=words, actor=actor, public=public, told=told)


def say(
    listing: Listing,
    *,
    kind: str,
    words: str,
    actor: Actor,
    public: bool = False,
    told: bool = False,
) -> ListingEvent:
    """Write down what happened. Must run inside the transaction that makes it true."""
    event = ListingEvent.objects.create(
        listing=listing,
        at=clock.now(),
        kind=kind,
        words=words[:600],
        public=public,
        told=told,
        by=actor.label,
    )
    if told and listing.customer_id is not None:
        outbox.announce(TOLD, event_id=event.pk)
    return event


def applicant_user_id(listing: Listing) -> int | None:
    """Who gets the project's letters: the customer's user, or the owner's of a sub-account."""
    if listing.customer_id is None:
        return None
    row = Customer.objects.filter(pk=listing.customer_id).select_related("parent").first()
    if row is None:
        return None
    return row.user_id or (row.parent.user_id if row.parent else None)


def touch(listing_id: int, *, actor: Actor, verb: str, **after: Any) -> None:
    """Audit an act that moves nothing. Inside the act's transaction."""
    assert transaction.get_connection().in_atomic_block
    record(actor=actor, verb=verb, target_type="listing", target_id=str(listing_id), after=after)
