"""Staff screen: proposals to vote on, from review to what was done about them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.money import plain
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.governance import queries
from launchpad.governance.admin import actions
from launchpad.governance.models import VoteProposal
from launchpad.governance.power import in_bmx
from launchpad.governance.states import COUNTED, PUBLIC, Excluded, Kind, State

TONES = {
    State.DRAFT: columns.QUIET,
    State.REVIEW: columns.WATCH,
    State.DECLINED: columns.QUIET,
    State.PUBLISHED: columns.OK,
    State.OPEN: columns.OK,
    State.COUNTING: columns.WATCH,
    State.CLOSED: columns.QUIET,
    State.EXECUTED: columns.QUIET,
    State.WITHDRAWN: columns.QUIET,
}


@admin.register(VoteProposal)
class VoteProposalAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 20),)
    menu_label = gettext_lazy("Votes")
    says = gettext_lazy(
        "What is proposed, voted on and decided. Votes open and close by themselves."
    )
    empty_says = gettext_lazy("Proposals appear here when customers, staff or listings make them.")
    big = True
    lookups = (lookups.by_id(VoteProposal), lookups.by_text(VoteProposal, "subject", "subject"))
    list_filter = (
        filters.choice(field="state", title=gettext_lazy("state"), options=State.choices),
        filters.choice(field="kind", title=gettext_lazy("kind"), options=Kind.choices),
    )
    list_select_related = ("carried",)
    row_actions = (
        actions.Publish,
        actions.SendBack,
        actions.Decline,
        actions.Withdraw,
        actions.CarryOver,
        actions.PayGrant,
        actions.NoteDone,
    )
    list_display = (
        "title",
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed(
            "outcome", gettext_lazy("outcome"), lambda row: row.get_outcome_display() or "–"
        ),
        "proposed_by",
        columns.when("closes_at", gettext_lazy("closes")),
    )
    sections = (
        (
            gettext_lazy("Proposal"),
            (
                columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
                "text",
                "subject",
                "proposed_by",
                columns.computed(
                    "change",
                    gettext_lazy("parameter"),
                    lambda row: (
                        f"{row.parameter} {row.parameter_target} → {row.parameter_value}"
                        if row.parameter
                        else "–"
                    ),
                ),
                columns.computed(
                    "grant",
                    gettext_lazy("grant, paid of at most"),
                    lambda row: (
                        f"{plain(row.granted)} / {plain(row.grant_amount)} BMX"
                        if row.grant_amount
                        else "–"
                    ),
                ),
                columns.when("submitted_at", gettext_lazy("handed in")),
            ),
        ),
        (
            gettext_lazy("Rules"),
            (
                columns.computed(
                    "method", gettext_lazy("way to vote"), lambda row: row.get_method_display()
                ),
                columns.computed(
                    "tally", gettext_lazy("tally"), lambda row: row.get_tally_display()
                ),
                columns.computed(
                    "quorum", gettext_lazy("quorum"), lambda row: f"{row.quorum_bps / 100:g} %"
                ),
                columns.computed(
                    "threshold",
                    gettext_lazy("threshold"),
                    lambda row: f"{row.threshold_bps / 100:g} %",
                ),
                columns.when("snapshot_at", gettext_lazy("snapshot")),
                columns.when("opens_at", gettext_lazy("opens")),
                columns.when("closes_at", gettext_lazy("closes")),
            ),
        ),
        (
            gettext_lazy("What became of it"),
            (
                "reviewed_by",
                columns.computed(
                    "review", gettext_lazy("review"), lambda row: row.get_review_code_display()
                ),
                "review_note",
                "withdrawn_because",
                columns.computed("root", gettext_lazy("root"), lambda row: columns.mono(row.root)),
                columns.related(
                    "carried",
                    gettext_lazy("carried over"),
                    "proposal",
                    lambda row: (row.carried_id, row.carried),
                ),
                "execution_note",
                "executed_by",
            ),
        ),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[VoteProposal] | None:
        if not request.user.has_perm("launchpad.review_voteproposal"):
            return None
        return VoteProposal.objects.filter(state=State.REVIEW)

    def headline(self, row: VoteProposal) -> Any:
        words = row.get_state_display()
        if row.outcome:
            words = f"{words} · {row.get_outcome_display()}"
        badge = columns.badge(TONES[State(row.state)], words)
        if row.state not in PUBLIC:
            return badge
        address = reverse("vote", args=[row.pk])
        seen = format_html('<a href="{}">{}</a>', address, _("As customers see it"))
        return columns.together([badge, seen])

    def row_title(self, row: VoteProposal) -> str:
        return row.title

    def tables(self, request: HttpRequest, row: VoteProposal) -> list[Table]:
        parts = [_parts(row)] if row.grant_amount else []
        return [_options(row), *parts, _left_out(row), _comments(row)]


def _options(row: VoteProposal) -> Table:
    """The answers, with what they got once that is known to everybody."""
    found = queries.result_of(row) or {"options": []}
    got = {each["key"]: each for each in found["options"]}
    return Table(
        title=_("Options"),
        heads=[
            Head(_("Key")),
            Head(_("Option")),
            Head(_("When it wins")),
            Head(_("Power"), numeric=True),
            Head(_("Accounts"), numeric=True),
        ],
        rows=[
            (
                option.key,
                option.title,
                option.get_role_display(),
                columns.money(in_bmx(got[option.key]["power"]), "BMX") if got else "–",
                columns.whole(got[option.key]["accounts"]) if got else "–",
            )
            for option in row.options.all()
        ],
        empty=_("It has no options."),
        note=_("Hidden until the close.") if not got and row.state not in COUNTED else "",
    )


def _left_out(row: VoteProposal) -> Table:
    """How many accounts were left out by each rule: how many, and never who voted for what."""
    rows = list(row.exclusions.values_list("rule", "units")[:1000])
    return Table(
        title=_("Left out by rule"),
        heads=[Head(_("Rule")), Head(_("Accounts"), numeric=True), Head("BMX", numeric=True)],
        rows=[
            (
                Excluded(rule).label,
                columns.whole(sum(1 for each, _u in rows if each == rule)),
                columns.money(in_bmx(sum(int(u) for each, u in rows if each == rule)), "BMX"),
            )
            for rule in sorted({rule for rule, _u in rows})
        ],
        empty=_("Nobody was left out."),
    )


def _comments(row: VoteProposal) -> Table:
    newest = list(row.comments.order_by("-pk")[:10])
    return Table(
        title=_("Newest comments"),
        heads=[Head(_("When")), Head(_("Who")), Head(_("What"))],
        rows=[
            (
                columns.moment(each.at),
                each.name,
                columns.link("proposalcomment", each.pk, each.text[:120]),
            )
            for each in newest
        ],
        empty=_("Nobody has said anything yet."),
    )


def _parts(row: VoteProposal) -> Table:
    """What was paid of a grant."""
    return Table(
        title=_("Parts of the grant"),
        heads=[
            Head(_("When")), Head(_("Customer")), Head(_("Amount"), numeric=True),
            Head(_("For")), Head(_("Asked by")), Head(_("Approved by")),
        ],
        rows=[
            (
                columns.moment(each.at),
                columns.link("customer", each.customer_id, each.customer_id),
                columns.money(each.amount, "BMX"),
                each.note,
                each.asked_by,
                each.approved_by,
            )
            for each in row.parts.all()[:100]
        ],
        empty=_("Nothing is paid yet."),
    )  # fmt: skip
