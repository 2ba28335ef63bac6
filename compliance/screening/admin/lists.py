"""Staff screens: the lists' versions and what each changed, their entries, addresses, passes."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.screening import rescreen
from compliance.screening.admin.hits import several
from compliance.screening.models import (
    Hit,
    ListChange,
    ListedAddress,
    ListEntry,
    ListVersion,
    Rescreen,
)
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

MOST_CHANGES = 200
CHANGES = {
    ListChange.Kind.ADDED: columns.WATCH,
    ListChange.Kind.CHANGED: columns.INFO,
    ListChange.Kind.REMOVED: columns.QUIET,
}


class ScreenEverybody(StaffAction):
    name = "screen-everybody"
    label = gettext_lazy("Screen everybody against all lists")
    permission = rescreen.PERMISSION
    icon = "bolt"
    intro = gettext_lazy(
        "Compares every customer with every entry again, in the background. Each change of a list "
        "does so by itself for what has changed."
    )

    def preview(self, row: ListVersion) -> str:
        return _("begins a pass over every customer")

    def skips(self, row: ListVersion) -> str:
        return _("a pass is under way") if rescreen.unfinished() else ""

    def run(self, *, row: ListVersion, actor: Actor, values: dict[str, Any]) -> str:
        started = rescreen.start_full(actor=actor)
        return _("pass %(id)s has begun") % {"id": started.pk}


@admin.register(ListVersion)
class ListVersionAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 60),)
    menu_label = gettext_lazy("Sanctions lists")
    says = gettext_lazy("Each import that changed something: where from, checksum, differences.")
    empty_says = gettext_lazy("No list is loaded: manage.py import_list loads one.")
    big = False
    ordering = ("-pk",)
    lookups = (lookups.by_id(ListVersion),)
    row_actions = (ScreenEverybody,)
    list_display = (
        columns.computed("version", gettext_lazy("version"), str),
        "layout",
        columns.when("imported_at", gettext_lazy("imported")),
        "entries",
        "addresses",
        "added",
        "changed",
        "removed",
    )
    numeric = ("entries", "addresses", "added", "changed", "removed")
    sections = (
        (gettext_lazy("Version"), list_display),
        (
            gettext_lazy("Where from"),
            ("origin", columns.identifier("sha256", gettext_lazy("SHA-256")), "imported_by"),
        ),
    )

    def tables(self, request: HttpRequest, row: ListVersion) -> list[Table]:
        changes = row.changes.select_related("entry").order_by("pk")[:MOST_CHANGES]
        return [
            Table(
                title=_("What it changed"),
                heads=[Head(_("Entry")), Head(_("What")), Head(_("Differences"))],
                rows=[
                    (
                        columns.link(ListEntry, each.entry_id, each.entry.name),
                        columns.badge(CHANGES[ListChange.Kind(each.kind)], each.get_kind_display()),
                        several(differences(each)),
                    )
                    for each in changes
                ],
                empty=_("Only addresses changed."),
                note=_("The first %(n)s.") % {"n": MOST_CHANGES},
            )
        ]


def differences(change: ListChange) -> list[str]:
    """Which parts of an entry are other than they were."""
    if change.kind != ListChange.Kind.CHANGED:
        return []
    before, after = change.before or {}, change.after or {}
    return [
        f"{key}: {_short(before.get(key))} → {_short(after.get(key))}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}…"


def _said(key: str, label: Any) -> Any:
    """A column of what the list says, several values one below the other."""

    def shown(row: ListEntry) -> Any:
        value = row.contents.get(key)
        if isinstance(value, str):
            return value or columns.NOTHING
        return several(" ".join(each) if isinstance(each, list) else each for each in value or [])

    return columns.computed(key, label, shown)


@admin.register(ListEntry)
class ListEntryAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 61),)
    menu_label = gettext_lazy("Listed people and companies")
    says = gettext_lazy("Whom the lists name, as their newest versions have it.")
    empty_says = gettext_lazy("No list is loaded: manage.py import_list loads one.")
    list_select_related = ("removed_in",)
    lookups = (
        lookups.by_id(ListEntry),
        lookups.by_text(ListEntry, "uid", gettext_lazy("the list's number")),
    )
    list_display = (
        columns.computed("entry", gettext_lazy("name"), lambda row: row.name),
        "source",
        columns.identifier("uid", gettext_lazy("number")),
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        columns.computed("standing", gettext_lazy("now"), lambda row: _standing(row)),
        "version",
    )
    sections = (
        (gettext_lazy("Entry"), list_display),
        (
            gettext_lazy("What the list says"),
            (
                _said("names", gettext_lazy("names")),
                _said("births", gettext_lazy("born")),
                _said("countries", gettext_lazy("countries")),
                _said("programmes", gettext_lazy("programmes")),
                _said("documents", gettext_lazy("papers")),
                _said("places", gettext_lazy("addresses")),
                _said("remarks", gettext_lazy("remarks")),
            ),
        ),
    )

    def tables(self, request: HttpRequest, row: ListEntry) -> list[Table]:
        hits = Hit.objects.filter(entry=row).order_by("-pk")[:20]
        return [
            Table(
                title=_("Hits"),
                heads=[Head(_("Hit")), Head(_("Customer")), Head(_("State"))],
                rows=[
                    (
                        columns.link(Hit, each.pk, each.pk),
                        each.subject_name,
                        each.get_state_display(),
                    )
                    for each in hits
                ],
                empty=_("No customer was taken for this one."),
            )
        ]


def _standing(row: ListEntry) -> Any:
    if row.removed_in_id is None:
        return columns.badge(columns.BAD, _("listed"))
    return columns.badge(columns.QUIET, _("not any more"))


@admin.register(ListedAddress)
class ListedAddressAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 62),)
    menu_label = gettext_lazy("Sanctioned addresses")
    says = gettext_lazy("Addresses that a list names. Money from or to one freezes the account.")
    empty_says = gettext_lazy("No list is loaded: manage.py import_list loads one.")
    list_select_related = ("entry",)
    lookups = (lookups.by_text(ListedAddress, "key", gettext_lazy("address")),)
    list_display = (
        columns.identifier("key", gettext_lazy("address")),
        "ticker",
        "source",
        columns.computed(
            "standing",
            gettext_lazy("now"),
            lambda row: _("listed") if row.removed_in_id is None else _("not any more"),
        ),
        columns.computed(
            "entry",
            gettext_lazy("of"),
            lambda row: (
                columns.link(ListEntry, row.entry_id, row.entry.name)
                if row.entry is not None
                else columns.NOTHING
            ),
        ),
    )
    sections = ((gettext_lazy("Listed address"), list_display),)


@admin.register(Rescreen)
class RescreenAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 63),)
    menu_label = gettext_lazy("Re-screening")
    says = gettext_lazy("Passes over every customer after a list changed, and how far they are.")
    empty_says = gettext_lazy("The first pass begins with the first list.")
    list_select_related = ("version",)
    lookups = (lookups.by_id(Rescreen),)
    list_filter = (
        filters.choice(
            field="state",
            title=gettext_lazy("state"),
            options=Rescreen.State.choices,
            indexed=False,
        ),
    )
    list_display = (
        columns.computed("run", gettext_lazy("pass"), lambda row: row.pk),
        columns.state(
            "state",
            gettext_lazy("state"),
            {Rescreen.State.RUNNING: columns.INFO, Rescreen.State.DONE: columns.OK},
        ),
        columns.computed("about", gettext_lazy("against"), lambda row: row.get_kind_display()),
        columns.computed(
            "list", gettext_lazy("list"), lambda row: str(row.version or columns.NOTHING)
        ),
        columns.computed(
            "progress",
            gettext_lazy("customers done"),
            lambda row: f"{columns.whole(row.done)} / {columns.whole(row.total)}",
        ),
        columns.computed("hits", gettext_lazy("new hits"), lambda row: row.hits),
        columns.when("started_at", gettext_lazy("begun")),
        columns.when("moved_at", gettext_lazy("last moved")),
        columns.when("ended_at", gettext_lazy("ended")),
    )
    numeric = ("progress", "hits")
    sections = ((gettext_lazy("Pass"), list_display),)
