"""The desk: what waits, the most urgent first; one key takes the next case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import hold, queries
from compliance.cases.admin import words
from compliance.cases.models import Case, CaseQuestion
from compliance.cases.states import PERMISSIONS, Queue
from compliance.monitoring import runs
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

MOST = 50


@page(
    desk=COMPLIANCE,
    path="compliance/cases/",
    name="cases-desk",
    label=gettext_lazy("Cases to work"),
    says=gettext_lazy("What waits on each desk, the most urgent first. Press n for the next case."),
    permission="compliance.see_filings",
    order=5,
)
def cases_desk(request: HttpRequest) -> HttpResponse:
    """?queue= shows one desk. Posted to, it claims the most urgent free case and opens it."""
    actor = actor_of(request)
    works = any(actor.may(permission) for permission in PERMISSIONS.values())
    if request.method == "POST":
        return _next(request, actor)
    queue = request.GET.get("queue", "")
    queue = queue if queue in Queue.values else ""
    mine = queries.in_order(owner_id=actor.user_id, limit=MOST)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "works": works,
        "ask_for_next": works and "next" in request.GET,
        "queue": queue,
        "look_back": runs.under_way(),
        "queues": [
            {
                "key": row.queue,
                "name": Queue(row.queue).label,
                "row": row,
                "mine": actor.may(PERMISSIONS[row.queue]),
            }
            for row in queries.waiting()
        ],
        "tables": [
            *_seconds(actor),
            _table(_("Yours"), mine, _("You have claimed nothing. Press n to take the next case.")),
            _table(
                _("By urgency"),
                queries.in_order(queue=queue, limit=MOST),
                _("Nothing waits. Cases open by themselves when a scenario raises an alert."),
            ),
        ],
    }
    return TemplateResponse(request, "admin/compliance/desk.html", context)


def _next(request: HttpRequest, actor: Any) -> HttpResponse:
    try:
        case = hold.claim_next(actor=actor)
    except Refused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("admin:cases-desk"))
    if case is None:
        messages.info(request, _("Nothing waits that nobody has claimed."))
        return HttpResponseRedirect(reverse("admin:cases-desk"))
    return HttpResponseRedirect(columns.admin_url(Case, case.pk))


def _seconds(actor: Any) -> list[Table]:
    """What waits for this person's word; no table when nothing does."""
    rows = queries.seconds_for(actor, MOST)
    if not rows:
        return []
    return [
        Table(
            title=_("Wait for you as the second person"),
            heads=[
                Head(_("Case")),
                Head(_("What")),
                Head(_("By")),
                Head(_("Proposed")),
                Head(_("Expires")),
            ],
            rows=[
                (
                    columns.link(Case, case.pk, case),
                    row.summary,
                    row.proposed_by,
                    columns.moment(row.proposed_at),
                    columns.ago(row.expires_at),
                )
                for case, row in rows
            ],
            empty="",
        )
    ]


def _asked(state: str | None) -> Any:
    if state is None:
        return columns.NOTHING
    tone = columns.OK if state == CaseQuestion.State.ANSWERED else columns.QUIET
    return columns.badge(tone, CaseQuestion.State(state).label)


def _table(title: str, rows: list[Case], empty: str) -> Table:
    asked = queries.answers_of([row.pk for row in rows])
    return Table(
        title=title,
        heads=[
            Head(_("Case"), short=True),
            Head(_("About")),
            Head(_("Desk")),
            Head(_("Priority"), numeric=True),
            Head(_("Severity"), numeric=True),
            Head(_("Exposure, USD"), numeric=True),
            Head(_("Our clock")),
            Head(_("Asked")),
            Head(_("Owner")),
        ],
        rows=[
            (
                columns.link(Case, row.pk, row),
                words.about(row),
                words.state(row),
                words.urgency(row),
                row.severity,
                columns.money(row.exposure_usd),
                words.due(row),
                _asked(asked.get(row.pk)),
                words.whose_name(row),
            )
            for row in rows
        ],
        empty=empty,
    )
