"""Crypto addresses that lists name, and where customers have met them.

Gates ask `listed` before money moves. Rooms above, which know where money has come from and gone
to, register what they have seen, and each new version of a list looks back over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from compliance.screening.models import ListedAddress

MOST_KEYS = 1_000


class Seen(NamedTuple):
    """An address that a customer's money came from or went to. `reference` is "deposit:17:1"."""

    key: str
    customer_id: int
    reference: str
    at: datetime


Source = Callable[[Sequence[str]], Iterable[Seen]]
_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """Have a function asked, given keys, for every movement that touched one of them."""
    if _sources.setdefault(name, source) is not source:
        raise RuntimeError(f"there are two sources of addresses called {name}")


def seen(keys: Sequence[str]) -> list[Seen]:
    """Every movement that any room knows of with one of these addresses."""
    wanted = list(dict.fromkeys(keys))
    found: list[Seen] = []
    for start in range(0, len(wanted), MOST_KEYS):
        for _, source in sorted(_sources.items()):
            found.extend(source(wanted[start : start + MOST_KEYS]))
    return found


def listed(key: str) -> ListedAddress | None:
    """The listed address that this is, if any list names it now. One indexed query."""
    return first_listed([key]) if key else None


def first_listed(keys: Iterable[str]) -> ListedAddress | None:
    """The first of these that a list names now. One indexed query, for all inputs at once."""
    wanted = sorted({key_of(key) for key in keys if key})
    if not wanted:
        return None
    rows = ListedAddress.objects.filter(key__in=wanted, removed_in=None)
    return rows.select_related("entry").order_by("source", "id").first()


def key_of(address: str) -> str:
    """As addresses are compared: EVM and bech32 addresses in lower case, whatever the coin."""
    text = address.strip()
    head = text[:4].lower()
    if head.startswith("0x") or head in ("bc1q", "bc1p", "bcrt", "tb1q", "tb1p", "ltc1"):
        return text.lower()
    return text
