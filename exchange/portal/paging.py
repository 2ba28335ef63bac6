"""Changelists that stay quick at ten million rows: pages by key, and no full count.

A page of a large table is `id < before ORDER BY id DESC LIMIT n`, so the thousandth page costs what
the first one does. How many rows there are is PostgreSQL's own estimate, or a count that gives up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_list import items_for_result, result_headers
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.paginator import Paginator
from django.db import connection, models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

BEFORE, AFTER = "before", "after"
EVERYTHING = "every"  # the parameter that asks for more than a list opens with
COUNTED_TO = 10_000

_CELL = re.compile(r'^<(t[dh])(?: class="([^"]*)")?')


def estimated_rows(model: type[models.Model]) -> int:
    """How many rows PostgreSQL believes a table to have; -1 when it was never analysed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        return int(cursor.fetchone()[0])


def bounded_count(queryset: models.QuerySet[Any], limit: int = COUNTED_TO) -> tuple[int, bool]:
    """Count up to `limit` rows: (how many, whether that is all of them)."""
    found = queryset.order_by()[: limit + 1].count()
    return min(found, limit), found <= limit


def bounded_figures(
    queryset: models.QuerySet[Any], limit: int = COUNTED_TO, **figures: models.Aggregate
) -> tuple[str, dict[str, Any]]:
    """How many there are, in words ("10,000+" when there are more than `limit`), and aggregates of
    as many, in the queryset's order. One query."""
    found = queryset[: limit + 1].aggregate(bounded_count=models.Count("pk"), **figures)
    count = found.pop("bounded_count")
    return (f"{count:,}" if count <= limit else f"{limit:,}+"), found


