"""OFAC's SDN list as it publishes it in CSV: sdn.csv, with alt.csv (other names) and add.csv.

No header; "-0-" stands for nothing. Dates of birth, crypto addresses and weak names ("a.k.a. 'X'")
stand in the remarks, separated by semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator

from compliance.screening.lists.entry import (
    ALIAS,
    FORMER,
    MOST_ADDRESSES,
    PRIMARY,
    WEAK,
    Entry,
    date_of,
    tidy,
    unique,
    unique_names,
)

KINDS = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
_CRYPTO = re.compile(r"Digital Currency Address - (\w+)\s+([^\s;.']+)")
_WEAK = re.compile(r"\b(a\.k\.a\.|f\.k\.a\.)\s+'([^']+)'")
_BORN = re.compile(r"(?:^|;\s*)(?:alt\.\s*)?DOB\s+([^;.]+)")
_COUNTRY = re.compile(r"(?:^|;\s*)(?:alt\.\s*)?(?:nationality|citizen)\s+([^;.]+)")
_DOCUMENT = re.compile(
    r"((?:Passport|National ID No\.|Tax ID No\.|Registration (?:ID|Number)|Identification Number|"
    r"SSN|Cedula No\.|C\.U\.R\.P\.|Vessel Registration Identification)\s+[^;]+)"
)


def entries(sdn: str, alt: str = "", add: str = "", comments: str = "") -> Iterator[Entry]:
    """Every entry of the list, in its order. The other files may be missing; the list may not."""
    others: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows(alt, 4):
        role = FORMER if row[2] == "fka" else ALIAS
        others[row[0]].append((row[3], role))
    places: dict[str, list[str]] = defaultdict(list)
    lands: dict[str, list[str]] = defaultdict(list)
    for row in _rows(add, 5):
        places[row[0]].append(", ".join(filter(None, row[2:5])))
        lands[row[0]].append(row[4])
    more = {row[0]: row[1] for row in _rows(comments, 2)}
    for row in _rows(sdn, 12):
        yield _entry(row, others[row[0]], places[row[0]], lands[row[0]], more.get(row[0], ""))


def _entry(
    row: list[str], others: list[tuple[str, str]], places: list[str], lands: list[str], more: str
) -> Entry:
    remarks = tidy(f"{row[11]} {more}")
    weak = [(name, FORMER if how == "f.k.a." else WEAK) for how, name in _WEAK.findall(remarks)]
    kind = KINDS.get(row[2], "entity")
    return Entry(
        uid=row[0],
        kind=kind,
        names=unique_names([(row[1], PRIMARY), *others, *weak]),
        births=unique(*map(date_of, _BORN.findall(remarks))) if kind == "person" else (),
        countries=unique(*_COUNTRY.findall(remarks), row[9], *lands),
        programmes=unique(*re.split(r"\]\s*\[|[\[\]]", row[3])),
        documents=unique(*_DOCUMENT.findall(remarks), row[5])[:50],
        places=unique(*places)[:50],
        remarks=remarks[:4000],
        addresses=crypto_in(remarks),
    )


def crypto_in(remarks: str) -> tuple[tuple[str, str], ...]:
    """(ticker, address) for every "Digital Currency Address - XBT …" of the remarks."""
    return tuple(dict.fromkeys(_CRYPTO.findall(remarks)))[:MOST_ADDRESSES]


def _rows(text: str, columns: int) -> Iterator[list[str]]:
    """Rows with at least so many columns; a control-Z ends OFAC's files."""
    for row in csv.reader(io.StringIO(text)):
        if row and row[0].strip().isdigit():
            cells = ["" if cell.strip() == "-0-" else cell.strip() for cell in row]
            yield cells + [""] * (columns - len(cells))
