"""Staff screens: sales, what each waits for, how it stands, and what was checked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.money import grouped
from exchange.portal import cards, columns, filters, lookups
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.sales import checks, explain, queries, recompute
from launchpad.sales.admin.acts import ACTS
from launchpad.sales.models import Sale
from launchpad.sales.states import DRAWN, RUNNING, State

TONES = {
    State.DRAFT: columns.QUIET,
    State.APPROVED: columns.INFO,
    State.ANNOUNCED: columns.INFO,
    State.OPEN: columns.OK,
    State.CLOSED: columns.WATCH,
    State.ALLOCATED: columns.WATCH,
    State.DISTRIBUTING: columns.WATCH,
    State.VESTING: columns.OK,
    State.FINISHED: columns.QUIET,
    State.CANCELLED: columns.BAD,
}
MOST_COMPARED = 20_000  # subscriptions that are compared while somebody waits


def asked(row: Sale) -> str:
    """How much is asked for, of what all that is offered costs."""
    book = getattr(row, "book", None)
    if book is None:
        return "—"
    found = queries.figures_of(row, book)
    return f"{columns.amount_text(found.committed)} {row.quote} · {found.percent} %"


@admin.register(Sale)
class SaleAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 30),)
    menu_label = gettext_lazy("Token sales")
    says = gettext_lazy("New tokens sold to customers, from draft to the last release.")
    empty_says = gettext_lazy("No sale was drafted yet: “Draft a sale” begins one.")
    big = False
    ordering = ("-pk",)
    list_select_related = ("asset", "quote", "book")
    lookups = (lookups.by_id(Sale),)
    list_filter = (
        filters.choice(field="state", title=gettext_lazy("state"), options=State.choices),
    )
    numeric = ("sold", "asked")
    row_actions = ACTS
    list_display = (
        columns.identifier("pk", gettext_lazy("sale")),
        "name",
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed(
            "sold",
            gettext_lazy("offered"),
            lambda row: columns.money(row.offered, row.asset.code),
        ),
        columns.computed("asked", gettext_lazy("asked for"), asked),
        columns.when("opens_at", gettext_lazy("opens")),
        columns.when("closes_at", gettext_lazy("closes")),
        "stuck_because",
    )
    sections = (
        (
            gettext_lazy("Terms"),
            (
                columns.computed(
                    "sold",
                    gettext_lazy("offered"),
                    lambda row: columns.money(row.offered, row.asset.code),
                ),
                columns.computed(
                    "price", gettext_lazy("price"),
                    lambda row: columns.money(row.price, row.quote.code),
                ),
                columns.computed(
                    "goal", gettext_lazy("all of it costs"),
                    lambda row: columns.money(row.goal, row.quote.code),
                ),
                "mode",
                columns.computed(
                    "bounds", gettext_lazy("for one customer"),
                    lambda row: f"{grouped(row.least)} – {grouped(row.most)} {row.quote}",
                ),
                columns.computed(
                    "lot", gettext_lazy("lot"), lambda row: columns.money(row.lot, row.asset.code)
                ),
                "ticket_lots",
                "withdrawable",
                "kyc_tier",
                "countries_excluded",
                columns.related(
                    "project", gettext_lazy("project"), "customer",
                    lambda row: (row.project_id, _("customer %(id)s") % {"id": row.project_id}),
                ),
                columns.computed(
                    "fee", gettext_lazy("our fee"), lambda row: explain.percent(row.fee_ppm)
                ),
            ),
        ),
        (
            gettext_lazy("When"),
            (
                columns.when("snapshot_at", gettext_lazy("BMX counted")),
                columns.when("opens_at", gettext_lazy("opens")),
                columns.when("closes_at", gettext_lazy("closes")),
                columns.when("distributes_at", gettext_lazy("distribution")),
                columns.when("allocated_at", gettext_lazy("allocated")),
                columns.when("distributed_at", gettext_lazy("distributed")),
                columns.when("paid_at", gettext_lazy("project paid")),
                columns.computed(
                    "first", gettext_lazy("at once"), lambda row: explain.percent(row.first_ppm)
                ),
                "funded_from",
            ),
        ),
        (
            gettext_lazy("Draw"),
            (
                "public_input",
                columns.identifier("seed_hash", gettext_lazy("hash of the secret")),
                "block_height",
                columns.identifier("block_hash", gettext_lazy("hash of the block")),
                columns.identifier("inputs_digest", gettext_lazy("digest of the inputs")),
                columns.identifier("result_digest", gettext_lazy("digest of the results")),
            ),
        ),
    )  # fmt: skip

    def row_title(self, row: Sale) -> str:
        return row.name

    def headline(self, row: Sale) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Sale) -> Any:
        return row.stuck_because

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id)
        extra: dict[str, Any] = {}
        if row is not None and row.state == State.DRAFT:
            if request.user.has_perm("launchpad.draft_sale"):
                extra["edit_url"] = f"{reverse('admin:sale_draft')}?{urlencode({'sale': row.pk})}"
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def tables(self, request: HttpRequest, row: Sale) -> list[Table]:
        made = [_progress(row), _tiers(row)]
        if row.state in (State.DRAFT, State.APPROVED):
            made.insert(0, _checks(row))
        if row.state in DRAWN:
            made.append(_sums(row))
        return [*made, _releases(row)]


def _checks(row: Sale) -> Table:
    found = checks.problems(row, list(row.tiers.all()))
    return Table(
        title=_("Checks"),
        heads=[Head(_("Weight")), Head(_("What"))],
        rows=[
            (
                columns.badge(columns.BAD, _("must be changed"))
                if problem.grave
                else columns.badge(columns.WATCH, _("look at it")),
                problem.says,
            )
            for problem in found
        ],
        empty=_("Nothing is wrong with these terms."),
    )


def _progress(row: Sale) -> Table:
    found = queries.figures(row)
    rows: list[tuple[Any, ...]] = [
        (_("Customers"), f"{found.subscribers:,}"),
        (_("Committed"), columns.money(found.committed, row.quote.code)),
        (_("Of what is offered"), f"{found.percent} %"),
    ]
    if row.subscribers is not None:
        settled = row.subscriptions.filter(settled_at__isnull=False, committed__gt=0).count()
        rows.append((_("Settled"), f"{settled:,} / {row.subscribers:,}"))
    return Table(
        title=_("How it stands"),
        heads=[Head(_("Figure")), Head(_("Value"), numeric=True)],
        rows=rows,
        empty="",
    )


def _tiers(row: Sale) -> Table:
    return Table(
        title=_("Tiers"),
        heads=[
            Head(_("Tier")),
            Head(_("From BMX"), numeric=True),
            Head(_("At most"), numeric=True),
        ],
        rows=[
            (tier.name, columns.money(tier.least_held), columns.money(tier.most, row.quote.code))
            for tier in row.tiers.all()
        ],
        empty=_("No tier."),
    )


def _sums(row: Sale) -> Table:
    rows: list[tuple[Any, ...]] = [
        (_("Committed"), columns.money(row.committed, row.quote.code)),
        (_("Spent"), columns.money(row.spent, row.quote.code)),
        (_("Refunded"), columns.money(row.refunded, row.quote.code)),
        (_("Allocated"), columns.money(row.allocated, row.asset.code)),
        (
            _("Left out at the close (%(n)s), of what was refunded") % {"n": f"{row.left_out:,}"},
            columns.money(row.left_out_amount, row.quote.code),
        ),
        (_("Unsold"), columns.money(row.offered - (row.allocated or 0), row.asset.code)),
    ]
    if (row.subscribers or 0) <= MOST_COMPARED:
        found = recompute.compare(row.pk)
        agrees = (
            columns.badge(columns.OK, _("agrees for %(n)s customers") % {"n": f"{found.people:,}"})
            if not found.wrong
            else columns.badge(columns.BAD, _("differs for %(n)s") % {"n": f"{found.wrong:,}"})
        )
        rows.append((_("Ledger entries alone"), agrees))
    return Table(
        title=_("Sums"),
        heads=[Head(_("What")), Head(_("Amount"), numeric=True)],
        rows=rows,
        empty="",
        note=_("Reconciliation compares them with the ledger every five minutes."),
    )


def _releases(row: Sale) -> Table:
    return Table(
        title=_("Releases"),
        heads=[
            Head(_("Part")), Head(_("Due")), Head(_("Altogether"), numeric=True), Head(_("Done")),
        ],
        rows=[
            (
                part.number,
                columns.moment(part.due_at),
                explain.percent(part.upto_ppm),
                columns.moment(part.done_at),
            )
            for part in row.releases.all()
        ],
        empty=_("Dates are set when it is announced."),
    )  # fmt: skip


@cards.card(
    key="sales",
    title=gettext_lazy("Token sales"),
    desk=LAUNCHPAD,
    permission="launchpad.view_sale",
    leads_to="admin:launchpad_sale_changelist",
    order=30,
)
def running_sales() -> cards.Reading:
    """Sales that run, and those that wait for somebody. One query."""
    rows = list(Sale.objects.exclude(state=State.DRAFT).values_list("state", "stuck_because")[:500])
    running = sum(state in RUNNING for state, _why in rows)
    stuck = sum(bool(why) for _state, why in rows)
    return cards.Reading(
        state=cards.BAD if stuck else cards.OK,
        number=f"{running:,}",
        says=gettext_lazy("sales under way"),
        details=[(gettext_lazy("stand still"), f"{stuck:,}")],
    )