class StaffChangeList(ChangeList):
    """Django's list of one model, with cells that know their column's name (for phones)."""

    keyed = False
    model_admin: Any  # a StaffAdmin
    older_url = newer_url = ""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.title = capfirst(self.model_admin.called())

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        wanted = super().get_filters_params(params)
        return {name: value for name, value in wanted.items() if name != EVERYTHING}

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        """A link to this list. Without any parameter it would open with what waits again."""
        link = super().get_query_string({EVERYTHING: None, **(new_params or {})}, remove)
        bare = link == "?" and self.model_admin.opens_with
        return f"?{EVERYTHING}=1" if bare else link

    @property
    def everything_url(self) -> str:
        """The list without its filters; a search stays."""
        return self.get_query_string(remove=list(self.filter_params))

    @property
    def shows_what_waits(self) -> bool:
        """Whether it is filtered as it opens, and in no other way."""
        opens_with = self.model_admin.opens_with
        given = {name: values[-1] for name, values in self.filter_params.items()}
        return bool(opens_with) and not self.query and given == opens_with

    @cached_property
    def headers(self) -> list[dict[str, Any]]:
        """The columns' headings, with the class that aligns numbers."""
        numeric = set(self.model_admin.numeric)
        heads = list(result_headers(self))
        for head, column in zip(heads, self.list_display, strict=True):
            classes = ["tickbox"] if column == "action_checkbox" else []
            classes += ["num"] if _name(column) in numeric else []
            head["classes"] = " ".join(classes)
        return heads

    @property
    def notes(self) -> list[str]:
        """What the chosen filters do not look at."""
        chosen = [spec for spec in self.filter_specs if getattr(spec, "chosen", "")]
        notes = [getattr(spec, "note", "") for spec in chosen]
        return list(dict.fromkeys(note for note in notes if note))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that a new search keeps: the filters."""
        gone = {SEARCH_VAR, PAGE_VAR, BEFORE, AFTER}
        return [(k, v) for k, vs in self.filter_params.items() if k not in gone for v in vs]

    @property
    def page_links(self) -> list[dict[str, Any]]:
        """Numbered pages, of lists that are not keyed; a gap has no number."""
        links: list[dict[str, Any]] = []
        for number in self.paginator.get_elided_page_range(self.page_num):
            if number == self.paginator.ELLIPSIS:
                links.append({})
            elif number == self.page_num:
                links.append({"number": number})
            else:
                links.append({"number": number, "url": self.get_query_string({PAGE_VAR: number})})
        return links

    @cached_property
    def rows(self) -> list[list[SafeString]]:
        """The page's rows as table cells, each with its column's name and alignment."""
        labels = [
            str(label_for_field(name, self.model, model_admin=self.model_admin))
            for name in self.list_display
        ]
        numeric = set(self.model_admin.numeric)
        return [
            [
                _labelled(cell, "" if name == "action_checkbox" else label, _name(name) in numeric)
                for cell, label, name in zip(
                    items_for_result(self, row, None), labels, self.list_display, strict=True
                )
            ]
            for row in self.result_list
        ]

    @property
    def count_text(self) -> str:
        return _rows(self.result_count)


class KeysetChangeList(StaffChangeList):
    """Newest first, by primary key, one row more than the page to know whether there are older."""

    keyed = True

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        wanted = super().get_filters_params(params)
        return {name: value for name, value in wanted.items() if name not in (BEFORE, AFTER)}

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        """A link to this list; back on its first page unless it names a key itself."""
        return super().get_query_string({BEFORE: None, AFTER: None, **(new_params or {})}, remove)

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        size = self.list_per_page
        before, after = self._key(request, BEFORE), self._key(request, AFTER)
        if after is not None:
            rows = list(self.queryset.filter(pk__gt=after).order_by("pk")[: size + 1])
            newer, older = len(rows) > size, True
            rows = rows[:size][::-1]
        else:
            queryset = self.queryset if before is None else self.queryset.filter(pk__lt=before)
            rows = list(queryset[: size + 1])
            newer, older = before is not None, len(rows) > size
            rows = rows[:size]
        self.result_list = rows
        self._count(rows, first_page=before is None and after is None, older=older)
        if rows and newer:
            self.newer_url = self.get_query_string({AFTER: rows[0].pk})
        elif newer:
            self.newer_url = self.get_query_string()
        if rows and older:
            self.older_url = self.get_query_string({BEFORE: rows[-1].pk})
        self.paginator = Paginator(rows, size)
        self.page_num, self.full_result_count = 1, None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(rows)

    def _count(self, rows: list[Any], *, first_page: bool, older: bool) -> None:
        """Exact when one page holds everything; else the estimate, or a count that gives up."""
        self.result_count, self.about = len(rows), ""
        if first_page and not older:
            return
        narrowed = self.query or self.has_active_filters
        estimate = -1 if narrowed else estimated_rows(self.model)
        if estimate > COUNTED_TO:
            self.result_count, self.about = estimate, "about"
        elif narrowed:
            self.about = "unknown"
        else:
            self.result_count, complete = bounded_count(self.queryset)
            self.about = "" if complete else "over"

    @property
    def count_text(self) -> str:
        count = f"{self.result_count:,}"
        match self.about:
            case "about":
                return _("about %(count)s rows") % {"count": count}
            case "over":
                return _("over %(count)s rows") % {"count": count}
            case "unknown":
                return _("%(count)s rows on this page") % {"count": count}
        return _rows(self.result_count)

    def _key(self, request: HttpRequest, name: str) -> int | None:
        if name not in request.GET:
            return None
        try:
            return int(request.GET[name])
        except ValueError as error:
            raise IncorrectLookupParameters from error


def _rows(count: int) -> str:
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}


def _name(column: Any) -> str:
    return column if isinstance(column, str) else column.__name__


def _labelled(cell: str, label: str, numeric: bool) -> SafeString:
    """Add the column's name (shown when rows become cards) and the class of numbers to a cell."""

    def opening(match: re.Match[str]) -> str:
        classes = f"{match[2] or ''} {'num' if numeric else ''}".strip()
        return f'<{match[1]} class="{classes}" data-label="{escape(capfirst(label))}"'

    return mark_safe(_CELL.sub(opening, cell, count=1))  # noqa: S308  Django escaped the cell
