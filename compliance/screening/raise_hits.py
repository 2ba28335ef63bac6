"""Write down that somebody may be whom a list names, once for each pair of versions."""

from __future__ import annotations

from django.db import transaction

from compliance.identity.models import Application
from compliance.screening import names
from compliance.screening.index import NameIndex, current
from compliance.screening.models import Hit, ListEntry, Screened
from compliance.screening.names import Match
from compliance.screening.subjects import Subject, of_application, of_customers
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import system

ACTOR = system("screening")
MOST_HITS = 100  # of one subject: "Mohammed Ali" is many


def screen_customer(customer_id: int) -> int:
    """Screen one main account and whoever is behind it against every list. Returns new hits."""
    newest, index = current()
    subjects = of_customers([customer_id])
    with transaction.atomic():
        raised = sum(len(raise_for(subject, within=index)) for subject in subjects)
        version = max((subject.version for subject in subjects), default=0)
        mark_screened({customer_id: version}, through=newest)
    return raised


def screen_application(application: Application) -> int:
    """Screen somebody who applies, before anybody may approve them. Returns new hits."""
    newest, index = current()
    subjects = of_application(application)
    with transaction.atomic():
        raised = sum(len(raise_for(subject, within=index)) for subject in subjects)
        version = max((subject.version for subject in subjects), default=1)
        mark_screened({application.customer_id: version}, through=newest)
    return raised


def raise_for(subject: Subject, *, within: NameIndex | None = None) -> list[Hit]:
    """Compare one subject, and raise what was not raised before. Returns the new hits.

    What was decided about the same two versions stands. An open hit about older versions gives way
    to the new comparison.
    """
    matches = names.screen(
        texts=subject.texts,
        kind=subject.kind,
        births=subject.births,
        countries=subject.countries,
        within=within,
    )[:MOST_HITS]
    return [hit for match in matches if (hit := _raised(subject, match)) is not None]


def _raised(subject: Subject, match: Match) -> Hit | None:
    before = list(
        Hit.objects.select_for_update().filter(
            customer_id=subject.customer_id,
            subject=subject.who,
            entry_id=match.listed.pk,
            about=Hit.About.NAME,
        )
    )
    for row in before:
        if (row.customer_version, row.entry_version) == (subject.version, match.listed.version):
            return None if row.theirs == subject.as_json() else reopen(row, subject, match)
    with transaction.atomic():
        for row in before:
            if row.state in Hit.WAITING:
                row.state = Hit.State.SUPERSEDED
                row.save(update_fields=["state"])
        hit, made = Hit.objects.get_or_create(
            about=Hit.About.NAME,
            customer_id=subject.customer_id,
            subject=subject.who,
            entry_id=match.listed.pk,
            customer_version=subject.version,
            entry_version=match.listed.version,
            defaults=compared(subject, match),
        )
        if made:
            outbox.announce("screening.hit", hit_id=hit.pk)
    return hit if made else None


def reopen(hit: Hit, subject: Subject, match: Match) -> Hit:
    """What was said was changed after the hit was looked at: whoever decided saw other facts."""
    before = {"state": hit.state, "theirs": hit.theirs}
    for field, value in compared(subject, match).items():
        setattr(hit, field, value)
    hit.state, hit.reason, hit.decided_by, hit.decided_at = Hit.State.OPEN, "", "", None
    with transaction.atomic():
        hit.save()
        record(actor=ACTOR, verb="screening.reopen_hit", target=hit, before=before)
        outbox.announce("screening.hit", hit_id=hit.pk)
    return hit


def compared(subject: Subject, match: Match) -> dict[str, object]:
    """What a hit keeps of both sides, and how its score came about."""
    entry = ListEntry.objects.get(pk=match.listed.pk)
    return {
        "subject_name": subject.name[:400],
        "score": match.score,
        "parts": [
            {
                "how": part.how,
                "mine": part.mine,
                "listed": part.listed,
                "points": round(part.letters * 1000),
                "weight": round(part.weight * 1000),
            }
            for part in match.parts
        ],
        "theirs": subject.as_json(),
        "listed": {
            "source": entry.source,
            "uid": entry.uid,
            "matched": match.listed_name,
            "role": match.role,
            "mine": match.mine,
            **entry.contents,
        },
        "raised_at": clock.now(),
    }


def mark_screened(versions: dict[int, int], *, through: int) -> None:
    """Note up to where these customers are screened. Never backwards."""
    now = clock.now()
    Screened.objects.bulk_create(
        (
            Screened(
                customer_id=customer_id,
                customer_version=version,
                through_id=through or None,
                at=now,
            )
            for customer_id, version in sorted(versions.items())
        ),
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["customer_version", "through", "at"],
    )
