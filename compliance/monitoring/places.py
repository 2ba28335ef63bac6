"""Where a country is, near enough to say that nobody flew there in an hour.

The place of a country is its first town in the time zone database, which lists the most populous
zone first. A large country spans more than that, hence scenarios ask for 1,000 km at least.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_PLACE = re.compile(r"([+-]\d{4,6})([+-]\d{5,7})")


@cache
def places() -> dict[str, tuple[float, float]]:
    """Latitude and longitude in degrees by ISO 3166 code."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    found: dict[str, tuple[float, float]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        country, place, *_ = line.split("\t")
        if (parts := _PLACE.fullmatch(place)) and country not in found:
            found[country] = (_degrees(parts[1], 2), _degrees(parts[2], 3))
    return found


def _degrees(text: str, digits: int) -> float:
    """ISO 6709: sign, degrees, minutes and perhaps seconds."""
    sign, figures = (-1 if text[0] == "-" else 1), text[1:]
    minutes, seconds = figures[digits : digits + 2], figures[digits + 2 :] or "0"
    return sign * (int(figures[:digits]) + int(minutes) / 60 + int(seconds) / 3600)
