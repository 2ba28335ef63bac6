"""Screen who is behind a token: the company, its people, whoever speaks for it.

Where a customer applied, a match is a hit of screening: officers decide it there, and one that is
true blocks the account as any other. Where staff began the listing, it is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.screening import index, names, raise_hits
from compliance.screening.folding import ENTITY, PERSON
from compliance.screening.models import Hit
from compliance.screening.subjects import Subject, version_of
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.listings import interests, road
from launchpad.listings.models import Listing, ScreenedName
from launchpad.listings.states import Stage

State = ScreenedName.State
DECIDE = "compliance.decide_hit"
MOST_MATCHES = 10
_OF_HIT = {
    Hit.State.OPEN: State.OPEN,
    Hit.State.UNSURE: State.OPEN,
    Hit.State.TRUE: State.TRUE,
    Hit.State.FALSE: State.FALSE,
}


class Named(NamedTuple):
    who: str
    name: str
    kind: str
    births: tuple[str, ...]
    countries: tuple[str, ...]


def named(listing: Listing) -> Iterator[Named]:
    """Everybody that the application names."""
    if listing.company:
        yield Named("company", listing.company, ENTITY, (), (listing.company_country,))
    if listing.contact_name:
        yield Named("contact", listing.contact_name, PERSON, (), ())
    for member in listing.team.order_by("id"):
        births = (member.born.isoformat(),) if member.born else ()
        yield Named(f"member {member.pk}", member.name, PERSON, births, (member.country,))


def screen(*, listing_id: int) -> int:
    """Compare everybody with the lists as they stand. Returns how many have to be looked at.

    For tasks; may run again at any time. What was decided about the same matches stays.
    """
    version, within = index.current()
    with transaction.atomic():
        listing = road.locked(listing_id)
        for each in named(listing):
            _compare(listing, each, version, within)
        return listing.screened.filter(state__in=(State.OPEN, State.TRUE)).count()


def _compare(listing: Listing, each: Named, version: int, within: index.NameIndex) -> None:
    matches = names.screen(
        texts=[each.name],
        kind=each.kind,
        births=each.births,
        countries=tuple(filter(None, each.countries)),
        within=within,
    )[:MOST_MATCHES]
    told = [
        {
            "source": match.listed.source,
            "uid": match.listed.uid,
            "name": match.listed_name,
            "score": match.score,
        }
        for match in matches
    ]
    if listing.customer_id is not None:
        raise_hits.raise_for(
            Subject(
                customer_id=listing.customer_id,
                who=f"listing {listing.pk} {each.who}",
                version=version_of(listing.customer_id),
                name=each.name,
                kind=each.kind,
                texts=(each.name,),
                births=each.births,
                countries=tuple(filter(None, each.countries)),
            ),
            within=within,
        )
    before = listing.screened.filter(who=each.who).first()
    if before is not None and before.matches == told and before.name == each.name:
        ScreenedName.objects.filter(pk=before.pk).update(lists_version=version, at=clock.now())
        return
    ScreenedName.objects.update_or_create(
        listing=listing,
        who=each.who,
        defaults={
            "name": each.name,
            "kind": each.kind,
            "state": State.OPEN if told else State.CLEAR,
            "matches": told,
            "best": max((match.score for match in matches), default=0),
            "lists_version": version,
            "at": clock.now(),
            "reason": "",
            "decided_by": "",
            "decided_at": None,
        },
    )


def decide(*, screened_id: int, same: bool, reason: str, actor: Actor) -> ScreenedName:
    """Whether a name is the listed one, where no customer's account is behind the listing.

    Raises NotFound, PermissionRefused, Invalid, Conflict where screening's own hits decide.
    """
    actor.require(DECIDE)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        found = ScreenedName.objects.filter(pk=screened_id).values_list("listing_id").first()
        if found is None:
            raise NotFound(field="screened_id")
        listing = road.locked(found[0])  # before its rows, as whoever screens it again does
        row = ScreenedName.objects.select_for_update().get(pk=screened_id)
        interests.refuse_unless_free(listing, actor)
        if listing.customer_id is not None:
            raise Conflict(_("This is a hit of screening: decide it there."), field="screened_id")
        if row.state == State.CLEAR:
            raise Conflict(_("Nothing matches: there is nothing to decide."), field="screened_id")
        before, row.state = row.state, State.TRUE if same else State.FALSE
        row.reason, row.decided_by, row.decided_at = reason.strip(), actor.label, clock.now()
        row.save()
        record(
            actor=actor,
            verb="listings.decide_name",
            target=listing,
            reason=reason,
            before={"who": row.who, "state": before},
            after={"state": row.state},
        )
    return row


def standing(listing: Listing) -> list[ScreenedName]:
    """Everybody and where it stands; an applicant's names as screening decided. Two queries."""
    rows = list(listing.screened.order_by("id"))
    if listing.customer_id is None:
        return rows
    prefix = f"listing {listing.pk} "
    states: dict[str, set[str]] = {}
    hits = Hit.objects.filter(customer_id=listing.customer_id, subject__startswith=prefix)
    for subject, state in hits.exclude(state=Hit.State.SUPERSEDED).values_list("subject", "state"):
        states.setdefault(subject.removeprefix(prefix), set()).add(_OF_HIT[Hit.State(state)])
    for row in rows:
        for worst in (State.TRUE, State.OPEN, State.FALSE):
            if worst in states.get(row.who, ()):
                row.state = worst
                break
    return rows


def unsettled(listing: Listing) -> list[str]:
    """Names that stand in the way: not screened, to be looked at, or listed."""
    rows = {row.who: row for row in standing(listing)}
    return [
        each.name
        for each in named(listing)
        if each.who not in rows
        or rows[each.who].name != each.name
        or rows[each.who].state in (State.OPEN, State.TRUE)
    ]


def sweep(*, limit: int = 20) -> int:
    """Screen listings that are at that stage and were not: the wake-up was lost. Returns how many
    that were."""
    waiting = Listing.objects.filter(stage=Stage.CHECKS, screened=None, customer__isnull=False)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    for listing_id in ids:
        screen(listing_id=listing_id)
    return len(ids)
