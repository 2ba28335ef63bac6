"""Cards of the dashboard: each answers one question about the exchange's health.

A room's admin.py registers its cards; a card reads little, through indexes, and says ok, watch or
bad in words. What one member of staff has just read is kept for a few seconds for the next one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from exchange.portal.desks import Desk

log = logging.getLogger(__name__)

OK, WATCH, BAD, UNKNOWN = "ok", "watch", "bad", "unknown"
WORDS = {OK: _("OK"), WATCH: _("Watch"), BAD: _("Bad"), UNKNOWN: _("Unknown")}
WORST_FIRST = (BAD, UNKNOWN, WATCH, OK)
KEPT_SECONDS = 5


@dataclass(slots=True, kw_only=True)
class Spark:
    """A small line: values from old to new, each of `step_seconds`, and its summary in words."""

    values: Sequence[int]
    step_seconds: int
    says: str

    WIDTH, HEIGHT = 240, 44

    @property
    def points(self) -> str:
        """The line for an SVG of 240 by 44 units."""
        most = max(max(self.values, default=0), 1)
        gap = self.WIDTH / max(len(self.values) - 1, 1)
        return " ".join(
            f"{index * gap:.1f},{self.HEIGHT - 2 - value / most * (self.HEIGHT - 6):.1f}"
            for index, value in enumerate(self.values)
        )

    @property
    def area(self) -> str:
        return f"0,{self.HEIGHT} {self.points} {self.WIDTH},{self.HEIGHT}"


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a card says now: a state, the number that matters, what it counts, and a few details."""

    state: str
    number: str
    says: Any
    details: Sequence[tuple[Any, Any]] = field(default_factory=list)
    spark: Spark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    key: str
    title: Any
    desk: Desk
    permission: str
    leads_to: Callable[[], str]
    order: int
    read: Callable[[], Reading]


@dataclass(slots=True)
class Shown:
    """A card with its reading, for one page."""

    card: Card
    reading: Reading

    @property
    def url(self) -> str:
        return self.card.leads_to()

    @property
    def state_words(self) -> Any:
        return WORDS[self.reading.state]


_cards: dict[str, Card] = {}


def card(
    *, key: str, title: Any, desk: Desk, permission: str, leads_to: str, order: int
) -> Callable[[Callable[[], Reading]], Callable[[], Reading]]:
    """Register a function as a card. `leads_to` names the address that explains it ("admin:…")."""

    def register(read: Callable[[], Reading]) -> Callable[[], Reading]:
        if key in _cards:
            raise RuntimeError(f"there are two cards called {key}")
        _cards[key] = Card(
            key=key,
            title=title,
            desk=desk,
            permission=permission,
            leads_to=lambda: _address(leads_to),
            order=order,
            read=read,
        )
        return read

    return register


def cards() -> list[Card]:
    """Every registered card, in the order of the dashboard."""
    return sorted(_cards.values(), key=lambda card: (card.order, card.key))


def shown_to(user: Any, desk: Desk | None = None) -> list[Shown]:
    """The cards that a member of staff may see, with readings at most a few seconds old."""
    wanted = [
        card
        for card in cards()
        if user.has_perm(card.permission) and (desk is None or card.desk is desk)
    ]
    kept = _kept([card.key for card in wanted])
    fresh: dict[str, Reading] = {}
    for card in wanted:
        if card.key not in kept:
            fresh[card.key] = _read(card)
    _keep(fresh)
    return [Shown(card, kept.get(card.key) or fresh[card.key]) for card in wanted]


def worst(shown: Sequence[Shown]) -> str:
    """The state of the whole: that of its worst card."""
    states = {each.reading.state for each in shown}
    return next((state for state in WORST_FIRST if state in states), OK)


def _read(card: Card) -> Reading:
    started = time.perf_counter()
    try:
        return card.read()
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("card %s could not be read: %s", card.key, type(error).__name__)
        return Reading(state=UNKNOWN, number="?", says=_("could not be read"))
    finally:
        if (spent := time.perf_counter() - started) > 0.25:
            log.info("card %s took %.0f ms", card.key, spent * 1000)


def _kept(keys: list[str]) -> dict[str, Reading]:
    try:
        found = cache.get_many([_slot(key) for key in keys])
    except (RedisError, OSError):
        return {}
    return {key: found[_slot(key)] for key in keys if _slot(key) in found}


def _keep(fresh: dict[str, Reading]) -> None:
    if not fresh:
        return
    try:
        cache.set_many({_slot(key): reading for key, reading in fresh.items()}, KEPT_SECONDS)
    except (RedisError, OSError):
        log.warning("readings of the dashboard could not be kept")


def _slot(key: str) -> str:
    """A reading holds words, so each language keeps its own."""
    return f"card:{get_language()}:{key}"


def _address(name: str) -> str:
    path, _question, query = name.partition("?")
    return reverse(path) + (f"?{query}" if query else "")
