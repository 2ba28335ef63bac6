"""The search box on every staff page: paste what you have, land on the thing.

Rooms register what they can find; each finder reads through an index and is asked only for staff
who may see its result. One hit is opened at once, several are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Find = Callable[[str], Iterable[tuple[Any, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """What it finds ("customer id"), and a function from the text to (words, address) pairs."""

    says: Any
    permission: str
    order: int
    find: Find


@dataclass(frozen=True, slots=True)
class Hit:
    kind: Any
    words: Any
    url: str


_finders: list[Finder] = []
MOST_HITS = 20


def finder(*, says: Any, permission: str, order: int) -> Callable[[Find], Find]:
    """Register a function that finds things by what an operator pastes."""

    def register(find: Find) -> Find:
        _finders.append(Finder(says=says, permission=permission, order=order, find=find))
        return find

    return register


def finders(user: Any) -> list[Finder]:
    """What this member of staff can find, the likeliest first."""
    allowed = (finder for finder in _finders if user.has_perm(finder.permission))
    return sorted(allowed, key=lambda finder: finder.order)


def search(user: Any, text: str) -> list[Hit]:
    """Everything that the text names exactly. One indexed read or so a finder."""
    text = text.strip()[:200]
    if not text:
        return []
    hits = [
        Hit(finder.says, words, url)
        for finder in finders(user)
        for words, url in finder.find(text)
        if url
    ]
    return hits[:MOST_HITS]
