"""Screen one name against every list that stands.

    names.screen(texts=["Jane Example"], kind="person", births=["1971-03-25"])

Names alone decide whether there is a match. A date of birth or a country that agrees or differs
moves the score within the matches, so that the likeliest come first; it never takes one away: lists
give years that are guessed, and people give dates that are not theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.screening import index
from compliance.screening.compare import THRESHOLD, Part
from compliance.screening.countries import CODES
from compliance.screening.folding import ANY
from compliance.screening.index import Found, Listed, NameIndex

MOST_TEXTS = 40
SAME_DAY, SAME_YEAR, NEAR_YEAR, OTHER_YEAR = 0.04, 0.02, 0.0, -0.08
SAME_COUNTRY, OTHER_COUNTRY = 0.01, -0.02
NEAR = 1  # years: "circa", and calendars that begin elsewhere
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Match:
    """`score` in thousandths, made of `parts`; `names` is what the names alone came to."""

    listed: Listed
    mine: str
    listed_name: str
    role: str
    score: int
    names: int
    parts: tuple[Part, ...]


def screen(
    *,
    texts: Sequence[str],
    kind: str = ANY,
    births: Sequence[str] = (),
    countries: Sequence[str] = (),
    floor: float = THRESHOLD,
    within: NameIndex | None = None,
) -> list[Match]:
    """Entries that any of these names of one person or company may be, the likeliest first.

    `births` as "1971-03-25" or "1971"; `countries` as codes or names. `floor` below the threshold
    shows near misses. `within` is an index of some entries only; otherwise all that stand.
    """
    names = within if within is not None else index.current()[1]
    best: dict[int, tuple[Found, str]] = {}
    for text in list(dict.fromkeys(texts))[:MOST_TEXTS]:
        for found in names.find(text, kind=kind, floor=floor):
            before = best.get(found.listed.pk)
            if before is None or before[0].score.value < found.score.value:
                best[found.listed.pk] = (found, text)
    matches = [_qualified(found, text, births, countries) for found, text in best.values()]
    return sorted(matches, key=lambda match: (-match.score, match.listed.pk))


def _qualified(found: Found, mine: str, births: Sequence[str], countries: Sequence[str]) -> Match:
    value = found.score.value
    parts = [*found.score.parts]
    for part in (_births(births, found.listed.births), _countries(countries, found.listed)):
        if part is not None:
            parts.append(part)
            value += part.letters
    if found.score.value >= THRESHOLD:
        value = min(1.0, max(value, THRESHOLD))
    return Match(
        listed=found.listed,
        mine=mine,
        listed_name=found.name.original,
        role=found.role,
        score=round(max(0.0, min(1.0, value)) * 1000),
        names=found.score.thousandths,
        parts=tuple(parts),
    )


def _births(mine: Sequence[str], listed: Sequence[str]) -> Part | None:
    """What the best pair of dates says; nothing where one side is not known."""
    if not mine or not listed:
        return None
    points = max(_date_points(one, other) for one in mine for other in listed)
    how = "birth agrees" if points > 0 else "birth differs" if points < 0 else "birth is near"
    return Part(how, ", ".join(mine), ", ".join(listed), points)


def _date_points(one: str, other: str) -> float:
    if len(one) == 10 and one == other:
        return SAME_DAY
    if len(one) == 10 and len(other) == 10 and _turned(one) == other:
        return SAME_DAY / 2  # day and month the other way round
    first, second = _years(one), _years(other)
    if first[0] <= second[1] and second[0] <= first[1]:
        return SAME_YEAR
    gap = max(first[0] - second[1], second[0] - first[1])
    return NEAR_YEAR if gap <= NEAR else OTHER_YEAR


def _turned(text: str) -> str:
    year, month, day = text.split("-")
    return f"{year}-{day}-{month}"


def _years(text: str) -> tuple[int, int]:
    found = [int(year) for year in _YEAR.findall(text)] or [date.min.year]
    return (found[0], found[-1]) if "/" in text else (found[0], found[0])


def _countries(mine: Sequence[str], listed: Listed) -> Part | None:
    known = {code for each in listed.countries if (code := code_of(each))}
    own = {code for each in mine if (code := code_of(each))}
    if not known or not own:
        return None
    same = bool(known & own)
    return Part(
        "country agrees" if same else "country differs",
        ", ".join(sorted(own)),
        ", ".join(listed.countries[:6]),
        SAME_COUNTRY if same else OTHER_COUNTRY,
    )


def code_of(country: str) -> str:
    """The code of a country that a list writes by code or by name; empty when it is not known."""
    text = country.strip()
    return text.upper() if len(text) == 2 else CODES.get(text.lower(), "")
