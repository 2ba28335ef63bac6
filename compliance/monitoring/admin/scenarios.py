"""Staff screens: scenarios in versions, how one is drafted, tried, and takes effect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.monitoring import runs, scenarios, versions
from compliance.monitoring.models import Alert, AlertLabel, LookBack, Scenario
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

State = Scenario.State
TONES = {State.ACTIVE: columns.OK, State.DRAFT: columns.INFO, State.RETIRED: columns.QUIET}


class DraftForm(ReasonForm):
    """Only what changes: every other number stays as it is in the version that one starts from."""

    changes = forms.JSONField(
        label=gettext_lazy("Numbers that change"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy('As JSON: {"count": 5, "threshold": 8000}.'),
    )
    exceptions = forms.JSONField(
        label=gettext_lazy("Exceptions for tiers and countries"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "As JSON; the last that fits wins, and an empty field keeps those that there are: "
            '[{"tier": 3, "threshold": 50000}, {"country": "CA", "threshold": 8000}].'
        ),
    )
    severity = forms.IntegerField(
        label=gettext_lazy("Severity (empty: as it is)"),
        required=False,
        min_value=1,
        max_value=5,
    )
    cooldown_hours = forms.IntegerField(
        label=gettext_lazy("Cooldown in hours (empty: as it is)"),
        required=False,
        min_value=0,
        max_value=8784,
    )
    field_order = ("changes", "exceptions", "severity", "cooldown_hours", "reason")

    def clean_changes(self) -> dict[str, Any]:
        given = self.cleaned_data["changes"] or {}
        if not isinstance(given, dict):
            raise forms.ValidationError(_("Write names and values."))
        return given

    def clean_exceptions(self) -> list[dict[str, Any]] | None:
        given = self.cleaned_data["exceptions"]
        if given is None or given == "":
            return None
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise forms.ValidationError(_("Write a list of names and values."))
        return given


class Draft(StaffAction):
    name = "draft"
    label = gettext_lazy("Draft a new version")
    permission = versions.DRAFT
    icon = "pencil"
    form_class = DraftForm
    intro = gettext_lazy(
        "A draft watches nothing. Run it on history, compare it with what is active, then ask a "
        "colleague to let it take effect."
    )

    def preview(self, row: Scenario) -> str:
        return json.dumps(row.parameters.get("base", {}), ensure_ascii=False)

    def run(self, *, row: Scenario, actor: Actor, values: dict[str, Any]) -> str:
        before = row.parameters
        kept = before.get("overrides", [])
        exceptions = values["exceptions"]
        severity, hours = values["severity"], values["cooldown_hours"]
        made = versions.draft(
            name=row.name,
            base={**before.get("base", {}), **values["changes"]},
            overrides=kept if exceptions is None else exceptions,
            severity=row.severity if severity is None else severity,
            cooldown=timedelta(hours=row.cooldown_hours if hours is None else hours),
            note=values["reason"],
            actor=actor,
        )
        return _("is drafted anew as version %(n)s") % {"n": made.version}


class RunForm(ReasonForm):
    days = forms.IntegerField(
        label=gettext_lazy("Days back"), min_value=1, max_value=400, initial=90
    )
    raises = forms.BooleanField(
        label=gettext_lazy("Put what it finds into the queue (active versions only)"),
        required=False,
    )
    field_order = ("days", "raises", "reason")


class RunOnHistory(StaffAction):
    name = "look-back"
    label = gettext_lazy("Run on history")
    permission = versions.DRAFT
    icon = "history"
    form_class = RunForm
    intro = gettext_lazy(
        "The same definition over the past, step by step in a worker. A draft is compared with "
        "the active version; samples lie above and below the line."
    )

    def preview(self, row: Scenario) -> str:
        return str(row.get_state_display())

    def run(self, *, row: Scenario, actor: Actor, values: dict[str, Any]) -> str:
        now = clock.now()
        made = runs.ask(
            scenario_id=row.pk,
            since=now - timedelta(days=values["days"]),
            until=now,
            raises=values["raises"],
            actor=actor,
            reason=values["reason"],
        )
        return _("is run as look-back %(id)s") % {"id": made.pk}


class ProposeActivation(StaffAction):
    name = "propose"
    label = gettext_lazy("Propose that it takes effect")
    permission = versions.ACTIVATE
    icon = "check"
    intro = gettext_lazy("A colleague has to approve it; then the version before it retires.")

    def preview(self, row: Scenario) -> str:
        tried = row.look_backs.filter(state=LookBack.State.DONE).order_by("-id").first()
        if tried is None:
            return _("it was not run on history yet")
        return _("look-back %(id)s found %(n)s") % {"id": tried.pk, "n": tried.found}

    def skips(self, row: Scenario) -> str:
        return "" if row.state == State.DRAFT else _("it is no draft")

    def run(self, *, row: Scenario, actor: Actor, values: dict[str, Any]) -> str:
        asked = versions.propose(scenario_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposed (proposal %(id)s)") % {"id": asked.pk}


@admin.register(Scenario)
class ScenarioAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 50),)
    menu_label = gettext_lazy("Scenarios")
    says = gettext_lazy("What watches customers, with which numbers, since when, and who said so.")
    empty_says = gettext_lazy("The catalogue's scenarios appear when the worker first watches.")
    big = False
    ordering = ("name", "-version")
    lookups = (lookups.by_id(Scenario),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
        filters.text(field="name", title=gettext_lazy("name")),
    )
    row_actions = (Draft, RunOnHistory, ProposeActivation)
    numeric = ("version", "severity", "cooldown_hours")
    list_display = (
        columns.identifier("name", gettext_lazy("scenario")),
        "version",
        "title",
        columns.state("state", gettext_lazy("state"), TONES),
        "severity",
        "cooldown_hours",
        columns.when("activated_at", gettext_lazy("active since")),
    )
    sections = (
        (gettext_lazy("Scenario"), ("title", "description", *list_display[3:6])),
        (
            gettext_lazy("Version"),
            (
                "version",
                "change_note",
                columns.identifier("created_by", gettext_lazy("drafted by")),
                columns.when("created_at", gettext_lazy("drafted")),
                columns.when("activated_at", gettext_lazy("took effect")),
                columns.identifier("activated_by", gettext_lazy("approved by")),
                columns.when("retired_at", gettext_lazy("retired")),
            ),
        ),
    )

    def row_title(self, row: Scenario) -> str:
        return str(row)

    def headline(self, row: Scenario) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: Scenario) -> list[Table]:
        return [_numbers(row), _exceptions(row), _conversion(row), _runs(row), _versions(row)]


def _numbers(row: Scenario) -> Table:
    shipped = scenarios.scenario_named(row.name).params.base
    own = row.parameters.get("base", {})
    return Table(
        title=_("Numbers"),
        heads=[
            Head(_("Name")),
            Head(_("Value"), numeric=True),
            Head(_("As shipped"), numeric=True),
        ],
        rows=[(name, str(own.get(name, value)), str(value)) for name, value in shipped.items()],
        empty=_("It has none."),
    )


def _exceptions(row: Scenario) -> Table:
    return Table(
        title=_("Exceptions"),
        heads=[Head(_("For")), Head(_("Numbers"))],
        rows=[
            (
                ", ".join(f"{k} {each[k]}" for k in ("tier", "country") if k in each),
                ", ".join(f"{k} {v}" for k, v in each.items() if k not in ("tier", "country")),
            )
            for each in row.parameters.get("overrides", [])
        ],
        empty=_("The same numbers hold for every tier and country."),
    )


def _conversion(row: Scenario) -> Table:
    raised = Alert.objects.filter(scenario=row.name, version=row.version)
    decided = AlertLabel.objects.filter(alert__in=raised)
    outcomes = AlertLabel.Outcome
    counted = {
        outcome: decided.filter(outcome=outcome).values("alert").distinct().count()
        for outcome in outcomes.values
    }
    return Table(
        title=_("What its alerts came to"),
        heads=[Head(_("What")), Head(_("Alerts"), numeric=True)],
        rows=[
            (_("raised"), raised.count()),
            *((label, counted[outcome]) for outcome, label in outcomes.choices),
        ],
        empty="",
    )


def _runs(row: Scenario) -> Table:
    return Table(
        title=_("Runs on history"),
        heads=[Head(_("Look-back")), Head(_("State")), Head(_("Found"), numeric=True)],
        rows=[
            (
                columns.link(LookBack, each.pk, str(each)),
                each.get_state_display(),
                each.found,
            )
            for each in row.look_backs.order_by("-id")[:10]
        ],
        empty=_("It was not run on history yet: run it before it takes effect."),
    )


def _versions(row: Scenario) -> Table:
    return Table(
        title=_("Versions"),
        heads=[Head(_("Version")), Head(_("State")), Head(_("What changed")), Head(_("By"))],
        rows=[
            (
                columns.link(Scenario, each.pk, each.version),
                each.get_state_display(),
                each.change_note or columns.NOTHING,
                each.created_by,
            )
            for each in Scenario.objects.filter(name=row.name).order_by("-version")[:20]
        ],
        empty="",
    )
