"""Desks: how staff find their way. A screen belongs to the desk where its work is done.

A room's ModelAdmin names its desk; a page that is no model registers itself here. Nobody sees a
screen they may not open, nor a desk without a screen for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A group of screens. `letter` opens it from the keyboard after `g`."""

    key: str
    name: Any
    icon: str
    letter: str
    purpose: Any


COMPLIANCE = Desk(
    key="compliance",
    name=_("Compliance"),
    icon="shield",
    letter="c",
    purpose=_("Who our customers are, and what they may not do."),
)
TREASURY = Desk(
    key="treasury",
    name=_("Treasury"),
    icon="vault",
    letter="t",
    purpose=_("Every balance, every movement, and the proof that they agree."),
)
LISTINGS = Desk(
    key="listings",
    name=_("Listings"),
    icon="coins",
    letter="l",
    purpose=_("Assets, the networks they move on, and the pairs that trade."),
)
MARKETS = Desk(
    key="markets",
    name=_("Markets"),
    icon="chart",
    letter="m",
    purpose=_("What trades now, what waits for the matcher, and how to halt it."),
)
LAUNCHPAD = Desk(
    key="launchpad",
    name=_("Launchpad"),
    icon="rocket",
    letter="p",
    purpose=_(
        "New assets on an orderly road, votes, sales, and every programme that pays customers."
    ),
)
SUPPORT = Desk(
    key="support",
    name=_("Support"),
    icon="people",
    letter="s",
    purpose=_("Find a customer, see what they see, and help."),
)
INCIDENTS = Desk(
    key="incidents",
    name=_("Incidents"),
    icon="alarm",
    letter="i",
    purpose=_("Stop the loss first: switches that close things for everybody."),
)
AUDIT = Desk(
    key="audit",
    name=_("Audit"),
    icon="seal",
    letter="a",
    purpose=_("Who did what and why, and what waits for a second pair of eyes."),
)
SYSTEM = Desk(
    key="system",
    name=_("System"),
    icon="server",
    letter="y",
    purpose=_("Staff, their roles, and the machinery underneath."),
)
DESKS = (COMPLIANCE, TREASURY, LISTINGS, MARKETS, LAUNCHPAD, SUPPORT, INCIDENTS, AUDIT, SYSTEM)


# What of a screen waits for the reader: rows, or nothing. The menu counts them.
Waits = Callable[[HttpRequest], QuerySet[Any] | None]
COUNTED_TO = 100


def _nothing(request: HttpRequest) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A screen that is not a model's: a view, its address below /staff/, who may open it."""

    desk: Desk
    path: str
    name: str
    label: Any
    says: Any
    permission: str
    view: View
    order: int = 50
    in_menu: bool = True
    waits: Waits = _nothing


@dataclass(slots=True, kw_only=True)
class Screen:
    """A link of the menu, for one request."""

    label: Any
    url: str
    says: Any
    order: int
    home: bool = True  # a screen may hang at several desks, and lives at one
    active: bool = False
    waits: Waits = field(default=_nothing)
    waiting: int = 0  # rows there that wait for the reader


@dataclass(slots=True)
class Group:
    """A desk with the screens that this member of staff may open."""

    desk: Desk
    url: str
    screens: list[Screen] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return any(screen.active for screen in self.screens)

    @property
    def waiting(self) -> int:
        return sum(screen.waiting for screen in self.screens)


_pages: dict[str, Page] = {}


def page(
    *,
    desk: Desk,
    path: str,
    name: str,
    label: Any,
    permission: str,
    says: Any = "",
    order: int = 50,
    in_menu: bool = True,
    waits: Waits = _nothing,
) -> Callable[[View], View]:
    """Register a view of a room as a page of the staff site, at /staff/<path>, as admin:<name>.

    `waits` gives the rows that wait there for the reader.
    """

    def register(view: View) -> View:
        if name in _pages:
            raise RuntimeError(f"there are two staff pages called {name}")
        _pages[name] = Page(
            desk=desk,
            path=path,
            name=name,
            label=label,
            says=says,
            permission=permission,
            view=view,
            order=order,
            in_menu=in_menu,
            waits=waits,
        )
        return view

    return register


def pages() -> list[Page]:
    """Every registered page."""
    return list(_pages.values())


def mark_active(groups: list[Group], request: HttpRequest) -> None:
    """Mark the screen that the request's address is on, or below: the longest match wins.

    A screen that hangs at several desks shows as open where it lives, if that desk is shown.
    """
    matching = [
        screen
        for group in groups
        for screen in group.screens
        if request.path.startswith(screen.url)
    ]
    if matching:
        max(matching, key=lambda screen: (len(screen.url), screen.home)).active = True


def count_waiting(groups: list[Group], request: HttpRequest) -> None:
    """Say beside each screen how many of its rows wait for the reader, at most COUNTED_TO.

    One query, however many screens count.
    """
    screens = [screen for group in groups for screen in group.screens]
    waiting = {screen.url: screen.waits(request) for screen in screens}
    counted = _counted({url: rows for url, rows in waiting.items() if rows is not None})
    for screen in screens:
        screen.waiting = counted[screen.url]


def _counted(waiting: dict[str, QuerySet[Any]]) -> Counter[str]:
    marked = [
        rows.order_by().values_list(Value(url), flat=True)[:COUNTED_TO]
        for url, rows in waiting.items()
    ]
    return Counter(marked[0].union(*marked[1:], all=True)) if marked else Counter()
