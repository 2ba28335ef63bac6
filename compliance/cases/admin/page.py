"""One case on one page: why, who, what they did, who they are tied to, what we did, what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from compliance.cases import dispose, graph, money, queries, sections, timeline
from compliance.cases.admin import acts, charts, tables, words
from compliance.cases.models import Case
from compliance.cases.states import State
from exchange.accounts.actors import actor_of
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.core.foreign import amount_of, whole_of
from exchange.portal import columns
from exchange.portal.downloads import asked_day

DAYS_BACK = 90


class Offered(NamedTuple):
    """An act with its form, and whether the form stands open because something was amiss."""

    act: acts.Act
    form: Any
    open: bool


def show(request: HttpRequest, case: Case, frame: dict[str, Any]) -> HttpResponse:
    """The page; posted to, it does one act and comes back."""
    actor = actor_of(request)
    ids = queries.people_of(case)
    names = _names(ids)
    bound: tuple[str, Any] = ("", None)
    if request.method == "POST":
        name, form = _posted(request, case, actor, ids, names)
        if form is None:
            return HttpResponseRedirect(_after(request, case, frame["own_url"], name))
        bound = (name, form)
        case.refresh_from_db()
    elif request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    context = {
        **frame,
        **_what(case),
        **_to_do(case, actor, ids, names, bound),
        **_history(request, case, ids),
        **_people(request, case, ids, names),
        "records": [
            ("notes", tables.notes(case)),
            ("evidence", tables.evidence(case)),
            ("questions", tables.questions(case, names)),
            ("linked", tables.linked(case, ids)),
            ("decisions", tables.decisions(case)),
            *sections.shown_to(request, case),
        ],
    }
    status = 422 if bound[1] is not None else 200
    return TemplateResponse(request, "admin/compliance/case.html", context, status=status)


def choice_of(request: HttpRequest, ids: list[int]) -> money.Choice:
    """What the filters above the transactions ask for; nonsense asks for nothing."""
    who = request.GET.get("person", "")
    least = request.GET.get("least", "")
    until = asked_day(request, "until")
    amount = amount_of(least)
    before = _moment(request.GET.get("before", ""))
    wanted = whole_of(who)
    return money.Choice(
        group=request.GET.get("kind", "money"),
        asset=request.GET.get("asset", "").strip().upper()[:20],
        address=request.GET.get("address", "").strip()[:128],
        customer_id=wanted if wanted in ids else None,
        least_usd=amount or None,
        since=asked_day(request, "since") or clock.now() - timedelta(days=DAYS_BACK),
        until=before or (until + timedelta(days=1) if until else None),
    )


def look_of(request: HttpRequest, case: Case) -> graph.Look:
    """How far the reader wants to look; within bounds whatever is asked."""
    hops = request.GET.get("hops", "1")
    least = request.GET.get("least", "")
    days = request.GET.get("days", "")
    back = whole_of(days) or DAYS_BACK * 2
    until = clock.now()
    return graph.Look(
        since=until - timedelta(days=min(max(back, 1), 3650)),
        until=until,
        hops=int(hops) if hops in ("1", "2", "3") else 1,
        least_usd=amount_of(least) or Decimal(0),
        expand=tuple(request.GET.getlist("expand")[:20]),
    )


def _posted(
    request: HttpRequest, case: Case, actor: Actor, ids: list[int], names: dict[int, str]
) -> tuple[str, Any]:
    """Run what was posted. (name, None) when it was done, (name, form) when something is amiss."""
    act = acts.BY_NAME.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("no such act")
    form = act.form(request.POST, request.FILES, case=case, people=_choices(ids, names))
    if not form.is_valid():
        return act.name, form
    try:
        said = act.run(case, actor, form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return act.name, form
    messages.success(request, said)
    return act.name, None


def _after(request: HttpRequest, case: Case, own_url: str, name: str) -> str:
    """Back to the page; having ended or handed on a case, to the next, when that is asked for."""
    if name in ("dispose", "hand-on") and request.POST.get("then") == "next":
        return f"{reverse('admin:cases-desk')}?next=1"
    return own_url


def _what(case: Case) -> dict[str, Any]:
    now = clock.now()
    facts = [
        (_("Priority"), words.urgency(case)),
        (_("Made of"), words.made_of(case)),
        (_("Our clock"), words.due(case)),
        (_("Facts first known"), columns.moment(case.facts_known_at)),
        (_("Days since then"), (now - case.facts_known_at).days),
        (_("First alert raised"), columns.moment(case.raised_at)),
        (_("In this queue since"), columns.moment(case.queued_at)),
        (_("Owner"), words.whose(case)),
        (_("Opened again"), _("%(n)s times") % {"n": case.reopened}),
    ]
    if case.look_again_at:
        facts.append((_("Look again"), columns.moment(case.look_again_at)))
    return {
        "headline": columns.together(
            [words.state(case), words.due(case)]
            + ([columns.badge(columns.BAD, _("sanctions"))] if case.sanctions else [])
        ),
        "facts": facts,
        "about": words.about(case),
        "alerts": tables.alerts(case),
        "closed": case.state == State.CLOSED,
    }


def _to_do(
    case: Case,
    actor: Actor,
    ids: list[int],
    names: dict[int, str],
    bound: tuple[str, Any],
) -> dict[str, Any]:
    people = _choices(ids, names)
    offered: list[Offered] = []
    for act in acts.ACTS:
        if not act.when(case, actor):
            continue
        mine = act.name == bound[0] and bound[1] is not None
        form = bound[1] if mine else act.form(case=case, people=people)
        offered.append(Offered(act, form, mine))
    waiting = dispose.pending(case.pk) if case.state == State.OPEN else None
    lost = bound[1] is not None and bound[0] not in {each.act.name for each in offered}
    return {
        "buttons": [each for each in offered if not each.form.fields],
        "acts": [each for each in offered if each.form.fields],
        "waiting": waiting,
        "waiting_is_mine": waiting is not None and waiting.proposed_by_id == actor.user_id,
        "lost_errors": list(bound[1].non_field_errors()) if lost else [],
        "open_questions": [
            row
            for row in case.questions.filter(state="open").order_by("id")[:20]
            if case.owner_id == actor.user_id
        ],
    }


def _history(request: HttpRequest, case: Case, ids: list[int]) -> dict[str, Any]:
    choice = choice_of(request, ids)
    rows = money.transactions(people=ids, choice=choice)
    older = ""
    if len(rows) == money.PAGE:
        kept = {key: str(value) for key, value in request.GET.items() if key != "before"}
        older = f"?{urlencode({**kept, 'before': rows[-1].at.isoformat()})}#transactions"
    look = look_of(request, case)
    return {
        "chart": charts.flows(timeline.chart_of(case, ids)),
        "story": tables.story(timeline.events_of(case, ids)),
        "transactions": tables.transactions(rows, older),
        "choice": choice,
        "groups": [(key, label) for key, label in _groups().items()],
        "ties": tables.ties(graph.around(people=ids, look=look)),
        "look": look,
        "graph_url": reverse("admin:case-graph", args=[case.pk]),
    }


def _people(
    request: HttpRequest, case: Case, ids: list[int], names: dict[int, str]
) -> dict[str, Any]:
    chosen = whole_of(request.GET.get("who", ""))
    who = chosen if chosen in ids else None
    key = who or case.customer_id or (ids[0] if ids else None)
    customer = Customer.objects.select_related("user").filter(pk=key).first() if key else None
    return {
        "people": _choices(ids, names)[:50],
        "who": customer,
        "who_table": tables.people(case, ids, names),
        "panels": [*tables.traces(ids), *tables.panels_of(request, customer)],
    }


def _names(ids: list[int]) -> dict[int, str]:
    rows = Customer.objects.filter(pk__in=ids).select_related("user")
    return {row.pk: f"#{row.pk} {row}" for row in rows}


def _choices(ids: list[int], names: dict[int, str]) -> list[tuple[int, str]]:
    return [(each, names.get(each, f"#{each}")) for each in ids]


def _groups() -> dict[str, str]:
    return {
        "money": _("all money"),
        "deposits": _("deposits"),
        "withdrawals": _("withdrawals"),
        "transfers": _("transfers between customers"),
        "trades": _("trades"),
        "access": _("logins, devices, addresses"),
    }


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
