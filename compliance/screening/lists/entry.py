"""One form for what every list says of somebody, whatever its own format.

`contents` of the table's rows is `Entry.as_json`; its digest decides whether an entry has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

PRIMARY, ALIAS, FORMER, WEAK = "primary", "alias", "former", "weak"
MOST_NAMES = 300
MOST_ADDRESSES = 5_000
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Entry:
    """`births` are "1971-03-25", "1971-03", "1971" or "1960/1965"."""

    uid: str
    kind: str
    names: tuple[tuple[str, str], ...]  # (text, PRIMARY | ALIAS | FORMER | WEAK)
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    remarks: str = ""
    addresses: tuple[tuple[str, str], ...] = field(default=())  # (ticker, address)

    @property
    def name(self) -> str:
        return self.names[0][0]

    def as_json(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def tidy(text: str | None) -> str:
    """Without line breaks and doubled spaces, which lists change without meaning anything."""
    return _SPACES.sub(" ", text or "").strip()


def unique(*values: str) -> tuple[str, ...]:
    """In their order, without empty ones and repetitions."""
    return tuple(dict.fromkeys(filter(None, map(tidy, values))))


def unique_names(names: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Each spelling once, in its strongest role."""
    kept: dict[str, str] = {}
    for text, role in names:
        if (text := tidy(text)[:400]) and text not in kept:
            kept[text] = role
    return tuple(kept.items())[:MOST_NAMES]


def date_of(text: str) -> str:
    """A birth date as a list writes it, as far as it is known: "circa 1962" is 1962.

    OFAC: 25 Mar 1977, Mar 1977, 1977, "1963 to 1965"; the UN and the EU: ISO.
    """
    text = tidy(text).replace("circa ", "").replace("Circa ", "")
    if match := re.search(r"\b(\d{4})-(\d{2})-(\d{2})", text):
        return match.group()
    years = re.findall(r"\b(1[89]\d\d|20\d\d)\b", text)
    if len(years) >= 2:
        return f"{years[0]}/{years[-1]}" if years[0] != years[-1] else years[0]
    for layout, length in (("%d %b %Y", 10), ("%b %Y", 7), ("%d %B %Y", 10), ("%B %Y", 7)):
        try:
            return datetime.strptime(text, layout).date().isoformat()[:length]  # noqa: DTZ007
        except ValueError:
            continue
    return years[0] if years else ""
