"""Staff screens: look-backs, how far each is, and what it says before anything takes effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.monitoring import runs, versions
from compliance.monitoring.admin import charts
from compliance.monitoring.models import LookBack
from exchange.accounts.models import Customer
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

State = LookBack.State
TONES = {
    State.WAITING: columns.INFO,
    State.RUNNING: columns.INFO,
    State.DONE: columns.OK,
    State.FAILED: columns.BAD,
    State.STOPPED: columns.QUIET,
}


class Stop(StaffAction):
    name = "stop"
    label = gettext_lazy("Stop")
    permission = versions.DRAFT
    icon = "pause"
    intro = gettext_lazy("What it has put into the queue stays there.")

    def preview(self, row: LookBack) -> str:
        return progress(row)

    def skips(self, row: LookBack) -> str:
        return "" if row.state in runs.OPEN else _("it has ended")

    def run(self, *, row: LookBack, actor: Actor, values: dict[str, Any]) -> str:
        runs.stop(look_back_id=row.pk, actor=actor, reason=values["reason"])
        return _("is stopped")


def progress(row: LookBack) -> str:
    share = 100 * row.steps_done // max(row.steps, 1)
    return _("%(done)s of %(all)s steps (%(share)s %%)") % {
        "done": row.steps_done,
        "all": row.steps,
        "share": share,
    }


@admin.register(LookBack)
class LookBackAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 51),)
    menu_label = gettext_lazy("Look-backs")
    says = gettext_lazy("Scenarios over the past: to find what was missed, and to try a draft.")
    empty_says = gettext_lazy("Run a scenario on history from its page.")
    big = False
    ordering = ("-pk",)
    list_select_related = ("scenario", "champion")
    lookups = (lookups.by_id(LookBack),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    row_actions = (Stop,)
    numeric = ("found", "raised", "facts")
    change_form_template = "compliance/monitoring/alert.html"
    list_display = (
        columns.identifier("pk", gettext_lazy("look-back")),
        columns.computed(
            "what", gettext_lazy("of"), lambda row: str(row.scenario or _("every active one"))
        ),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("progress", gettext_lazy("progress"), progress),
        "found",
        "raised",
        columns.when("asked_at", gettext_lazy("asked")),
    )
    sections = (
        (
            gettext_lazy("Look-back"),
            (
                *list_display[1:4],
                columns.when("since", gettext_lazy("from")),
                columns.when("until", gettext_lazy("to")),
                "facts",
                "doing",
                "error",
            ),
        ),
        (
            gettext_lazy("Who and when"),
            (
                columns.identifier("asked_by", gettext_lazy("asked by")),
                "reason",
                columns.when("started_at", gettext_lazy("started")),
                columns.when("touched_at", gettext_lazy("last step")),
                columns.when("ended_at", gettext_lazy("ended")),
            ),
        ),
    )

    def headline(self, row: LookBack) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: LookBack) -> Any:
        return "" if row.state not in runs.OPEN else progress(row)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = list(_charts(row)) if row is not None else []
        return super().change_view(
            request, object_id, form_url, {"charts": shown, **(extra_context or {})}
        )

    def tables(self, request: HttpRequest, row: LookBack) -> list[Table]:
        return [_by_scenario(row), *_compared(row), *_lines(row)]


def _charts(row: LookBack) -> Iterator[charts.Lines]:
    counted = [(name, each.get("found", 0), "new") for name, each in row.figures.items()]
    drawings = [charts.beside(_("What it found"), sorted(counted), unit=_("alerts"))]
    for each in row.figures.values():
        if compared := each.get("compared"):
            parts = [
                (_("active now"), compared["champion"]["alerts"], "old"),
                (_("this draft"), compared["challenger"]["alerts"], "new"),
                (_("the same in both"), compared["kept"], "other"),
                (_("only in the draft"), compared["gained"], "new"),
                (_("lost by the draft"), compared["lost"], "old"),
            ]
            drawings.append(
                charts.beside(_("Draft against the active version"), parts, unit=_("alerts"))
            )
        for line in each.get("lines", []):
            parts = [
                (
                    f"{line['parameter']} {line['value']} ({_('above the line')})",
                    line["above"]["alerts"],
                    "new",
                ),
                (
                    f"{line['parameter']} {_shown(line['looser'])} ({_('below the line')})",
                    line["below"]["alerts"],
                    "other",
                ),
            ]
            drawings.append(
                charts.beside(
                    _("Above and below the line of %(name)s") % {"name": line["parameter"]},
                    parts,
                    unit=_("alerts"),
                )
            )
    yield from (each for each in drawings if each is not None)


def _by_scenario(row: LookBack) -> Table:
    return Table(
        title=_("By scenario"),
        heads=[
            Head(_("Scenario")),
            Head(_("Found"), numeric=True),
            Head(_("New in the queue"), numeric=True),
            Head(_("Decided"), numeric=True),
            Head(_("Productive"), numeric=True),
        ],
        rows=[
            (
                name,
                _("can't be judged: facts of a needed kind are missing")
                if each.get("cannot_judge")
                else each.get("found", 0),
                each.get("raised", columns.NOTHING),
                each.get("decided", columns.NOTHING),
                each.get("productive", columns.NOTHING),
            )
            for name, each in sorted(row.figures.items())
        ],
        empty=_("No step has finished yet."),
    )


def _compared(row: LookBack) -> Iterator[Table]:
    for each in row.figures.values():
        if compared := each.get("compared"):
            yield _sample(_("Only in the draft (sample)"), compared["gained_sample"])
            yield _sample(_("Lost by the draft (sample)"), compared["lost_sample"])


def _lines(row: LookBack) -> Iterator[Table]:
    for each in row.figures.values():
        for line in each.get("lines", []):
            yield _sample(
                _("Below the line of %(name)s (sample to look at)") % {"name": line["parameter"]},
                line["below_sample"],
            )


def _sample(title: str, found: list[dict[str, Any]]) -> Table:
    return Table(
        title=title,
        heads=[Head(_("Customer")), Head(_("At")), Head(_("What it says"))],
        rows=[
            (
                columns.link(Customer, each.get("user"), each.get("user")),
                str(each.get("at", columns.NOTHING)),
                each.get("explanation", columns.NOTHING),
            )
            for each in found
        ],
        empty=_("None."),
    )


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
