"""Staff screens: the outbox."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit.retry import retry_outbox_event
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.models import OutboxEvent
from exchange.core.outbox import MAX_ATTEMPTS
from exchange.portal import cards, columns, confidential, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import SYSTEM
from exchange.portal.paging import bounded_figures
from exchange.portal.screens import ReadOnlyAdmin


class RetryEvent(StaffAction):
    name = "retry"
    label = gettext_lazy("Retry")
    permission = "exchange.change_outboxevent"
    icon = "retry"
    intro = gettext_lazy(
        "Counts its attempts from zero again, so that the next delivery (within seconds) takes it. "
        "Consumers' own writes happen once, however often an event is delivered."
    )

    def preview(self, row: OutboxEvent) -> str:
        return _("%(topic)s, failed %(n)s times: %(error)s") % {
            "topic": row.topic,
            "n": row.attempts,
            "error": row.last_error,
        }

    def skips(self, row: OutboxEvent) -> str:
        if row.delivered_at is not None:
            return _("delivered already")
        return "" if row.attempts else _("not tried yet: it will be delivered by itself")

    def run(self, *, row: OutboxEvent, actor: Actor, values: dict[str, Any]) -> str:
        retry_outbox_event(event_id=row.pk, actor=actor, reason=values["reason"])
        return _("will be tried again")


class DeliveryFilter(filters.ChoiceFilter):
    title = gettext_lazy("delivery")
    parameter_name = "delivery"
    options = (
        ("waiting", gettext_lazy("waiting")),
        ("failing", gettext_lazy("failing")),
        ("given-up", gettext_lazy("given up")),
    )

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        waiting = queryset.filter(delivered_at__isnull=True)
        return {
            "waiting": waiting,
            "failing": waiting.filter(attempts__gt=0),
            "given-up": waiting.filter(attempts__gte=MAX_ATTEMPTS),
        }.get(self.value() or "", queryset)


def delivery(row: OutboxEvent) -> Any:
    if row.delivered_at is not None:
        return columns.badge(columns.OK, _("delivered"))
    if row.attempts >= MAX_ATTEMPTS:
        return columns.badge(columns.BAD, _("given up"))
    if row.attempts:
        return columns.badge(columns.WATCH, _("failing"))
    return columns.badge(columns.INFO, _("waiting"))


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    desks = ((SYSTEM, 40),)
    menu_label = gettext_lazy("Outbox")
    says = gettext_lazy("Events that rooms tell each other, written with the change they announce.")
    empty_says = gettext_lazy("Events appear here when a room announces something to another.")
    lookups = (lookups.by_id(OutboxEvent),)
    list_filter = (DeliveryFilter, filters.since("created_at"))
    row_actions = (RetryEvent,)
    numeric = ("attempts",)
    list_display = (
        columns.identifier("pk", gettext_lazy("id")),
        "topic",
        columns.computed("delivery", gettext_lazy("delivery"), delivery),
        columns.when("created_at", gettext_lazy("announced")),
        columns.when("delivered_at", gettext_lazy("delivered")),
        "attempts",
        "last_error",
    )
    sections = (
        (
            gettext_lazy("Event"),
            (
                "topic",
                columns.computed(
                    "payload",
                    gettext_lazy("payload"),
                    lambda row: columns.mono(", ".join(f"{k}={v}" for k, v in row.payload.items())),
                ),
                columns.when("created_at", gettext_lazy("announced")),
                columns.when("delivered_at", gettext_lazy("delivered")),
                "attempts",
                "last_error",
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxEvent]:
        return confidential.readable_outbox(request.user, super().get_queryset(request))

    def headline(self, row: OutboxEvent) -> Any:
        return delivery(row)


@cards.card(
    key="outbox",
    title=gettext_lazy("Outbox"),
    desk=SYSTEM,
    permission="exchange.view_outboxevent",
    leads_to="admin:exchange_outboxevent_changelist?delivery=waiting",
    order=70,
)
def outbox() -> cards.Reading:
    """How many wait, how long the first has, and how many of them failed. One query."""
    waiting = OutboxEvent.objects.filter(delivered_at__isnull=True).order_by("pk")
    count, found = bounded_figures(
        waiting, oldest=Min("created_at"), failing=Count("pk", filter=Q(attempts__gt=0))
    )
    failing, oldest = found["failing"], found["oldest"]
    age = (clock.now() - oldest).total_seconds() if oldest else 0
    state = cards.BAD if failing else cards.WATCH if age > 60 else cards.OK
    return cards.Reading(
        state=state,
        number=count,
        says=_("events waiting"),
        details=[
            (_("failing"), failing),
            (_("oldest"), columns.span(age) if oldest else columns.NOTHING),
        ],
    )
