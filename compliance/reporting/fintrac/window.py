"""The 24-hour rule: which transactions one report is about.

A static window of 24 hours, chosen once for a business line and counted in one time zone. Within
it, transactions of one kind are taken together when two or more of them make the threshold:

- by the same conductor, by the same third party (on whose behalf), for the same beneficiary; each
  role by itself. A person who is conductor here and third party there is not added up.
- whatever the size of each: also those at or above the threshold belong to the sum.
- A transaction at or above the threshold that is in no sum is reported alone.
- Where two sums hold exactly the same transactions, one report may stand for both; where they
  only overlap, both are sent.
- No sum is made for a beneficiary that is a public body, a very large corporation or the
  administrator of a pension fund: what reaches the threshold by itself still goes alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal

CONDUCTOR, THIRD_PARTY, BENEFICIARY, ALONE = "conductor", "third_party", "beneficiary", "alone"
# In this order of preference when one report may stand for several sums.
ROLES = (CONDUCTOR, THIRD_PARTY, BENEFICIARY)
THRESHOLD = Decimal(10_000)
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What the rule needs to know of one: amounts in Canadian dollars, parties by a key."""

    ref: str
    at: datetime
    cad: Decimal
    conductor: str
    beneficiary: str
    third_party: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A static window: when it begins each day, and in whose time."""

    starts: time
    zone: tzinfo

    def of(self, at: datetime) -> tuple[datetime, datetime]:
        """Beginning and end (exclusive) of the window in which a moment lies.

        Counted from the local start to the next local start, so that a day on which the clocks
        change has 23 or 25 hours; but never more than 24 of them belong together: the hour that
        is left over in autumn is a window of its own.
        """
        local = at.astimezone(self.zone)
        begins = self._start_on(local, 0)
        if begins > at:
            begins = self._start_on(local, -1)
        ends = self._start_on(begins.astimezone(self.zone), 1)
        if ends - begins > DAY and at >= begins + DAY:
            return begins + DAY, ends
        return begins, min(ends, begins + DAY)

    def _start_on(self, local: datetime, days: int) -> datetime:
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, self.starts, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Transactions that one report is about, and why they belong together."""

    role: str
    party: str
    refs: tuple[str, ...]
    total: Decimal
    window: tuple[datetime, datetime]
    stands_for: tuple[str, ...] = ()  # "role:party" of sums with exactly the same transactions


def sums(
    transactions: Iterable[Transaction],
    *,
    window: Window,
    threshold: Decimal = THRESHOLD,
    excepted: Collection[str] = (),
) -> list[Sum]:
    """Every sum that the rule makes, window by window, and what goes alone.

    `excepted`: beneficiaries for whom no sum is made. Two equal sums of different roles are both
    here; `to_send` keeps one of them.
    """
    by_window: dict[tuple[datetime, datetime], list[Transaction]] = defaultdict(list)
    for each in sorted(transactions, key=lambda one: (one.at, one.ref)):
        by_window[window.of(each.at)].append(each)
    found: list[Sum] = []
    for bounds in sorted(by_window):
        found.extend(_in_window(by_window[bounds], bounds, threshold, excepted))
    return found


def to_send(found: Iterable[Sum]) -> list[Sum]:
    """One report for sums of exactly the same transactions: the first role, naming the others."""
    groups: dict[tuple[str, ...], list[Sum]] = defaultdict(list)
    for each in found:
        groups[each.refs].append(each)
    kept = []
    for same in groups.values():
        first, *others = sorted(same, key=lambda each: (*_rank(each.role), each.party))
        names = tuple(f"{each.role}:{each.party}" for each in others)
        kept.append(
            Sum(
                role=first.role,
                party=first.party,
                refs=first.refs,
                total=first.total,
                window=first.window,
                stands_for=names,
            )
        )
    return kept


def _rank(role: str) -> tuple[int]:
    return (ROLES.index(role) if role in ROLES else len(ROLES),)


def _in_window(
    transactions: list[Transaction],
    bounds: tuple[datetime, datetime],
    threshold: Decimal,
    excepted: Collection[str],
) -> list[Sum]:
    found: list[Sum] = []
    covered: set[str] = set()
    for role in ROLES:
        for party, theirs in _by_party(transactions, role).items():
            if role == BENEFICIARY and party in excepted:
                continue
            total = sum((each.cad for each in theirs), Decimal(0))
            if len(theirs) < 2 or total < threshold:
                continue
            refs = tuple(each.ref for each in theirs)
            covered.update(refs)
            found.append(Sum(role=role, party=party, refs=refs, total=total, window=bounds))
    found.extend(
        Sum(role=ALONE, party=each.conductor, refs=(each.ref,), total=each.cad, window=bounds)
        for each in transactions
        if each.cad >= threshold and each.ref not in covered
    )
    return found


def _by_party(transactions: list[Transaction], role: str) -> dict[str, list[Transaction]]:
    grouped: dict[str, list[Transaction]] = defaultdict(list)
    for each in transactions:
        party = getattr(each, role)
        if party:
            grouped[party].append(each)
    return grouped
