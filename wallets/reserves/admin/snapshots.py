"""Staff screens: snapshots, how far each is, what it says, and its publication."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import cards, columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets.reserves import build, ownership, publish, queries
from wallets.reserves import snapshot as snapshots
from wallets.reserves.models import LiabilityTree, Snapshot

State = Snapshot.State
TONES = {
    State.REQUESTED: columns.INFO,
    State.BUILDING: columns.INFO,
    State.READY: columns.WATCH,
    State.PUBLISHED: columns.OK,
    State.DISCARDED: columns.QUIET,
    State.FAILED: columns.BAD,
}
OLD_DAYS = 35  # a proof a month is what customers are told to expect
TREES_SHOWN = 200


class ProposePublication(StaffAction):
    name = "propose"
    label = gettext_lazy("Propose publication")
    permission = "wallets.publish_snapshot"
    icon = "check"
    intro = gettext_lazy(
        "Somebody else has to approve it. Once published, a snapshot can't be changed or taken "
        "back: proofs that are still missing will be missing for good."
    )

    def preview(self, row: Snapshot) -> str:
        networks = queries.proofs_by_network(row)
        return _("%(proved)s of %(all)s addresses have signed") % {
            "proved": sum(each.proved for each in networks),
            "all": sum(each.addresses for each in networks),
        }

    def skips(self, row: Snapshot) -> str:
        return "" if row.state == State.READY else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Snapshot, actor: Actor, values: dict[str, Any]) -> str:
        proposal = publish.propose_publication(
            snapshot_id=row.pk, actor=actor, reason=values["reason"]
        )
        return _("is proposed (proposal %(id)s)") % {"id": proposal.pk}


class AskAgain(StaffAction):
    name = "ask-again"
    label = gettext_lazy("Ask the signer again")
    permission = "wallets.prove_ownership"
    icon = "key"
    intro = gettext_lazy("For addresses whose proof the signer refused, once the cause is gone.")

    def preview(self, row: Snapshot) -> str:
        refused = row.addresses.filter(proved_at=None).exclude(last_error="").count()
        return _("%(n)s addresses were refused") % {"n": refused}

    def skips(self, row: Snapshot) -> str:
        return "" if row.state == State.READY else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Snapshot, actor: Actor, values: dict[str, Any]) -> str:
        ownership.ask_again(snapshot_id=row.pk, actor=actor, reason=values["reason"])
        return _("the signer is asked")


class Discard(StaffAction):
    name = "discard"
    label = gettext_lazy("Discard")
    permission = "wallets.take_snapshot"
    icon = "close"
    danger = True
    intro = gettext_lazy("Gives the snapshot up before anybody saw it. What it says stays on file.")

    def preview(self, row: Snapshot) -> str:
        return _("is given up")

    def skips(self, row: Snapshot) -> str:
        closed = row.state in (State.PUBLISHED, State.DISCARDED)
        return _("it is %(state)s") % {"state": row.state} if closed else ""

    def run(self, *, row: Snapshot, actor: Actor, values: dict[str, Any]) -> str:
        snapshots.discard(snapshot_id=row.pk, actor=actor, reason=values["reason"])
        return _("is discarded")


def root_of(row: Snapshot) -> Any:
    return columns.mono(bytes(row.root).hex()) if row.root else columns.NOTHING


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 60),)
    menu_label = gettext_lazy("Proofs of reserves")
    says = gettext_lazy("What is owed and what is proved, at one moment, for everybody to check.")
    empty_says = gettext_lazy("Take the first snapshot under “Take and prove”.")
    big = False
    ordering = ("-pk",)
    change_form_template = "wallets/reserves/admin_snapshot.html"
    lookups = (lookups.by_id(Snapshot),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
    )
    row_actions = (ProposePublication, AskAgain, Discard)
    numeric = ("holders",)
    list_display = (
        columns.identifier("name", gettext_lazy("snapshot")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.when("taken_at", gettext_lazy("taken")),
        columns.computed("holders", gettext_lazy("accounts"), lambda row: f"{row.holders:,}"),
        columns.when("published_at", gettext_lazy("published")),
        "requested_by",
    )
    sections = (
        (
            gettext_lazy("Snapshot"),
            (
                *list_display,
                "says",
                columns.when("built_at", gettext_lazy("built")),
                columns.computed("root", gettext_lazy("root"), root_of),
            ),
        ),
    )

    def row_title(self, row: Snapshot) -> str:
        return _("Proof of reserves %(name)s") % {"name": row.name}

    def headline(self, row: Snapshot) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id)
        extra = {"progress": progress_of(row) if row else None, **(extra_context or {})}
        if "progress" in request.GET and row and self.has_view_permission(request, row):
            return TemplateResponse(request, "wallets/reserves/admin_progress.html", extra)
        return super().change_view(request, object_id, form_url, extra)

    def tables(self, request: HttpRequest, row: Snapshot) -> list[Table]:
        return [_figures_table(row), _networks_table(row)]


def progress_of(row: Snapshot) -> dict[str, Any] | None:
    """How far the building is; None when nothing is being built."""
    if row.state not in snapshots.UNDER_WAY:
        return None
    trees = list(row.trees.order_by("code"))
    built = sum(tree.built_at is not None for tree in trees)
    return {
        "built": built,
        "all": len(trees),
        "percent": built * 100 // len(trees) if trees else 0,
        "leaves": sum(build.leaves_done(tree) for tree in trees[:TREES_SHOWN]),
        "now": next((tree.code for tree in trees if tree.built_at is None), ""),
    }


def _figures_table(row: Snapshot) -> Table:
    return Table(
        title=_("Owed and proved"),
        heads=[
            Head(_("Asset")),
            Head(_("Owed"), numeric=True),
            Head(_("Proved"), numeric=True),
            Head(_("Held, not proved"), numeric=True),
            Head(_("Proved of owed"), numeric=True),
            Head(_("Accounts"), numeric=True),
            Head(_("Leaves"), numeric=True),
        ],
        rows=[
            (
                each.code,
                columns.money(each.owed),
                columns.money(each.proved),
                columns.money(each.unproved),
                columns.NOTHING
                if each.percent is None
                else columns.badge(
                    columns.OK if each.covered else columns.BAD, f"{each.percent} %"
                ),
                f"{each.holders:,}",
                f"{each.leaves:,}",
            )
            for each in queries.figures(row)
        ],
        empty=_("Balances are copied within seconds of the request."),
    )


def _share(figures: queries.Figures) -> Any:
    if figures.percent is None:
        return columns.NOTHING
    return columns.badge(columns.OK if figures.covered else columns.BAD, f"{figures.percent} %")


def _networks_table(row: Snapshot) -> Table:
    return Table(
        title=_("Ownership proofs by network"),
        heads=[
            Head(_("Network")),
            Head(_("Block"), numeric=True),
            Head(_("Hash")),
            Head(_("Addresses"), numeric=True),
            Head(_("Signed"), numeric=True),
        ],
        rows=[
            (
                each.network,
                f"{each.height:,}",
                columns.mono(each.block_hash),
                f"{each.addresses:,}",
                f"{each.proved:,}",
            )
            for each in queries.proofs_by_network(row)
        ],
        empty=_("No address of ours held anything on a chain that we follow."),
        more_url=f"{columns.admin_url('wallets.reserveaddress', None, 'changelist')}"
        f"?snapshot={row.pk}",
        more_label=_("Every address"),
    )


@cards.card(
    key="reserves",
    title=gettext_lazy("Proof of reserves"),
    desk=TREASURY,
    permission="wallets.view_snapshot",
    leads_to="admin:wallets_snapshot_changelist",
    order=60,
)
def reserves() -> cards.Reading:
    """The newest published one: its age, and whether every asset was covered."""
    newest = queries.published().first()
    under_way = Snapshot.objects.filter(state__in=snapshots.UNDER_WAY).first()
    details = [(_("under way"), under_way.name)] if under_way else []
    if newest is None or newest.taken_at is None:
        return cards.Reading(
            state=cards.WATCH, number="—", says=_("none is published"), details=details
        )
    figures = [each for each in queries.figures(newest) if each.owed]
    covered = sum(each.covered for each in figures)
    late = (clock.now() - newest.taken_at).days > OLD_DAYS
    return cards.Reading(
        state=cards.OK if covered == len(figures) and not late else cards.WATCH,
        number=f"{covered} / {len(figures)}",
        says=_("assets covered by proof"),
        details=[
            (_("taken"), columns.ago(newest.taken_at)),
            (_("leaves"), f"{sum(tree_leaves(newest)):,}"),
            *details,
        ],
    )


def tree_leaves(row: Snapshot) -> list[int]:
    return list(LiabilityTree.objects.filter(snapshot=row).values_list("leaves", flat=True))
