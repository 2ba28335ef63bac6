"""The staff screens of models: what every room's ModelAdmin starts from.

`StaffAdmin` lists quickly (exact search, raw ids, no full count) and never deletes. `ReadOnlyAdmin`
is for rows that are facts: nobody adds or changes them here, superusers included. What may be
edited is in `audited.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import label_for_field, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from exchange.portal import actions as staff_actions
from exchange.portal import columns
from exchange.portal.desks import Desk
from exchange.portal.lookups import Lookup, found
from exchange.portal.paging import KeysetChangeList, StaffChangeList
from exchange.portal.tables import Table

Section = tuple[Any, Sequence[Any]]


class StaffAdmin(admin.ModelAdmin):
    """A model's list and page on the staff site."""

    # Where it hangs in the menu: (desk, order) pairs. The first is its home.
    desks: Sequence[tuple[Desk, int]] = ()
    menu_label: Any = ""
    says: Any = ""  # one line on what the screen is for
    empty_says: Any = ""  # what will stand in an empty list
    big = True  # pages by key and never counts; False for tables of some thousand rows
    # The filters that the list opens with, so that it starts with what waits; one press shows all.
    opens_with: ClassVar[dict[str, str]] = {}
    lookups: Sequence[Lookup] = ()
    numeric: Sequence[str] = ()  # columns that align at their end
    row_actions: Sequence[type[staff_actions.StaffAction]] = ()
    # The page of one row: sections of columns (field names, or functions with a short_description).
    sections: Sequence[Section] = ()

    actions = None
    list_per_page = 50
    list_select_related: ClassVar[Any] = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by: ClassVar[Any] = ()

    def called(self) -> str:
        """What staff call the list."""
        return str(self.menu_label or self.opts.verbose_name_plural)

    def url_of(self, row: models.Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[quote(row.pk)])

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def waiting(self, request: HttpRequest) -> models.QuerySet[Any] | None:
        """The rows that wait for the reader to act; how many they are stands in the menu."""
        return None

    def crumbs(self, request: HttpRequest) -> list[tuple[str, str]]:
        """From the desk to this list: (words, address)."""
        above = [
            (str(desk.name), reverse("admin:desk", args=[desk.key])) for desk, _o in self.desks[:1]
        ]
        return [*above, (capfirst(self.called()), self.list_url())]

    # Search and lists

    @property
    def search_help_text(self) -> str:  # type: ignore[override]
        """What can be searched, in the reader's language."""
        names = ", ".join(str(lookup.says) for lookup in self.lookups)
        return _("Exact: %(names)s.") % {"names": names}

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("pk",) if self.lookups else ()

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=found(self.lookups, search_term)), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StaffChangeList]:
        return KeysetChangeList if self.big else StaffChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and not request.GET and self.opens_with:
            request.GET = QueryDict(urlencode(self.opens_with))
        extra = {
            "screen": self,
            "crumbs": self.crumbs(request)[:-1],
            "row_actions": self.offered(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)

    # Actions

    def offered(self, request: HttpRequest) -> list[staff_actions.StaffAction]:
        """The actions that this member of staff may take here."""
        made = [action(request.user) for action in self.row_actions]
        return [action for action in made if action.allowed()]

    def offered_for(self, request: HttpRequest, row: Any) -> list[staff_actions.StaffAction]:
        """Those that would do something to this row."""
        return [action for action in self.offered(request) if not action.skips(row)]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """For the list: each action opens its page with the rows that were ticked."""
        return {
            action.name: (_opens(action.name), action.name, action.label)
            for action in self.offered(request)
        }

    def act_url(self, name: str, keys: Sequence[Any], origin: str = "") -> str:
        base = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_act", args=[name])
        query = {"ids": ",".join(str(key) for key in keys), **({"from": origin} if origin else {})}
        return f"{base}?{urlencode(query)}"

    def act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        for action in self.row_actions:
            if action.name == name:
                return staff_actions.view(request, self, action(request.user))
        raise Http404(name)

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        act = path("act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=name)
        return [act, *super().get_urls()]

    # The audit log is the record of what was done; Django's own log would be a second one.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        about = {"target_type": self.opts.model_name or "", "target_id": unquote(object_id)}
        query = urlencode(about)
        return HttpResponseRedirect(f"{reverse('admin:exchange_auditevent_changelist')}?{query}")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # The page of one row

    def headline(self, row: Any) -> Any:
        """What stands beside the title: badges."""
        return ""

    def notice(self, request: HttpRequest, row: Any) -> Any:
        """A sentence on top that changes how the page is read; mostly nothing."""
        return ""

    def row_title(self, row: Any) -> str:
        return capfirst(f"{self.opts.verbose_name} {row.pk}")

    def tables(self, request: HttpRequest, row: Any) -> list[Table]:
        """Small tables below the sections."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one row. Posting to it is refused: there is nothing to save."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": self.row_title(row),
            "headline": self.headline(row),
            "notice": self.notice(request, row),
            "original": row,
            "opts": self.opts,
            "crumbs": self.crumbs(request),
            "sections": [
                (title, [(_label(self, column), _shown(column, row)) for column in fields])
                for title, fields in self.sections
            ],
            "tables": self.tables(request, row),
            "row_actions": [
                (action, self.act_url(action.name, [row.pk]))
                for action in self.offered_for(request, row)
            ],
            "history_url": self._history_url(request, row),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template or "admin/detail.html", context)

    def _history_url(self, request: HttpRequest, row: Any) -> str:
        if not request.user.has_perm("exchange.view_auditevent"):
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_history"
        return reverse(name, args=[quote(row.pk)])


class ReadOnlyAdmin(StaffAdmin):
    """Rows that nobody adds, changes or deletes here, superusers included."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _opens(name: str) -> Any:
    def opened(model_admin: StaffAdmin, request: HttpRequest, queryset: Any) -> HttpResponse:
        keys = list(queryset.values_list("pk", flat=True)[: staff_actions.MOST_ROWS])
        return HttpResponseRedirect(model_admin.act_url(name, keys, origin="list"))

    opened.__name__ = name
    return opened


def _label(model_admin: StaffAdmin, column: Any) -> str:
    if callable(column):
        return capfirst(str(getattr(column, "short_description", column.__name__)))
    return capfirst(str(label_for_field(column, model_admin.model)))


def _shown(column: Any, row: Any) -> Any:
    if callable(column):
        return column(row)
    display = getattr(row, f"get_{column}_display", None)
    value = display() if display else getattr(row, column)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return columns.moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return columns.NOTHING if value in (None, "") else value
