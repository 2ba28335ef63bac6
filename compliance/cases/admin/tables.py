"""The small tables of the case page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from compliance.cases import graph, links, queries, timeline
from compliance.cases.admin import words
from compliance.cases.models import Case
from compliance.cases.reasons import words_of
from compliance.identity.models import Identity
from exchange.core.models import Fact, FactKind
from exchange.portal import columns, panels
from exchange.portal.tables import Head, Table

MOST = 50
MOST_READ = 20_000  # facts behind a table of counts: the latest of a long history
CENT = Decimal("0.01")
SORTS = {
    timeline.FACT: columns.QUIET,
    timeline.ALERT: columns.WATCH,
    timeline.WORK: columns.INFO,
    timeline.ACCOUNT: columns.BAD,
}


def alerts(case: Case) -> Table:
    rows = case.alerts.select_related("alert").order_by("-alert__severity", "-id")[:MOST]
    return Table(
        title=_("Why: alerts"),
        heads=[
            Head(_("What")),
            Head(_("Severity"), numeric=True),
            Head(_("In figures"), sentence=True),
            Head(_("When")),
        ],
        rows=[
            (
                columns.link(type(row.alert), row.alert_id, row.alert.title),
                row.alert.severity,
                row.alert.explanation,
                columns.together(
                    [
                        columns.moment(row.alert.window_start),
                        "–",
                        columns.moment(row.alert.window_end),
                    ]
                ),
            )
            for row in rows
        ],
        empty=_("Alerts that join the case appear here."),
    )


def people(case: Case, ids: list[int], names: dict[int, str]) -> Table:
    """Everybody the case is about, with who they are to us."""
    known = {row.customer_id: row for row in Identity.objects.filter(customer_id__in=ids[:MOST])}
    rows = []
    for each in ids[:MOST]:
        who = known.get(each)
        rows.append(
            (
                columns.link("customer", each, names.get(each, f"#{each}")),
                (who.full_name if who else "") or columns.NOTHING,
                who.get_kind_display() if who else columns.NOTHING,
                who.birth_date.isoformat() if who and who.birth_date else columns.NOTHING,
                " / ".join(filter(None, (who.nationality, who.country))) if who else "—",
                (who.occupation if who else "") or columns.NOTHING,
                who.get_tier_display() if who else columns.NOTHING,
                who.get_risk_display() if who else _("not assessed"),
            )
        )
    return Table(
        title=_("Who it is about"),
        heads=[
            Head(_("Customer")),
            Head(_("Name")),
            Head(_("Kind")),
            Head(_("Born or founded")),
            Head(_("Nationality / country")),
            Head(_("Occupation")),
            Head(_("Tier")),
            Head(_("Risk")),
        ],
        rows=rows,
        empty=_("Something of our own: no customer is concerned."),
    )


def traces(ids: list[int]) -> list[Table]:
    """Addresses on the Internet, addresses on chains and counterparties, by how often lately."""
    latest = Fact.objects.filter(customer_id__in=ids[:200]).order_by("-at").values("pk")
    facts = Fact.objects.filter(pk__in=latest[:MOST_READ])
    ips = (
        facts.exclude(ip=None)
        .values("ip", "ip_country")
        .annotate(n=Count("id"), first=Min("at"), last=Max("at"))
        .order_by("-n")[:20]
    )
    addresses = (
        facts.exclude(address="")
        .values("address", "kind")
        .annotate(n=Count("id"), usd=Sum("usd"), last=Max("at"))
        .order_by("-n")[:20]
    )
    others = (
        facts.filter(counterparty_id__isnull=False)
        .exclude(kind__in=[FactKind.ORDER, FactKind.CANCEL])
        .values("counterparty_id", "kind")
        .annotate(n=Count("id"), usd=Sum("usd"), last=Max("at"))
        .order_by("-n")[:20]
    )
    kinds = dict(FactKind.choices)
    return [
        Table(
            title=_("IP addresses"),
            heads=[Head(_("Address")), Head(_("Country")), Head(_("Times"), numeric=True),
                   Head(_("First")), Head(_("Last"))],
            rows=[
                (columns.mono(row["ip"]), row["ip_country"] or columns.NOTHING, row["n"],
                 columns.moment(row["first"]), columns.moment(row["last"]))
                for row in ips
            ],
            empty=_("Nobody of them was seen from anywhere."),
        ),
        Table(
            title=_("Addresses on chains"),
            heads=[Head(_("Address")), Head(_("For")), Head(_("Times"), numeric=True),
                   Head(_("USD"), numeric=True), Head(_("Last"))],
            rows=[
                (columns.mono(row["address"]), kinds[row["kind"]], row["n"],
                 _usd(row["usd"]), columns.moment(row["last"]))
                for row in addresses
            ],
            empty=_("Nothing came from or went to a chain."),
        ),
        Table(
            title=_("Counterparties"),
            heads=[Head(_("Customer")), Head(_("In")), Head(_("Times"), numeric=True),
                   Head(_("USD"), numeric=True), Head(_("Last"))],
            rows=[
                (columns.link("customer", row["counterparty_id"], f"#{row['counterparty_id']}"),
                 kinds[row["kind"]], row["n"], _usd(row["usd"]), columns.moment(row["last"]))
                for row in others
            ],
            empty=_("They dealt with nobody of ours."),
        ),
    ]  # fmt: skip


def story(events: list[timeline.Event]) -> Table:
    sorts = {
        timeline.FACT: _("customer"),
        timeline.ALERT: _("alert"),
        timeline.WORK: _("our work"),
        timeline.ACCOUNT: _("account"),
    }
    return Table(
        title=_("Timeline"),
        heads=[Head(_("At")), Head(_("Whose")), Head(_("What")), Head(_("By"))],
        rows=[
            (
                columns.moment(event.at),
                columns.badge(SORTS[event.sort], sorts[event.sort]),
                event.words,
                event.by or columns.NOTHING,
            )
            for event in events
        ],
        empty=_("Nothing happened yet."),
    )


def transactions(rows: list[Fact], more_url: str) -> Table:
    return Table(
        title=_("Transactions"),
        heads=[
            Head(_("At")),
            Head(_("What")),
            Head(_("Customer")),
            Head(_("Amount"), numeric=True),
            Head(_("USD"), numeric=True),
            Head(_("Counterparty or address")),
            Head(_("From")),
        ],
        rows=[
            (
                columns.moment(row.at),
                row.get_kind_display(),
                columns.link("customer", row.customer_id, f"#{row.customer_id}"),
                columns.money(row.amount, row.asset),
                _usd(row.usd),
                columns.link("customer", row.counterparty_id, f"#{row.counterparty_id}")
                if row.counterparty_id
                else columns.mono(row.address or columns.NOTHING),
                columns.mono(f"{row.ip or '—'} {row.ip_country}".strip()),
            )
            for row in rows
        ],
        empty=_("Nothing matches. Widen the dates, or ask for another kind."),
        more_url=more_url,
        more_label=_("Older ones"),
    )


def notes(case: Case) -> Table:
    rows = case.notes.select_related("by").order_by("-id")[:MOST]
    return Table(
        title=_("Notes"),
        heads=[Head(_("At")), Head(_("By")), Head(_("Note"))],
        rows=[(columns.moment(row.at), row.by, row.text) for row in rows],
        empty=_("Nobody wrote a note yet: press o."),
    )


def evidence(case: Case) -> Table:
    rows = case.evidence.select_related("by").order_by("-id")[:MOST]
    return Table(
        title=_("Evidence"),
        heads=[
            Head(_("File")),
            Head(_("Kind")),
            Head(_("Size"), numeric=True),
            Head(_("SHA-256")),
            Head(_("From")),
            Head(_("At")),
        ],
        rows=[
            (
                format_html(
                    '<a href="{}">{}</a>', reverse("admin:case-evidence", args=[row.pk]), row.name
                ),
                row.kind,
                words.size(row.size),
                columns.mono(row.sha256),
                _("%(who)s (%(source)s)") % {"who": row.by, "source": row.get_source_display()},
                columns.moment(row.at),
            )
            for row in rows
        ],
        empty=_("No file was handed in."),
        note=_("Opening a file is written to the log."),
    )


def questions(case: Case, names: dict[int, str]) -> Table:
    rows = case.questions.select_related("asked_by").order_by("-id")[:MOST]
    return Table(
        title=_("Asked of customers"),
        heads=[Head(_("Asked")), Head(_("Whom")), Head(_("Question")), Head(_("State")),
               Head(_("Answer"))],
        rows=[
            (
                columns.moment(row.asked_at),
                names.get(row.customer_id, f"#{row.customer_id}"),
                row.text,
                _("%(state)s, due %(when)s")
                % {"state": row.get_state_display(), "when": columns.ago(row.due_at)}
                if row.state == "open"
                else row.get_state_display(),
                row.answer or columns.NOTHING,
            )
            for row in rows
        ],
        empty=_("Nobody was asked anything."),
    )  # fmt: skip


def linked(case: Case, ids: list[int]) -> Table:
    """Cases that somebody linked, and whatever there was before about the same people."""
    rows: dict[int, tuple[Any, ...]] = {}
    for link in links.links_of(case)[:MOST]:
        other = link.newer if link.older_id == case.pk else link.older
        rows[other.pk] = (other, link.why)
    for other in queries.earlier_of(case, ids):
        rows.setdefault(other.pk, (other, _("About one of the same people.")))
    return Table(
        title=_("Linked and earlier cases"),
        heads=[Head(_("Case")), Head(_("Stands")), Head(_("Why")), Head(_("Opened"))],
        rows=[
            (
                columns.link(Case, other.pk, other),
                words.state(other),
                why,
                columns.moment(other.opened_at),
            )
            for other, why in rows.values()
        ],
        empty=_("There was no case about any of them before."),
    )


def decisions(case: Case) -> Table:
    rows = case.decisions.select_related("by", "approved_by").order_by("-id")[:MOST]
    return Table(
        title=_("Decisions"),
        heads=[Head(_("At")), Head(_("Ending")), Head(_("Reason")), Head(_("Why")), Head(_("By")),
               Head(_("Second person")), Head(_("Overturned"))],
        rows=[
            (
                columns.moment(row.at),
                columns.badge(words.ENDINGS[row.disposition], row.get_disposition_display()),
                words_of(row.disposition, row.reason_code),
                row.rationale,
                row.by or columns.NOTHING,
                row.approved_by or columns.NOTHING,
                columns.moment(row.overturned_at),
            )
            for row in rows
        ],
        empty=_("Not decided yet."),
    )  # fmt: skip


def ties(found: graph.Graph) -> Table:
    """The graph in words: its edges, the weightiest first."""
    labels = {key: f"{KINDS[node.kind]()} {node.label}" for key, node in found.nodes.items()}
    kinds = {**dict(FactKind.choices), "access": _("seen with")}
    return Table(
        title=_("Ties in words"),
        heads=[
            Head(_("From")),
            Head(_("To")),
            Head(_("What")),
            Head(_("Times"), numeric=True),
            Head(_("USD"), numeric=True),
            Head(_("First")),
            Head(_("Last")),
        ],
        rows=[
            (
                labels[edge.source],
                labels[edge.target],
                kinds[edge.kind],
                edge.count,
                _usd(edge.usd),
                columns.moment(edge.first),
                columns.moment(edge.last),
            )
            for edge in found.edges[:100]
        ],
        empty=_("Nothing ties them to anybody in this time."),
        note=_("%(n)s more neighbours did not fit.") % {"n": found.left_out}
        if found.left_out
        else "",
    )


KINDS = {
    graph.CUSTOMER: lambda: _("customer"),
    graph.ADDRESS: lambda: _("address"),
    graph.DEVICE: lambda: _("device"),
    graph.IP: lambda: _("IP"),
}


def panels_of(request: HttpRequest, customer: Any) -> list[Table]:
    """What every room knows of one of the people."""
    if customer is None:
        return []
    return [
        table
        for panel, table in panels.shown_to(request, customer)
        if panel.name != "compliance.cases.admin.panels.cases"
    ]


def _usd(amount: Any) -> Any:
    return columns.money(None if amount is None else amount.quantize(CENT))
