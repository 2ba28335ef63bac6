"""Due diligence: the items that a class of asset is judged by, who judged what, and the total."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from launchpad.listings import checks, interests, road
from launchpad.listings.models import Listing, ScoredItem
from launchpad.listings.states import Stage
from launchpad.listings.words import WORK

FILE = Path(__file__).parent / "data" / "checklist.csv"
HIGHEST = 4
LEAST_TOTAL = 60  # per cent, for a committee to approve
SCORED_IN = (Stage.CHECKS, Stage.DILIGENCE, Stage.VOTE, Stage.COMMITTEE)


class Item(NamedTuple):
    """One question. A score below `blocker_below` stops a listing, whatever the total."""

    key: str
    classes: tuple[str, ...]
    weight: int
    blocker_below: int
    title: str
    question: str


class Standing(NamedTuple):
    """An item with the newest judgement of it, if there is one."""

    item: Item
    scored: ScoredItem | None

    @property
    def blocks(self) -> bool:
        return self.scored is not None and (
            self.scored.blocker or self.scored.score < self.item.blocker_below
        )


class Result(NamedTuple):
    """`total` per cent of what could be reached; None until everything is judged."""

    items: list[Standing]
    total: int | None
    so_far: int
    open: int
    blockers: list[str]

    @property
    def ready(self) -> bool:
        return self.total is not None and self.total >= LEAST_TOTAL and not self.blockers


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    """Every question of data/checklist.csv, in its order."""
    with FILE.open(encoding="utf8", newline="") as file:
        return tuple(
            Item(
                row["key"],
                tuple(row["classes"].split()),
                int(row["weight"]),
                int(row["blocker_below"]),
                row["title"],
                row["question"],
            )
            for row in csv.DictReader(file)
        )


def items_of(asset_class: str) -> list[Item]:
    return [item for item in items() if asset_class in item.classes]


def score(
    *,
    listing_id: int,
    key: str,
    score: int,
    evidence: str,
    actor: Actor,
    note: str = "",
    blocker: bool = False,
) -> ScoredItem:
    """Judge one item, with what shows it. A later judgement counts instead of an earlier one.

    Raises PermissionRefused, NotDeclared, Conflicted, Invalid, Conflict outside due diligence.
    """
    actor.require(WORK)
    if actor.user_id is None:
        raise PermissionRefused(_("Only a person can judge."))
    if not 0 <= score <= HIGHEST:
        raise Invalid(_("A score is 0 to 4."), field="score", limit=HIGHEST)
    if not evidence.strip():
        raise Invalid(_("Say what shows it: a document, a page, a check."), field="evidence")
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.stage not in SCORED_IN:
            raise Conflict(
                _("Items are judged until the committee has decided."), limit=listing.stage
            )
        if key not in {item.key for item in items_of(listing.asset_class)}:
            raise Invalid(_("There is no such item for this class."), field="key")
        row = ScoredItem.objects.create(
            listing=listing,
            key=key,
            score=score,
            blocker=blocker,
            evidence=evidence.strip()[:500],
            note=note.strip()[:1000],
            by_id=actor.user_id,
            at=clock.now(),
        )
        record(
            actor=actor,
            verb="listings.score",
            target=listing,
            after={"key": key, "score": score, "blocker": blocker, "evidence": row.evidence},
        )
    return row


def result(listing: Listing) -> Result:
    """How it stands. Two queries. Judgements of a contract that was named before do not count."""
    scores = listing.scores.select_related("by").order_by("key", "-id").distinct("key")
    if (begun := checks.since(listing)) is not None:
        scores = scores.filter(at__gte=begun)
    newest = {row.key: row for row in scores}
    standing = [Standing(item, newest.get(item.key)) for item in items_of(listing.asset_class)]
    reached = sum(each.item.weight * each.scored.score for each in standing if each.scored)
    judged = sum(each.item.weight for each in standing if each.scored)
    unjudged = sum(1 for each in standing if each.scored is None)
    so_far = _percent(reached, judged)
    return Result(
        items=standing,
        total=so_far if not unjudged and standing else None,
        so_far=so_far,
        open=unjudged,
        blockers=[each.item.title for each in standing if each.blocks],
    )


def _percent(reached: int, weight: int) -> int:
    """Rounded down: 59.9 is not 60."""
    return int(Decimal(reached * 100) / (weight * HIGHEST)) if weight else 0
