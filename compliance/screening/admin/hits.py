"""Staff screens: every hit, with both sides as they were compared."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.screening import decide, explain
from compliance.screening.models import Blocking, Hit
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table

TONES = {
    Hit.State.OPEN: columns.WATCH,
    Hit.State.UNSURE: columns.WATCH,
    Hit.State.TRUE: columns.BAD,
    Hit.State.FALSE: columns.OK,
    Hit.State.SUPERSEDED: columns.QUIET,
}


def several(values: Any) -> Any:
    """One below the other; nothing as nothing."""
    found = [str(value) for value in values if value]
    if not found:
        return columns.NOTHING
    return format_html_join("", "<div>{}</div>", ((value,) for value in found[:12]))


def sides(hit: Hit) -> Table:
    """What the customer and the list say, beside each other."""
    mine, listed = hit.theirs, hit.listed
    roles = {"weak": _("weak"), "former": _("former")}
    names = [
        f"{text} ({roles[role]})" if role in roles else text
        for text, role in listed.get("names", [])
    ]
    rows = [
        (_("Name"), mine.get("name") or mine.get("address", ""), decide.listed_name(hit)),
        (_("All names"), several(mine.get("names", [])), several(names)),
        (_("Kind"), mine.get("kind") or columns.NOTHING, listed.get("kind") or columns.NOTHING),
        (_("Born"), several(mine.get("births", [])), several(listed.get("births", []))),
        (_("Countries"), several(mine.get("countries", [])), several(listed.get("countries", []))),
        (
            _("Of"),
            columns.link("customer", hit.customer_id, f"customer {hit.customer_id}, {hit.subject}"),
            f"{listed.get('source', '')} {listed.get('uid', '')}",
        ),
        (_("Papers"), columns.NOTHING, several(listed.get("documents", []))),
        (_("Programmes"), columns.NOTHING, several(listed.get("programmes", []))),
        (_("Remarks"), columns.NOTHING, str(listed.get("remarks", ""))[:900] or columns.NOTHING),
    ]
    return Table(
        title=_("Both sides"),
        heads=[Head(_("What")), Head(_("Our customer")), Head(_("The list"))],
        rows=rows,
        empty="",
    )


def parts(hit: Hit) -> Table:
    return Table(
        title=_("How the score of %(score)s came about") % {"score": hit.score},
        heads=[Head(_("Found")), Head(_("Of the score"), numeric=True)],
        rows=[(explain.words_of(part), explain.effect_of(part)) for part in hit.parts[:40]],
        empty=_("Nothing was compared."),
        note=_("Of 1000; from 700 on a person has to look."),
    )


@admin.register(Hit)
class HitAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 22),)
    menu_label = gettext_lazy("Screening hits")
    opens_with: ClassVar = {"state": filters.WAITING}
    says = gettext_lazy("Whom a list may name, what was compared, and what was decided.")
    empty_says = gettext_lazy("Hits appear here when a customer may be whom a list names.")
    list_select_related = ("customer__user",)
    lookups = (
        lookups.by_id(Hit),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: (
                Hit.objects.filter(customer_id=number)
                .order_by("-pk")
                .values_list("pk", flat=True)[: lookups.MOST_HITS]
            ),
        ),
    )
    list_filter = (
        filters.choice(
            field="state",
            title=gettext_lazy("state"),
            options=Hit.State.choices,
            waiting=Hit.WAITING,
        ),
    )
    list_display = (
        columns.computed("hit", gettext_lazy("hit"), lambda row: row.pk),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("score", gettext_lazy("score"), lambda row: row.score),
        columns.computed("mine", gettext_lazy("our customer"), lambda row: row.subject_name),
        columns.computed("listed", gettext_lazy("the list"), decide.listed_name),
        columns.computed(
            "source", gettext_lazy("source"), lambda row: row.listed.get("source", "")
        ),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.customer_id, row.customer),
        ),
        columns.when("raised_at", gettext_lazy("raised")),
    )
    numeric = ("score",)
    sections = (
        (gettext_lazy("Hit"), list_display[1:]),
        (
            gettext_lazy("Decision"),
            (
                columns.when("decided_at", gettext_lazy("decided")),
                columns.identifier("decided_by", gettext_lazy("by")),
                "reason",
                "customer_version",
                "entry_version",
                columns.computed("blocked", gettext_lazy("blocked since"), lambda row: _since(row)),
            ),
        ),
    )

    def headline(self, row: Hit) -> Any:
        return columns.badge(TONES[Hit.State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: Hit) -> list[Table]:
        return [sides(row), parts(row)]


def _since(hit: Hit) -> Any:
    blocking = Blocking.objects.filter(hit=hit).first()
    return columns.moment(blocking.known_at) if blocking is not None else columns.NOTHING
