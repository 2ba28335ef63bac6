"""The small tables of a listing's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from exchange.portal import columns
from exchange.portal.tables import Head, Table
from launchpad.listings import checklist, checks, criteria, queries, screen
from launchpad.listings.models import ChainFinding, Listing, ScreenedName
from launchpad.listings.states import Stage
from launchpad.listings.words import Paper

TONES = {
    Stage.DRAFT: columns.QUIET,
    Stage.SUBMITTED: columns.WATCH,
    Stage.CHECKS: columns.INFO,
    Stage.DILIGENCE: columns.INFO,
    Stage.VOTE: columns.INFO,
    Stage.COMMITTEE: columns.WATCH,
    Stage.APPROVED: columns.OK,
    Stage.SCHEDULED: columns.OK,
    Stage.DEPOSITS: columns.OK,
    Stage.TRADING: columns.OK,
    Stage.WITHDRAWALS: columns.OK,
    Stage.LISTED: columns.OK,
    Stage.WARNED: columns.BAD,
    Stage.DELISTING: columns.BAD,
    Stage.CLOSED: columns.BAD,
    Stage.WINDOW: columns.WATCH,
    Stage.DELISTED: columns.QUIET,
    Stage.REFUSED: columns.QUIET,
    Stage.WITHDRAWN: columns.QUIET,
}
VERDICTS = {
    ChainFinding.Verdict.GOOD: columns.OK,
    ChainFinding.Verdict.NOTE: columns.WATCH,
    ChainFinding.Verdict.BAD: columns.BAD,
    ChainFinding.Verdict.UNKNOWN: columns.QUIET,
}
NAMES = {
    ScreenedName.State.CLEAR: columns.OK,
    ScreenedName.State.OPEN: columns.WATCH,
    ScreenedName.State.FALSE: columns.OK,
    ScreenedName.State.TRUE: columns.BAD,
}


def diligence(listing: Listing, result: checklist.Result) -> Table:
    papers: dict[str, Any] = {}
    return Table(
        title=_("Due diligence"),
        note=_("%(total)s %% so far, %(open)s not judged; %(least)s %% carry it.")
        % {"total": result.so_far, "open": result.open, "least": checklist.LEAST_TOTAL},
        heads=[
            Head(_("Item")),
            Head(_("Weight"), numeric=True),
            Head(_("Score of 4"), numeric=True),
            Head(_("Shown by")),
            Head(_("Note")),
            Head(_("By")),
        ],
        rows=[_item(each, papers) for each in result.items],
        empty=_("This class has no checklist."),
    )


def _item(each: checklist.Standing, papers: dict[str, Any]) -> tuple[Any, ...]:
    name = format_html(
        '<strong>{}</strong><br><span class="quiet">{}</span>', each.item.title, each.item.question
    )
    if each.scored is None:
        return (name, each.item.weight, columns.NOTHING, columns.NOTHING, "", columns.NOTHING)
    score: Any = each.scored.score
    if each.blocks:
        score = columns.together([score, columns.badge(columns.BAD, _("blocks"))])
    return (
        name,
        each.item.weight,
        score,
        each.scored.evidence,
        each.scored.note,
        columns.together([each.scored.by, columns.moment(each.scored.at)]),
    )


def chain(listing: Listing) -> Table:
    run = checks.newest(listing)
    waiting = listing.chain_checks.filter(state="asked").exists()
    note = ""
    if waiting:
        note = _("Being read now; look again in a moment.")
    elif run is not None and run.error:
        note = run.error
    elif run is not None:
        note = _("Read at block %(height)s, %(when)s UTC.") % {
            "height": run.height,
            "when": f"{run.done_at:%Y-%m-%d %H:%M}",
        }
    found = list(run.findings.order_by("id")) if run is not None else []
    return Table(
        title=_("On its chain"),
        note=note,
        heads=[Head(_("What")), Head(_("Verdict")), Head(_("Found"))],
        rows=[
            (
                each.key.replace("_", " "),
                columns.badge(
                    VERDICTS[ChainFinding.Verdict(each.verdict)], each.get_verdict_display()
                ),
                _with_rows(each),
            )
            for each in found
        ],
        empty=_("Nothing was read yet. Press b to have its contract read."),
    )


def _with_rows(each: ChainFinding) -> Any:
    if not each.rows:
        return each.says
    largest = ", ".join(f"{who[:10]}… {share / 100:.1f} %" for who, _units, share in each.rows[:5])
    return format_html('{}<br><span class="quiet">{}</span>', each.says, largest)


def names(listing: Listing) -> Table:
    return Table(
        title=_("Screened"),
        heads=[Head(_("Who")), Head(_("Name")), Head(_("Stands")), Head(_("Closest on the lists"))],
        rows=[
            (
                row.who,
                row.name,
                columns.badge(NAMES[ScreenedName.State(row.state)], row.get_state_display()),
                ", ".join(
                    f"{m['name']} ({m['source']}, {m['score'] / 10:.0f} %)" for m in row.matches[:3]
                )
                or columns.NOTHING,
            )
            for row in screen.standing(listing)
        ],
        empty=_("Names are screened as soon as the application is taken up."),
    )


def team(listing: Listing) -> Table:
    return Table(
        title=_("Team"),
        heads=[Head(_("Name")), Head(_("Role")), Head(_("Country")), Head(_("Owns"), numeric=True)],
        rows=[
            (row.name, row.role, jurisdictions.name_of(row.country), f"{row.owns_percent} %")
            for row in listing.team.order_by("id")
        ],
        empty=_("Nobody is named."),
    )


def documents(listing: Listing, may_see: bool) -> Table:
    def shown(row: Any) -> Any:
        if not may_see:
            return Paper(row.kind).label
        url = reverse("admin:listing-picture", args=[row.pk, 1])
        return format_html('<a href="{}" target="_blank">{}</a>', url, Paper(row.kind).label)

    return Table(
        title=_("Documents"),
        heads=[Head(_("What")), Head(_("Pages"), numeric=True), Head(_("Handed in"))],
        rows=[
            (shown(row), row.pages, columns.moment(row.uploaded_at))
            for row in queries.kept(listing)
        ],
        empty=_("Nothing was handed in."),
        note=_("Every look is written down."),
    )


def interests(listing: Listing) -> Table:
    return Table(
        title=_("Interests"),
        heads=[Head(_("Who")), Head(_("Said")), Head(_("When"))],
        rows=[
            (
                row.user,
                columns.badge(columns.BAD, row.words or _("has one"))
                if row.conflict
                else columns.badge(columns.OK, _("has none")),
                columns.moment(row.at),
            )
            for row in queries.declared(listing)
        ],
        empty=_("Nobody has said anything yet: press i. Nobody judges before."),
    )


def insiders(listing: Listing) -> Table:
    return Table(
        title=_("Who knows"),
        note=_("Whoever has an account here is kept out of the new market for its first hours."),
        heads=[Head(_("Who")), Head(_("How")), Head(_("Account")), Head(_("Since"))],
        rows=[
            (
                row.name,
                row.how,
                columns.link("customer", row.customer_id, row.customer)
                if row.customer_id
                else columns.NOTHING,
                columns.moment(row.since),
            )
            for row in queries.who_knows(listing)[:100]
        ],
        empty=_("Nobody yet."),
    )


def committee(listing: Listing) -> Table:
    decision = getattr(listing, "decision", None)
    note = ""
    if decision is not None:
        note = decision.minutes
    return Table(
        title=_("Committee"),
        note=note,
        heads=[Head(_("Member")), Head(_("Vote")), Head(_("Why")), Head(_("When"))],
        rows=[
            (row.user, row.get_choice_display(), row.words, columns.moment(row.at))
            for row in listing.committee_votes.select_related("user").order_by("at")
        ],
        empty=_("Nobody has voted."),
    )


def history(listing: Listing) -> Table:
    return Table(
        title=_("History"),
        heads=[Head(_("When")), Head(_("What")), Head(_("Public")), Head(_("By"))],
        rows=[
            (
                columns.moment(row.at),
                row.words,
                columns.badge(columns.INFO, _("public")) if row.public else "",
                row.by,
            )
            for row in listing.events.order_by("-at", "-id")[:100]
        ],
        empty=_("Nothing has happened yet."),
    )


def streaks(listing: Listing) -> Table:
    return Table(
        title=_("Criteria it misses"),
        heads=[
            Head(_("What")),
            Head(_("Days in a row"), numeric=True),
            Head(_("Tag after"), numeric=True),
            Head(_("May be delisted after"), numeric=True),
        ],
        rows=[
            (
                each.criterion.title,
                each.days,
                each.criterion.warn_days,
                columns.badge(columns.BAD, each.criterion.delist_days)
                if each.days >= each.criterion.delist_days
                else each.criterion.delist_days,
            )
            for each in criteria.streaks(listing)
        ],
        empty=_("It meets every criterion, or was not measured yet."),
    )


def duties(listing: Listing) -> Table:
    return Table(
        title=_("Duties"),
        heads=[Head("#"), Head(_("What")), Head(_("Due")), Head(_("Done"))],
        rows=[
            (row.pk, row.what, row.due, row.done_on or columns.NOTHING)
            for row in listing.duties.order_by("due")[:50]
        ],
        empty=_("The project has promised nothing that is written down here."),
    )
