"""Take a listing along its road: take up, check, ask back, go into due diligence, refuse."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from launchpad.listings import checks, insiders, interests, road, screen
from launchpad.listings.models import ChainCheck, Listing
from launchpad.listings.states import AssetClass, Reason, Stage
from launchpad.listings.words import WORK

SCREEN_TASK, SCREEN_QUEUE = "listings.screen", "reports"


class NotReady(Conflict):
    """Something has to be done first. The message says what."""

    code = "not_ready"


def take_up(*, listing_id: int, actor: Actor) -> Listing:
    """Begin with what was handed in: names are screened and the contract is read, by tasks.

    Raises PermissionRefused, NotDeclared, Conflicted, StageConflict.
    """
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        road.move(
            listing,
            Stage.CHECKS,
            actor=actor,
            words="We took it up: names are screened and the contract is read on its chain.",
        )
        dispatch.after_commit(SCREEN_TASK, queue=SCREEN_QUEUE, listing_id=listing.pk)
        if listing.contract:
            checks.ask(listing_id=listing.pk, actor=actor)
    return listing


def begin_diligence(*, listing_id: int, actor: Actor) -> Listing:
    """Everybody is screened and the contract is read: the checklist is next.

    Raises NotReady beside what `take_up` raises.
    """
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        refuse_unless_checked(listing)
        road.move(listing, Stage.DILIGENCE, actor=actor, words="Due diligence has begun.")
    return listing


def ask_back(*, listing_id: int, words: str, actor: Actor) -> Listing:
    """Give it back to the project with what is to be changed. `words` is what they read."""
    actor.require(WORK)
    if not words.strip():
        raise Invalid(_("Say what they have to change or add."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.customer_id is None:
            raise Conflict(_("There is nobody to ask: staff began this listing."))
        road.move(
            listing,
            Stage.DRAFT,
            actor=actor,
            words=f"We need something from you: {words.strip()}",
            asked_words=words.strip()[:1000],
        )
    return listing


def refuse(*, listing_id: int, reason_code: str, words: str, actor: Actor) -> Listing:
    """Say no. `words` is what the project reads. Raises Invalid without a reason."""
    actor.require(WORK)
    if reason_code not in Reason.values:
        raise Invalid(_("Choose a reason."), field="reason_code", limit=Reason.values)
    if not words.strip():
        raise Invalid(_("Say why, in words for the project."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        road.move(
            listing,
            Stage.REFUSED,
            actor=actor,
            reason=words,
            words=f"It was refused: {words.strip()}",
            reason_code=reason_code,
            reason_words=words.strip()[:1000],
        )
        insiders.release(listing)
    return listing


def refuse_unless_checked(listing: Listing) -> None:
    """Raise NotReady unless every name is settled and the contract was read."""
    names = screen.unsettled(listing)
    if names:
        raise NotReady(
            _("Not screened or not decided: %(names)s.") % {"names": ", ".join(names[:5])},
            limit=len(names),
        )
    if listing.asset_class != AssetClass.COIN:
        run = checks.newest(listing)
        where = (listing.network.code if listing.network else "", listing.contract)
        if (
            run is None
            or run.state != ChainCheck.State.DONE
            or (run.network, run.contract) != where
        ):
            raise NotReady(_("Its contract was not read yet, or could not be. Have it read again."))
        if run.decimals != listing.decimals:
            raise NotReady(_("Its decimals are not what was read. Have it read again."))
