"""What a country's people may use, from which tier and age on. A table, not code.

`data/jurisdictions.csv` has every country of ISO 3166-1 (and Kosovo): our class of risk, FATF's
list, the age from which people decide for themselves, and a tier for each product ("-": not
offered). What two people change while the exchange runs stands in `CountryRule` and wins.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext

from compliance.identity.models import CountryRule
from compliance.identity.words import Product, Risk
from exchange.core.errors import Invalid

DATA = Path(__file__).parent / "data"
NOT_OFFERED = "-"
CHANGEABLE = ("risk", "adult", *Product.values, "note")
# Before somebody has said where they live.
ANYWHERE = ""


class Jurisdiction(NamedTuple):
    """One country's rules. `tiers` has no entry for a product that is not offered there."""

    code: str
    alpha3: str
    name: str
    risk: str
    fatf: str
    adult: int
    tiers: Mapping[str, int]
    note: str = ""
    changed: bool = False

    @property
    def served(self) -> bool:
        return self.risk != Risk.PROHIBITED and bool(self.tiers)


class BlockedRegion(NamedTuple):
    code: str
    names: tuple[str, ...]
    postal: tuple[str, ...]
    note: str


def rules_of(country: str) -> Jurisdiction:
    """The rules for a country as they stand now. One indexed query. Raises Invalid for a code that
    is not in the table."""
    if country == ANYWHERE:
        return _unknown()
    row = _table().get(country)
    if row is None:
        raise Invalid(f"There is no country {country}.", field="country")
    changes = CountryRule.objects.filter(country=country).values_list("changes", flat=True).first()
    return _made({**row, **changes}, changed=True) if changes else _made(row)


def every() -> list[Jurisdiction]:
    """All of them, by name. Two reads, whatever their number."""
    changed = dict(CountryRule.objects.values_list("country", "changes"))
    found = [
        _made({**row, **changed.get(code, {})}, changed=code in changed)
        for code, row in _table().items()
    ]
    return sorted(found, key=lambda each: each.name)


def names() -> list[tuple[str, str]]:
    """Codes and names in the reader's language, for a list to choose from, by name. No query."""
    told = [(code, gettext(row["name"])) for code, row in _table().items()]
    return sorted(told, key=lambda each: _unaccented(each[1]))


def name_of(country: str) -> str:
    """What the country is called for the reader; the code itself when it is not in the table."""
    row = _table().get(country)
    return gettext(row["name"]) if row else country


def _unaccented(name: str) -> str:
    """Österreich stands among the names with O."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def is_known(country: str) -> bool:
    return country in _table()


def from_alpha3(code: str) -> str:
    """The two letters for the three of a document; "" when unknown. Germany's are one letter."""
    return {"D": "DE", "GBD": "GB", "GBN": "GB", "GBO": "GB", "GBS": "GB"}.get(
        code, _by_alpha3().get(code, "")
    )


def blocked_region(*, country: str, region: str, city: str, postal_code: str) -> str:
    """Why an address lies in a region under comprehensive sanctions; "" when it does not.

    By name in any of the spellings of the table, or by the beginning of the postal code.
    """
    words = f"{region} {city}".casefold()
    postal = postal_code.replace(" ", "")
    for found in _regions().get(country, ()):
        named = any(name in words for name in found.names)
        if named or (len(postal) == 5 and postal.startswith(found.postal)):
            return found.note
    return ""


def checked_changes(changes: Mapping[str, object]) -> dict[str, str]:
    """The changes as the table spells them. Raises Invalid for a column or a value it can't have.

    Prohibited is the last word: no product survives it.
    """
    made: dict[str, str] = {}
    for column, value in changes.items():
        text = str(value).strip()
        if column not in CHANGEABLE:
            raise Invalid(f"There is no column {column}.", field="changes", limit=CHANGEABLE)
        if column == "risk" and text not in Risk.values:
            raise Invalid(f"There is no risk {text}.", field="risk", limit=Risk.values)
        if column == "adult" and not (text.isdigit() and 18 <= int(text) <= 25):
            raise Invalid("An age between 18 and 25.", field="adult", limit="18-25")
        if column in Product.values and text not in (NOT_OFFERED, "0", "1", "2", "3"):
            raise Invalid("A tier from 0 to 3, or - for not offered.", field=column, limit="0-3, -")
        made[column] = text[:200]
    return made


def _made(row: Mapping[str, str], *, changed: bool = False) -> Jurisdiction:
    prohibited = row["risk"] == Risk.PROHIBITED
    return Jurisdiction(
        code=row["code"],
        alpha3=row["alpha3"],
        name=row["name"],
        risk=row["risk"],
        fatf=row["fatf"],
        adult=int(row["adult"]),
        tiers={
            product: int(row[product])
            for product in Product.values
            if row[product] != NOT_OFFERED and not prohibited
        },
        note=row["note"],
        changed=changed,
    )


def _unknown() -> Jurisdiction:
    """Whoever has not said where they live: what needs no tier, and nothing else."""
    basics: dict[str, int] = {Product.DEPOSIT: 0, Product.WITHDRAWAL: 0, Product.SPOT: 0}
    rest: dict[str, int] = {product: 1 for product in Product.values if product not in basics}
    return Jurisdiction(ANYWHERE, "", "", Risk.MEDIUM, "", 18, {**basics, **rest})


@cache
def _table() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in _read("jurisdictions.csv")}


@cache
def _by_alpha3() -> dict[str, str]:
    return {row["alpha3"]: code for code, row in _table().items()}


@cache
def _regions() -> dict[str, list[BlockedRegion]]:
    found: dict[str, list[BlockedRegion]] = {}
    for row in _read("blocked_regions.csv"):
        region = BlockedRegion(
            row["code"],
            tuple(row["names"].split("|")),
            tuple(row["postal"].split("|")),
            row["note"],
        )
        found.setdefault(row["country"], []).append(region)
    return found


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))
