"""Panels: what each room knows of one customer, side by side on one page.

A room's admin.py registers its panel; the customer's page shows those that the reader may see,
without importing any room:

    @panel(title=_("Balances"), permission="exchange.view_ledgeraccount", order=10)
    def balances(request, customer) -> Table: ...

A panel reads a bounded number of rows through an index. What a room can do to a customer it offers
on the same page: `act_on_customer` registers a StaffAction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from exchange.portal.actions import StaffAction
from exchange.portal.tables import Table

Render = Callable[[HttpRequest, Any], Table | None]  # None: nothing to do with this customer
ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    name: str
    permission: str
    order: int
    wide: bool
    render: Render


_panels: dict[str, Panel] = {}


def panel(*, permission: str, order: int, wide: bool = False) -> Callable[[Render], Render]:
    """Register a function as a panel of the customer's page."""

    def register(render: Render) -> Render:
        name = f"{render.__module__}.{render.__name__}"
        if name in _panels:
            raise RuntimeError(f"there are two customer panels called {name}")
        _panels[name] = Panel(
            name=name, permission=permission, order=order, wide=wide, render=render
        )
        return render

    return register


_acts: list[type[StaffAction]] = []


def act_on_customer(action: type[StaffAction]) -> type[StaffAction]:
    """Offer an action of a room on the customer's page."""
    if any(each.name == action.name for each in _acts):
        raise RuntimeError(f"there are two actions on customers called {action.name}")
    _acts.append(action)
    return action


def acts_on_customer() -> list[type[StaffAction]]:
    """Every registered action, by its name."""
    return sorted(_acts, key=lambda action: action.name)


def panels() -> list[Panel]:
    """Every registered panel, in the order of the page."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.name))


def shown_to(request: HttpRequest, customer: Any) -> list[tuple[Panel, Table]]:
    """The panels that this member of staff may see, rendered for one customer."""
    return [
        (panel, table)
        for panel in panels()
        if request.user.has_perm(panel.permission)
        if (table := panel.render(request, customer)) is not None
    ]
