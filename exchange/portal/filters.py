"""Filters that an index answers, whatever the size of the table.

Rows are written in the order of their ids, so "since an hour ago" becomes "from this id on": the id
is found by halving the range, some thirty reads of one indexed row each. A filter on a column
without an index looks at the latest rows only, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock

LATEST = 200_000
WAITING = "waiting"  # what waits for staff, of any state; a list may open with it
# Ids are drawn before rows are committed; neighbours may be out of order by this much.
SLACK = timedelta(minutes=2)
SPANS = {
    "15m": (gettext_lazy("Last 15 minutes"), timedelta(minutes=15)),
    "1h": (gettext_lazy("Last hour"), timedelta(hours=1)),
    "24h": (gettext_lazy("Last 24 hours"), timedelta(hours=24)),
    "7d": (gettext_lazy("Last 7 days"), timedelta(days=7)),
    "30d": (gettext_lazy("Last 30 days"), timedelta(days=30)),
}


def first_id_since(model: type[models.Model], field: str, moment: datetime) -> int:
    """An id below which no row is younger than `moment`. At most 64 reads by primary key."""
    rows = model._default_manager.order_by("pk")
    least, most = rows.values_list("pk", flat=True).first(), newest_id(model)
    if least is None:
        return 0
    moment -= SLACK
    low, high = least, most + 1
    while low < high:
        middle = (low + high) // 2
        row = rows.filter(pk__gte=middle).values_list("pk", field).first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low


def newest_id(model: type[models.Model]) -> int:
    """The largest primary key; 0 in an empty table."""
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def latest_note() -> str:
    """What a filter that looks at the latest rows only has to say."""
    return _("Looks at the latest %(rows)s rows.") % {"rows": f"{LATEST:,}"}


class ChoiceFilter(SimpleListFilter):
    """Choices of one indexed column."""

    template = "admin/filter.html"
    field = ""
    options: Iterable[tuple[str, Any]] = ()
    waiting: Sequence[str] = ()  # the options that wait for staff, offered together as one more

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.parameter_name = self.parameter_name or self.field
        super().__init__(*args, **kwargs)
        self.clear = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        together = [(WAITING, gettext_lazy("waits for us"))] if self.waiting else []
        return [*together, *self.options]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.waiting and self.value() == WAITING:
            return queryset.filter(**{f"{self.field}__in": self.waiting})
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset

    @property
    def chosen(self) -> str:
        """What is chosen, in words; empty when nothing is."""
        return next(
            (str(says) for key, says in self.lookup_choices if str(key) == self.value()), ""
        )

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        self.clear = changelist.get_query_string(remove=[self.parameter_name or ""])
        yield from super().choices(changelist)


class RecentChoiceFilter(ChoiceFilter):
    """Choices of a column without an index: looks at the latest rows, and says so if it left out
    any."""

    note = ""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        oldest = newest_id(queryset.model) - LATEST
        if oldest <= 0:
            return super().queryset(request, queryset)
        self.note = latest_note()
        return super().queryset(request, queryset.filter(pk__gt=oldest))


class SinceFilter(ChoiceFilter):
    """Rows of the last so much time, found through the primary key."""

    title = gettext_lazy("time")
    parameter_name = "since"
    field = "created_at"
    options = [(key, says) for key, (says, _span) in SPANS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in SPANS:
            return queryset
        moment = clock.now() - SPANS[self.value() or ""][1]
        first = first_id_since(queryset.model, self.field, moment)
        return queryset.filter(**{"pk__gte": first, f"{self.field}__gte": moment})


class TextFilter(SimpleListFilter):
    """One exact value that is typed in, of an indexed column."""

    template = "admin/filter_text.html"
    field = ""
    placeholder: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.parameter_name = self.parameter_name or self.field
        super().__init__(*args, **kwargs)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", "")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.chosen:
            return queryset
        try:
            return queryset.filter(**{self.field: self.chosen})
        except (ValueError, ValidationError):  # words where the column holds numbers
            return queryset.none()

    @property
    def chosen(self) -> str:
        return (self.value() or "").strip()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        self.clear = changelist.get_query_string(remove=[self.parameter_name or ""])
        kept = changelist.filter_params
        yield {
            "kept": [(k, v) for k, vs in kept.items() if k != self.parameter_name for v in vs],
            "value": self.chosen,
        }


def choice(
    *,
    field: str,
    title: Any,
    options: Iterable[tuple[str, Any]],
    indexed: bool = True,
    waiting: Sequence[str] = (),
) -> type[ChoiceFilter]:
    """A filter by the choices of one column; those of `waiting` can be chosen together."""
    base = ChoiceFilter if indexed else RecentChoiceFilter
    name = f"{field.title().replace('_', '')}Filter"
    # Django asks the class, before any instance, whether a lookup across a relation is a filter's.
    return type(
        name,
        (base,),
        {
            "field": field,
            "parameter_name": field,
            "title": title,
            "options": list(options),
            "waiting": tuple(waiting),
        },
    )


def text(*, field: str, title: Any, placeholder: Any = "") -> type[TextFilter]:
    """A filter by one typed value of an indexed column."""
    name = f"{field.title().replace('_', '')}Filter"
    return type(
        name,
        (TextFilter,),
        {"field": field, "parameter_name": field, "title": title, "placeholder": placeholder},
    )


def since(field: str) -> type[SinceFilter]:
    """A filter by the age of a row, for a column that grows with the primary key."""
    return type("SinceFilter", (SinceFilter,), {"field": field})
