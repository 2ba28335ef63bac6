"""Staff screens: the audit log, its export, and whether its chain holds."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Min, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit import chain, check
from exchange.audit.models import AuditEvent, AuditSeal, AuditWaiting
from exchange.audit.record import record
from exchange.core import clock
from exchange.portal import cards, columns, confidential, filters, lookups
from exchange.portal.actions import actor_of
from exchange.portal.desks import AUDIT
from exchange.portal.paging import bounded_figures
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

MOST_EXPORTED = 100_000
LATE_SECONDS, STANDS_STILL_SECONDS = 60, 600
EXPORTED = (
    "id", "at", "actor_kind", "actor", "user_id", "verb", "target_type", "target_id", "reason",
    "before", "after", "ip", "request_id",
)  # fmt: skip
KIND_TONES = {"staff": columns.INFO, "customer": columns.QUIET, "system": columns.QUIET}


class ActorFilter(filters.TextFilter):
    """By the address that somebody logs in with: their user id is indexed, the address is not."""

    title = gettext_lazy("actor")
    parameter_name = "actor"
    placeholder = gettext_lazy("e-mail")

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        email = self.chosen.lower()
        if not email:
            return queryset
        newest = filters.newest_id(AuditEvent)
        recent = AuditEvent.objects.filter(pk__gt=newest - filters.LATEST)
        user_id = (
            recent.filter(actor=email, user_id__isnull=False)
            .values_list("user_id", flat=True)
            .first()
        )
        if user_id is None:
            return queryset.filter(pk__gt=newest - filters.LATEST, actor=email)
        return queryset.filter(user_id=user_id)


def target(event: AuditEvent) -> Any:
    if not event.target_type:
        return columns.NOTHING
    return columns.link(
        event.target_type, event.target_id, f"{event.target_type} {event.target_id}"
    )


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    desks = ((AUDIT, 10),)
    menu_label = gettext_lazy("Audit log")
    says = gettext_lazy("Who did what to what, when, from where, and why.")
    empty_says = gettext_lazy("Whatever staff or customers do next is written here.")
    change_list_template = "admin/audit_list.html"
    lookups = (
        lookups.by_id(AuditEvent),
        lookups.by_word(
            "user",
            gettext_lazy("“user 42”"),
            lambda number: (
                AuditEvent.objects.filter(user_id=number)
                .order_by("-pk")
                .values_list("pk", flat=True)[: lookups.MOST_HITS]
            ),
        ),
    )
    list_filter = (
        filters.text(field="verb", title=gettext_lazy("verb"), placeholder="audit.approve"),
        ActorFilter,
        filters.text(field="target_type", title=gettext_lazy("kind of target")),
        filters.text(field="target_id", title=gettext_lazy("target's id")),
        filters.since("at"),
    )
    list_display = (
        columns.when("at", gettext_lazy("at")),
        columns.identifier("verb", gettext_lazy("verb")),
        columns.computed(
            "actor",
            gettext_lazy("actor"),
            lambda e: columns.link("user", e.user_id, e.actor) if e.user_id else e.actor,
        ),
        columns.computed("target", gettext_lazy("target"), target),
        "reason",
        columns.identifier("ip", gettext_lazy("from")),
    )
    list_display_links = (list_display[1],)
    sections = (
        (
            gettext_lazy("Event"),
            (
                columns.when("at", gettext_lazy("at")),
                columns.identifier("verb", gettext_lazy("verb")),
                list_display[2],
                columns.state("actor_kind", gettext_lazy("acted as"), KIND_TONES),
                columns.computed("target", gettext_lazy("target"), target),
                "reason",
                columns.identifier("ip", gettext_lazy("from")),
                columns.identifier("request_id", gettext_lazy("request")),
                columns.computed("seal", gettext_lazy("chain"), lambda event: seal_words(event)),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return confidential.readable_events(request.user, super().get_queryset(request))

    def row_title(self, row: AuditEvent) -> str:
        return _("%(verb)s, event %(id)s") % {"verb": row.verb, "id": row.pk}

    def tables(self, request: HttpRequest, row: AuditEvent) -> list[Table]:
        return [difference(row)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        export = ""
        if request.user.has_perm("exchange.export_audit"):
            export = f"{reverse('admin:audit-export')}?{request.GET.urlencode()}"
        extra = {"export_url": export, "chain": chain_reading(), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export.csv", export, name="audit-export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """What the list's filters select, as CSV; the export itself goes into the log."""
        if not request.user.has_perm("exchange.export_audit"):
            raise PermissionDenied
        selected = self.get_changelist_instance(request).queryset
        with transaction.atomic():
            record(
                actor=actor_of(request),
                verb="audit.export",
                target_type="auditevent",
                after={"filters": dict(request.GET.items()), "at_most": MOST_EXPORTED},
            )
        response = StreamingHttpResponse(_csv_lines(selected), content_type="text/csv")
        stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
        response["Content-Disposition"] = f'attachment; filename="audit-{stamp}.csv"'
        return response


