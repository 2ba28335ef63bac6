"""Conflicts of interest: whoever judges a listing says first that they have none in it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import STAFF, SYSTEM, Actor
from exchange.core.errors import Invalid, PermissionRefused
from launchpad.listings import insiders, road
from launchpad.listings.models import InterestDeclaration, Listing
from launchpad.listings.words import VIEW


class NotDeclared(PermissionRefused):
    """Nobody judges before they have said whether they have an interest."""

    code = "interest_not_declared"


class Conflicted(PermissionRefused):
    """Whoever has an interest may look, and do nothing."""

    code = "conflict_of_interest"


def declare(
    *, listing_id: int, conflict: bool, words: str, actor: Actor, accounts: str = ""
) -> InterestDeclaration:
    """Say whether oneself or somebody close holds it, is paid by the project, or belongs to it.

    May be said anew when it changes, and then counts from there; a conflict said once during a
    listing stays one. `accounts` are e-mails of accounts here that are theirs or of those close to
    them. Raises Invalid, NotFound, PermissionRefused, Conflicted on taking a conflict back.
    """
    if actor.kind != STAFF or actor.user_id is None:
        raise PermissionRefused(_("Staff declare interests."))
    actor.require(VIEW)
    if conflict and not words.strip():
        raise Invalid(_("Say what your interest is."), field="words")
    with transaction.atomic():
        listing = road.locked(listing_id)
        before = newest(listing.pk, actor.user_id)
        if before is not None and before.conflict and not conflict:
            raise Conflicted(
                _("You declared an interest in this listing: it can't be taken back."),
                field="conflict",
            )
        row = InterestDeclaration.objects.create(
            listing=listing,
            user_id=actor.user_id,
            conflict=conflict,
            words=words.strip()[:500],
            at=clock.now(),
        )
        insiders.saw(listing, actor=actor)
        if accounts.strip():
            insiders.accounts_of_staff(listing, user_id=actor.user_id, emails=accounts, actor=actor)
        record(
            actor=actor,
            verb="listings.declare_interest",
            target=listing,
            after={"conflict": conflict, "words": row.words},
        )
    return row


def newest(listing_id: int, user_id: int | None) -> InterestDeclaration | None:
    if user_id is None:
        return None
    return (
        InterestDeclaration.objects.filter(listing_id=listing_id, user_id=user_id)
        .order_by("-id")
        .first()
    )


def conflicted(listing: Listing) -> set[int]:
    """Users whose newest word is that they have an interest. One query."""
    rows = listing.interests.order_by("user_id", "-id").distinct("user_id")
    return {user_id for user_id, conflict in rows.values_list("user_id", "conflict") if conflict}


def refuse_unless_free(listing: Listing, actor: Actor) -> None:
    """Raise NotDeclared or Conflicted unless this person said that they have no interest in it."""
    if actor.kind == SYSTEM:
        return
    if actor.user_id is not None and actor.user_id == road.applicant_user_id(listing):
        raise Conflicted(_("You applied for it yourself: others have to judge it."))
    said = newest(listing.pk, actor.user_id)
    if said is None:
        raise NotDeclared(
            _("Say first whether you have an interest in %(what)s.") % {"what": listing},
            limit=listing.pk,
        )
    if said.conflict:
        raise Conflicted(
            _("You declared an interest in %(what)s: others have to judge it.") % {"what": listing},
            limit=listing.pk,
        )
