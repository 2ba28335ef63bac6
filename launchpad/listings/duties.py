"""What a listed project has promised to do by a day."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.listings import interests, road
from launchpad.listings.models import Duty
from launchpad.listings.words import WORK

MOST = 100  # of one listing


def add(*, listing_id: int, what: str, due: date, actor: Actor) -> Duty:
    """Write a promise down. The same twice is once. Raises Invalid, PermissionRefused."""
    actor.require(WORK)
    if not what.strip():
        raise Invalid(_("Say what they have to do."), field="what")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.duties.count() >= MOST:
            raise Conflict(_("There are too many already."), limit=MOST)
        row, made = Duty.objects.get_or_create(listing=listing, what=what.strip()[:160], due=due)
        if made:
            record(
                actor=actor,
                verb="listings.add_duty",
                target=listing,
                after={"what": what, "due": due},
            )
    return row


def done(*, duty_id: int, note: str, actor: Actor) -> Duty:
    """It was done. Raises NotFound, Invalid without saying what shows it."""
    actor.require(WORK)
    if not note.strip():
        raise Invalid(_("Say what shows it."), field="note")
    with transaction.atomic():
        found = Duty.objects.filter(pk=duty_id).values_list("listing_id").first()
        if found is None:
            raise NotFound(field="duty_id")
        listing = road.locked(found[0])
        row = Duty.objects.select_for_update().get(pk=duty_id)
        interests.refuse_unless_free(listing, actor)
        if row.done_on is None:
            row.done_on, row.note = clock.now().date(), note.strip()[:300]
            row.save()
            record(
                actor=actor,
                verb="listings.duty_done",
                target=listing,
                after={"what": row.what, "note": note},
            )
    return row
