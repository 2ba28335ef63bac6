"""Sections of the case page that rooms above put there (previous reports, drafts).

A room's admin.py registers a function; the page shows the sections that the reader may see, without
importing any room:

    @sections.register("reports", permission="compliance.see_filings", order=60)
    def reports(request, case) -> Table: ...

It returns a `portal.tables.Table`, and reads a bounded number of rows through an index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Render = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str
    permission: str
    order: int
    render: Render


_sections: dict[str, Section] = {}


def register(name: str, *, permission: str, order: int = 50) -> Callable[[Render], Render]:
    """Register a function (request, case) as a section of the case page."""

    def add(render: Render) -> Render:
        if name in _sections:
            raise RuntimeError(f"there are two sections called {name}")
        _sections[name] = Section(name=name, permission=permission, order=order, render=render)
        return render

    return add


def shown_to(request: Any, case: Any) -> list[tuple[str, Any]]:
    """(name, table) of every section that this reader may see, in order."""
    rows = sorted(_sections.values(), key=lambda section: (section.order, section.name))
    return [
        (section.name, section.render(request, case))
        for section in rows
        if request.user.has_perm(section.permission)
    ]
