"""Staff screens: the queue of alerts, and what each of them rests on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.monitoring import alerts, watch
from compliance.monitoring.admin import charts
from compliance.monitoring.models import Alert, AlertLabel
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.facts import FactKind
from exchange.core.models import Fact
from exchange.portal import cards, columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

State = Alert.State
TONES = {State.OPEN: columns.WATCH, State.IN_CASE: columns.INFO, State.CLOSED: columns.QUIET}
SEVERITIES = {1: columns.QUIET, 2: columns.QUIET, 3: columns.INFO, 4: columns.WATCH, 5: columns.BAD}
COMING = {FactKind.CRYPTO_DEPOSIT, FactKind.FIAT_DEPOSIT}
GOING = {FactKind.CRYPTO_WITHDRAWAL, FactKind.FIAT_WITHDRAWAL}
MOST_SHOWN = 200
LATE_SECONDS = 10


class LabelForm(ReasonForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What it turned out to be"), choices=AlertLabel.Outcome.choices
    )
    field_order = ("outcome", "reason")


class LabelAlert(StaffAction):
    name = "label"
    label = gettext_lazy("Say what it was")
    permission = "compliance.label_alert"
    icon = "pencil"
    form_class = LabelForm
    intro = gettext_lazy(
        "The score and tuning learn from it. It closes nothing: a case decides that."
    )

    def preview(self, row: Alert) -> str:
        return row.explanation

    def run(self, *, row: Alert, actor: Actor, values: dict[str, Any]) -> str:
        said = alerts.label(
            alert_ids=[row.pk], outcome=values["outcome"], actor=actor, reason=values["reason"]
        )
        return _("is noted") if said else _("was noted so before")


def severity(row: Alert) -> Any:
    return columns.badge(SEVERITIES[row.severity], _("severity %(n)s of 5") % {"n": row.severity})


def grade(row: Alert) -> Any:
    """The same where the column says what it is."""
    return columns.badge(SEVERITIES[row.severity], _("%(n)s of 5") % {"n": row.severity})


def what(row: Alert) -> Any:
    """What was found, and the figures below it: one column, so that a row stays low."""
    return format_html(
        '<strong>{}</strong><br><span class="quiet">{}</span>', row.title, row.explanation
    )


def score(row: Alert) -> Any:
    return columns.NOTHING if row.score is None else f"{row.score:.2f}"


def customer(row: Alert) -> Any:
    if row.customer is None:
        return row.subject
    return columns.link(Customer, row.customer_id, str(row.customer))


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 10),)
    menu_label = gettext_lazy("Alerts")
    says = gettext_lazy(
        "What scenarios and rooms put before an officer. First what is not closed: the gravest,"
        " then the most unusual, then what we have known longest."
    )
    empty_says = gettext_lazy("Nothing waits. New facts are watched within seconds.")
    big = False
    ordering = (
        Case(When(state=State.CLOSED, then=1), default=0),
        "-severity",
        F("score").desc(nulls_last=True),
        "facts_known_at",
        "pk",
    )
    list_select_related = ("customer__user",)
    lookups = (lookups.by_id(Alert),)
    list_filter = (
        filters.choice(field="state", title=gettext_lazy("state"), options=State.choices),
        filters.choice(
            field="severity",
            title=gettext_lazy("severity"),
            options=[(str(n), str(n)) for n in range(5, 0, -1)],
            indexed=False,
        ),
        filters.text(field="scenario", title=gettext_lazy("scenario")),
        filters.text(field="customer", title=gettext_lazy("customer"), placeholder="123"),
        filters.choice(
            field="origin",
            title=gettext_lazy("found by"),
            options=Alert.Origin.choices,
            indexed=False,
        ),
    )
    numeric = ("score", "ring")
    row_actions = (LabelAlert,)
    change_form_template = "compliance/monitoring/alert.html"
    list_display = (
        columns.identifier("pk", gettext_lazy("alert")),
        columns.computed("severity", gettext_lazy("severity"), grade),
        columns.computed("score", gettext_lazy("score"), score),
        columns.computed("customer", gettext_lazy("about"), customer),
        columns.computed("what", gettext_lazy("what"), what),
        columns.computed(
            "ring",
            gettext_lazy("ring"),
            lambda row: len(row.ring) if len(row.ring) > 1 else columns.NOTHING,
        ),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.when("at", gettext_lazy("at")),
    )
    sections = (
        (
            gettext_lazy("Alert"),
            (
                list_display[3],
                columns.computed(
                    "scenario",
                    gettext_lazy("scenario"),
                    lambda row: f"{row.scenario}, {_('version')} {row.version}",
                ),
                list_display[1],
                "origin",
                list_display[6],
            ),
        ),
        (
            gettext_lazy("When"),
            (
                columns.when("window_start", gettext_lazy("from")),
                columns.when("window_end", gettext_lazy("to")),
                columns.when("facts_known_at", gettext_lazy("facts known since")),
                columns.when("raised_at", gettext_lazy("raised")),
            ),
        ),
    )

    def row_title(self, row: Alert) -> str:
        return str(row.title)

    def headline(self, row: Alert) -> Any:
        return columns.together(
            [severity(row), columns.badge(TONES[State(row.state)], row.get_state_display())]
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        drawing = _drawing(row) if row is not None else None
        extra = {
            "explanation": row.explanation if row is not None else "",
            "drawings": [drawing] if drawing else [],
            "key": True,
        }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def tables(self, request: HttpRequest, row: Alert) -> list[Table]:
        return [_figures(row), _reasons(row), _facts(row), _ring(row), _labels(row)]


def _evidence(row: Alert) -> list[Fact]:
    ids = (row.evidence.get("facts") or [])[-MOST_SHOWN:]
    return list(Fact.objects.filter(pk__in=ids).order_by("at", "pk"))


def _drawing(row: Alert) -> charts.Drawing | None:
    points = [(fact.at, fact.usd, _tone(fact)) for fact in _evidence(row) if fact.usd is not None]
    return charts.over_time(points, title=_("What moved, and when"), unit="USD")


def _tone(fact: Fact) -> str:
    if fact.kind in COMING:
        return "in"
    return "out" if fact.kind in GOING or fact.kind == FactKind.TRANSFER else "other"


def _figures(row: Alert) -> Table:
    figures = row.evidence.get("figures") or {}
    return Table(
        title=_("Figures"),
        heads=[Head(_("Figure")), Head(_("Value"), numeric=True)],
        rows=[(name.replace("_", " "), _written(value)) for name, value in figures.items()],
        empty=_("It was told in words only."),
    )


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _reasons(row: Alert) -> Table:
    return Table(
        title=_("Why it stands where it stands in the queue"),
        heads=[Head(_("Feature")), Head(_("Value")), Head(_("Adds"), numeric=True)],
        rows=[(each["says"], each["value"], f"{each['adds']:+.2f}") for each in row.score_reasons],
        empty=_(
            "Not scored yet: the score learns once enough alerts were decided. Severity orders."
        ),
        note=_("The score orders the queue. It never closes an alert."),
    )


def _facts(row: Alert) -> Table:
    found = _evidence(row)
    in_all = row.evidence.get("facts_in_all", len(row.evidence.get("facts") or []))
    return Table(
        title=_("Evidence"),
        heads=[
            Head(_("At")),
            Head(_("What")),
            Head(_("Amount"), numeric=True),
            Head(_("USD"), numeric=True),
            Head(_("Counterparty")),
            Head(_("Device")),
            Head(_("Country")),
        ],
        rows=[
            (
                columns.moment(fact.at),
                fact.get_kind_display(),
                columns.money(fact.amount, fact.asset),
                columns.money(fact.usd.quantize(Decimal("0.01")) if fact.usd is not None else None),
                columns.link(Customer, fact.counterparty_id, fact.counterparty_id)
                if fact.counterparty_id
                else columns.mono(fact.address),
                columns.mono(fact.device[:12]),
                fact.ip_country or columns.NOTHING,
            )
            for fact in found
        ],
        empty=_("It rests on no fact of the log: the figures and the sentence say what it is."),
        note=_("The latest %(n)s of %(all)s.") % {"n": len(found), "all": in_all}
        if in_all > len(found)
        else "",
    )


def _ring(row: Alert) -> Table:
    members = Customer.objects.filter(pk__in=row.ring).select_related("user").order_by("pk")
    open_alerts = Alert.objects.filter(ring__overlap=row.ring, state=State.OPEN).exclude(pk=row.pk)
    others: dict[int, int] = {}
    for ring in open_alerts.values_list("ring", flat=True)[:500]:
        for member in ring:
            others[member] = others.get(member, 0) + 1
    return Table(
        title=_("Who is in it"),
        heads=[Head(_("Customer")), Head(_("Other open alerts"), numeric=True)],
        rows=[
            (columns.link(Customer, each.pk, str(each)), others.get(each.pk, 0))
            for each in members[:MOST_SHOWN]
        ],
        empty=_("Nobody: it is about something of our own."),
    )


def _labels(row: Alert) -> Table:
    return Table(
        title=_("What it turned out to be"),
        heads=[Head(_("At")), Head(_("Outcome")), Head(_("By")), Head(_("Why"))],
        rows=[
            (columns.moment(each.at), each.get_outcome_display(), each.labelled_by, each.reason)
            for each in row.labels.order_by("-id")[:20]
        ],
        empty=_("Nobody has decided yet."),
    )


@cards.card(
    key="alerts",
    title=gettext_lazy("Alerts"),
    desk=COMPLIANCE,
    permission="compliance.view_alert",
    leads_to="admin:compliance_alert_changelist?state=open",
    order=30,
)
def waiting_alerts() -> cards.Reading:
    """Open alerts, and whether new facts are watched in time. Two queries."""
    latest = Alert.objects.filter(state=State.OPEN).order_by("-pk").values_list("severity")[:1000]
    severities = [severity for (severity,) in latest]
    grave = sum(each == max(SEVERITIES) for each in severities)
    behind = watch.behind()
    late = behind is not None and behind.total_seconds() > LATE_SECONDS
    return cards.Reading(
        state=cards.BAD if late else cards.WATCH if grave else cards.OK,
        number=f"{len(severities):,}",
        says=gettext_lazy("open alerts"),
        details=[
            (gettext_lazy("gravest"), f"{grave:,}"),
            (
                gettext_lazy("facts watched"),
                columns.ago(clock.now() - behind) if behind else gettext_lazy("up to now"),
            ),
        ],
    )
