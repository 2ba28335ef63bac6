"""The other party of a customer's transfer, whom a message or the customer names.

Screened when the name becomes known, and again for a transfer after the lists have changed. A
decision is remembered: the same party of the same customer against the same version of an entry is
not asked about twice, whichever transfer names it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from compliance.screening import index, names
from compliance.screening.models import Hit, ListVersion
from compliance.screening.names import Match
from compliance.screening.raise_hits import MOST_HITS, compared, reopen
from compliance.screening.subjects import Subject
from exchange.core import outbox

About, State = Hit.About, Hit.State


def newest_list() -> int:
    """The version of the lists that stands; 0 while none was imported. One query by key."""
    return ListVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def screen(subjects: Iterable[Subject]) -> tuple[list[Hit], int]:
    """Compare parties with every list that stands, and raise what was not raised before.

    Returns the hits that stand in the way (open, or confirmed), and the version of the lists.
    Needs the lists in memory: for workers.
    """
    newest, standing = index.current()
    held: list[Hit] = []
    with transaction.atomic():
        for subject in subjects:
            found = names.screen(
                texts=subject.texts,
                kind=subject.kind,
                births=subject.births,
                countries=subject.countries,
                within=standing,
            )
            for match in found[:MOST_HITS]:
                hit = _met(subject, match)
                if hit.state != State.FALSE:
                    held.append(hit)
    return held, newest


def _met(subject: Subject, match: Match) -> Hit:
    """The hit about these two, decided or not; raised when there is none."""
    said = subject.as_json()
    known = Hit.objects.select_for_update().filter(
        about=About.PARTY, customer_id=subject.customer_id, entry_id=match.listed.pk
    )
    for row in known.order_by("-pk"):
        if row.theirs != said or row.state == State.SUPERSEDED:
            continue
        if row.entry_version == match.listed.version:
            return row
        if row.state in Hit.WAITING:  # the list says something else now
            row.state = State.SUPERSEDED
            row.save(update_fields=["state"])
    hit, made = Hit.objects.get_or_create(
        about=About.PARTY,
        customer_id=subject.customer_id,
        subject=subject.who,
        subject_name=subject.name[:400],
        entry_id=match.listed.pk,
        entry_version=match.listed.version,
        defaults={"customer_version": subject.version, **compared(subject, match)},
    )
    if made:
        outbox.announce("screening.hit", hit_id=hit.pk)
    elif hit.theirs != said:  # whoever decided saw another date or country
        hit = reopen(hit, subject, match)
    return hit
