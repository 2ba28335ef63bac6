"""Exact search: what an operator pastes is turned into ids by indexed reads, never by a scan.

A screen lists its lookups; each says in words what can be searched. A lookup that does not
recognise the text (letters where a number is wanted) costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from exchange.core.foreign import whole_of

MOST_HITS = 1000

Ids = Callable[[str], Iterable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One thing that can be searched: its name, and a function from the text to primary keys."""

    says: Any
    ids: Ids


def whole_number(text: str) -> int | None:
    """An id as people paste it: 42, #42. None when the text is no id."""
    return whole_of(text.strip().removeprefix("#").replace(",", ""))


def by_id(model: type[models.Model]) -> Lookup:
    """The primary key."""
    return by_number(model, "pk", _("id"))


def by_number(model: type[models.Model], field: str, says: Any) -> Lookup:
    """A whole number in an indexed column."""

    def ids(text: str) -> Iterable[Any]:
        number = whole_number(text)
        return () if number is None else _matching(model, field, number)

    return Lookup(says=says, ids=ids)


def by_text(
    model: type[models.Model],
    field: str,
    says: Any,
    *,
    clean: Callable[[str], str] = str.strip,
    pattern: str = r".+",
) -> Lookup:
    """The whole value of an indexed text column, when the text looks like `pattern`."""

    def ids(text: str) -> Iterable[Any]:
        cleaned = clean(text)
        return _matching(model, field, cleaned) if re.fullmatch(pattern, cleaned) else ()

    return Lookup(says=says, ids=ids)


def by_prefix(model: type[models.Model], field: str, says: Any, *, least: int = 6) -> Lookup:
    """How a value starts, in a column with a pattern index; at least `least` characters."""

    def ids(text: str) -> Iterable[Any]:
        cleaned = text.strip().rstrip("…")
        if len(cleaned) < least or not cleaned.isalnum():
            return ()
        return _matching(model, f"{field}__startswith", cleaned)

    return Lookup(says=says, ids=ids)


def by_word(word: str, says: Any, ids: Callable[[int], Iterable[Any]]) -> Lookup:
    """A number after a word: "customer 42" is a customer's, whatever else 42 may be."""

    def after_word(text: str) -> Iterable[Any]:
        first, _space, rest = text.strip().partition(" ")
        number = whole_number(rest)
        return () if first.casefold() != word or number is None else ids(number)

    return Lookup(says=says, ids=after_word)


def found(lookups: Iterable[Lookup], text: str) -> list[Any]:
    """Primary keys that any of the lookups finds, at most a thousand each."""
    keys: dict[Any, None] = {}
    for lookup in lookups:
        keys.update(dict.fromkeys(lookup.ids(text)))
    return list(keys)


def _matching(model: type[models.Model], field: str, value: Any) -> Iterable[Any]:
    rows = model._default_manager.filter(**{field: value}).order_by()
    return list(rows.values_list("pk", flat=True)[:MOST_HITS])