def seal_words(event: AuditEvent) -> Any:
    seal = AuditSeal.objects.filter(event_id=event.pk).first()
    if seal is None:
        return columns.badge(columns.WATCH, _("waits for its seal"))
    words = _("sealed at position %(n)s") % {"n": f"{seal.position:,}"}
    return columns.badge(columns.OK, words)


def difference(event: AuditEvent) -> Table:
    """Before and after, field by field; what did not change is not there."""
    before, after = event.before or {}, event.after or {}
    names = list(dict.fromkeys([*before, *after]))
    return Table(
        title=_("What changed"),
        heads=[Head(_("Field")), Head(_("Before")), Head(_("After"))],
        rows=[(columns.mono(name), _value(before, name), _value(after, name)) for name in names],
        empty=_("This act changed no recorded field."),
    )


def _value(side: dict[str, Any], name: str) -> Any:
    if name not in side:
        return columns.NOTHING
    value = side[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv_lines(selected: Any) -> Iterator[str]:
    """Rows one by one, oldest memory use a chunk; cells that a spreadsheet would run are quoted."""
    writer = csv.writer(_Echo())
    yield writer.writerow(EXPORTED)
    for event in selected.order_by("-pk")[:MOST_EXPORTED].iterator(chunk_size=2000):
        yield writer.writerow([_cell(getattr(event, name)) for name in EXPORTED])


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class _Echo:
    """A file that hands each line back."""

    def write(self, line: str) -> str:
        return line


@cards.card(
    key="chain",
    title=gettext_lazy("Audit chain"),
    desk=AUDIT,
    permission="exchange.view_auditevent",
    leads_to="admin:exchange_auditevent_changelist",
    order=90,
)
def chain_reading() -> cards.Reading:
    """Sealing takes seconds; events that wait for minutes mean that the sealer stands still."""
    head, last = chain.head(), check.last_check()
    waiting = AuditWaiting.objects.order_by("event_id")
    count, figures = bounded_figures(waiting, oldest=Min("event__at"))
    oldest = figures["oldest"]
    age = (clock.now() - oldest).total_seconds() if oldest else 0
    found: dict[str, Any] = (last.after if last else None) or {"holds": True}
    holds = found["holds"]
    state = cards.OK
    if age > STANDS_STILL_SECONDS or not holds:
        state = cards.BAD
    elif age > LATE_SECONDS:
        state = cards.WATCH
    return cards.Reading(
        state=state,
        number=f"{head.position:,}" if holds else _("broken"),
        says=_("events sealed") if holds else found["broken"],
        details=[
            (_("waiting for a seal"), count),
            (_("verified"), columns.ago(last.at) if last else _("not yet")),
            (_("head"), head.digest.hex()[:16]),
        ],
    )
