"""Ask who else somebody is. A chain of links is as strong as its weakest."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from compliance.identity.queries import main_account
from launchpad.rewards.models import PersonLink

Strength = PersonLink.Strength
MOST = 50  # accounts of a group that are walked; larger ones are no households
_ORDER = {Strength.CERTAIN: 2, Strength.SUSPECTED: 1}


class Verdict(NamedTuple):
    """Whether two accounts are one person. True when certain or suspected."""

    strength: str  # certain, suspected, or nothing
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.strength)

    @property
    def is_certain(self) -> bool:
        return self.strength == Strength.CERTAIN


NOBODY = Verdict("")


def same_person(one: int, other: int) -> Verdict:
    """Whether two accounts belong to one person, as far as is known. Sub-accounts are their main
    account. A few indexed reads."""
    first, second = main_account(one), main_account(other)
    if first == second:
        return Verdict(Strength.CERTAIN, ("one account",))
    return others(first).get(second, NOBODY)


def others(customer_id: int) -> dict[int, Verdict]:
    """Every other account that is certainly or perhaps the same person; at most fifty."""
    start = main_account(customer_id)
    found: dict[int, Verdict] = {start: Verdict(Strength.CERTAIN)}
    for strength in (Strength.CERTAIN, Strength.SUSPECTED):
        # What certain links reach is certain; then whoever those reach by weaker ones.
        edge = set(found)
        while edge and len(found) < MOST:
            edge = _step(found, edge, strength)
    del found[start]
    return found


def _step(found: dict[int, Verdict], edge: set[int], strength: str) -> set[int]:
    wanted = [s for s, rank in _ORDER.items() if rank >= _ORDER[Strength(strength)]]
    rows = PersonLink.objects.filter(
        Q(one_id__in=edge) | Q(other_id__in=edge), strength__in=wanted, dismissed_at=None
    ).order_by("one_id", "other_id", "kind")[: MOST * 4]
    reached: dict[int, Verdict] = {}
    for link in rows:
        for known, new in ((link.one_id, link.other_id), (link.other_id, link.one_id)):
            if known in edge and new not in found:
                before = reached.get(new, Verdict(strength))
                says = f"{link.get_kind_display()}: {link.says}"
                reached[new] = Verdict(strength, (*before.reasons, says)[:8])
    for new, verdict in reached.items():
        if len(found) < MOST:
            found[new] = verdict
    return set(reached)
