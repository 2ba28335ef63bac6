"""Small tables inside a page: the postings of an entry, the open orders of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading. Numbers align at their end; sentences get room, names are not broken."""

    label: Any
    numeric: bool = False
    sentence: bool = False
    short: bool = False

    @property
    def css(self) -> str:
        return "num" if self.numeric else "says" if self.sentence else "short" if self.short else ""


@dataclass(slots=True, kw_only=True)
class Table:
    """Rows with a title. `empty` says what would stand here; `more` links to the whole list."""

    title: Any
    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]
    empty: Any
    note: Any = ""
    more_url: str = ""
    more_label: Any = ""
    foot: Sequence[Any] = field(default_factory=list)

    @property
    def labelled(self) -> list[list[tuple[Any, Head]]]:
        """Each row as (cell, its heading) pairs."""
        return [list(zip(row, self.heads, strict=True)) for row in self.rows]

    @property
    def labelled_foot(self) -> list[tuple[Any, Head]]:
        return list(zip(self.foot, self.heads, strict=True)) if self.foot else []
