"""Staff screens: is every chain followed, and if not, why not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from exchange.portal import cards, columns
from exchange.portal.actions import StaffAction
from exchange.portal.desks import INCIDENTS, TREASURY
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from wallets import chains
from wallets.chains import accept_fork
from wallets.chains.health import stale
from wallets.chains.interface import ChainUnavailable
from wallets.chains.models import NetworkWatch, SeenBlock

State = NetworkWatch.State
TONES = {
    State.FOLLOWING: columns.OK,
    State.BEHIND: columns.WATCH,
    State.DOWN: columns.BAD,
    State.WRONG_CHAIN: columns.BAD,
    State.LYING: columns.BAD,
}
BLOCKS_SHOWN = 15


def state_badge(watch: NetworkWatch) -> Any:
    """The state, unless nobody has looked for so long that it means nothing."""
    if stale(watch):
        return columns.badge(columns.BAD, _("not watched"))
    return columns.badge(TONES[State(watch.state)], watch.get_state_display())


def why(watch: NetworkWatch) -> Any:
    if stale(watch):
        return _("no watcher has looked at the node lately; the wallets' worker may be down")
    return watch.reason or columns.NOTHING


def lag(watch: NetworkWatch) -> str:
    """How many blocks the node is ahead of us."""
    return columns.whole(max(watch.node_height - watch.height, 0))


def tracing(watch: NetworkWatch) -> Any:
    """Whether payments that contracts make are seen."""
    if watch.can_trace is None:
        return columns.NOTHING
    if watch.can_trace:
        return columns.badge(columns.OK, _("seen"))
    return columns.badge(columns.WATCH, _("not seen: the node can't trace"))


class AcceptFork(StaffAction):
    name = "accept_fork"
    label = gettext_lazy("Propose to follow the fork")
    permission = accept_fork.PERMISSION
    icon = "bolt"
    danger = True
    intro = gettext_lazy(
        "Walks back to the last block that the node and we have in common, however deep. What was "
        "credited from the blocks above is taken back; what customers have spent of it becomes a "
        "debt. A second person has to agree."
    )

    def preview(self, row: NetworkWatch) -> str:
        return _("%(network)s stands at block %(height)s: %(reason)s") % {
            "network": row.network.code,
            "height": f"{row.height:,}",
            "reason": row.reason,
        }

    def skips(self, row: NetworkWatch) -> str:
        return "" if row.state == State.LYING else _("its node follows the same chain as we")

    def run(self, *, row: NetworkWatch, actor: Actor, values: dict[str, Any]) -> str:
        try:
            made = accept_fork.propose(watch_id=row.pk, actor=actor, reason=values["reason"])
        except ChainUnavailable as error:
            raise Conflict(str(error)) from error
        return _("proposal %(id)s waits for a second person") % {"id": made.pk}


def blocks_table(watch: NetworkWatch) -> Table:
    seen = SeenBlock.objects.filter(network=watch.network_id).order_by("-height")
    return Table(
        title=_("Newest blocks followed"),
        heads=[
            Head(_("Height"), numeric=True),
            Head(_("Block")),
            Head(_("Mined")),
            Head(_("Followed")),
        ],
        rows=[
            (
                columns.whole(each.height),
                columns.mono(each.hash),
                columns.moment(each.mined_at),
                columns.moment(each.seen_at),
            )
            for each in seen[:BLOCKS_SHOWN]
        ],
        empty=_("No block was followed yet."),
    )


@admin.register(NetworkWatch)
class NetworkWatchAdmin(ReadOnlyAdmin):
    desks = ((TREASURY, 20), (INCIDENTS, 40))
    menu_label = gettext_lazy("Chains")
    says = gettext_lazy(
        "How far each chain is followed. While one is not, nothing is credited or sent on it."
    )
    empty_says = gettext_lazy("A network appears when its node is configured and answers.")
    list_select_related = ("network",)
    row_actions = (AcceptFork,)
    list_display = (
        columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
        columns.computed("state", gettext_lazy("state"), state_badge),
        columns.computed("height", gettext_lazy("block"), lambda row: columns.whole(row.height)),
        columns.computed("lag", gettext_lazy("behind the node"), lag),
        columns.computed("reason", gettext_lazy("why"), why),
        columns.computed("tracing", gettext_lazy("payments by contracts"), tracing),
        columns.when("moved_at", gettext_lazy("last block")),
    )
    sections = (
        (
            gettext_lazy("Chain"),
            (
                columns.computed("network", gettext_lazy("network"), lambda row: row.network.code),
                columns.computed("reason", gettext_lazy("why"), why),
                columns.computed(
                    "birth",
                    gettext_lazy("first block"),
                    lambda row: columns.whole(row.birth_height),
                ),
                columns.computed(
                    "height", gettext_lazy("block"), lambda row: columns.whole(row.height)
                ),
                columns.identifier("hash", gettext_lazy("its hash")),
                columns.computed(
                    "highest",
                    gettext_lazy("highest block ever"),
                    lambda row: columns.whole(row.highest),
                ),
            ),
        ),
        (
            gettext_lazy("Node"),
            (
                columns.computed(
                    "node_height",
                    gettext_lazy("the node's height"),
                    lambda row: columns.whole(row.node_height),
                ),
                columns.computed("lag", gettext_lazy("behind the node"), lag),
                columns.computed("tracing", gettext_lazy("payments by contracts"), tracing),
                columns.when("checked_at", gettext_lazy("last looked at")),
                columns.when("moved_at", gettext_lazy("last block")),
            ),
        ),
    )

    def row_title(self, row: NetworkWatch) -> str:
        return str(row.network)

    def headline(self, row: NetworkWatch) -> Any:
        return state_badge(row)

    def tables(self, request: HttpRequest, row: NetworkWatch) -> list[Table]:
        return [blocks_table(row)]


@cards.card(
    key="chains",
    title=gettext_lazy("Chains"),
    desk=TREASURY,
    permission="wallets.view_networkwatch",
    leads_to="admin:wallets_networkwatch_changelist",
    order=8,
)
def chains_card() -> cards.Reading:
    """Is every configured network followed? The paused ones by name."""
    watches = {
        watch.network.code: watch
        for watch in NetworkWatch.objects.select_related("network").order_by("network__code")
    }
    configured = chains.configured()
    followed = [
        code
        for code in configured
        if code in watches and watches[code].state == State.FOLLOWING and not stale(watches[code])
    ]
    paused = [code for code in configured if code not in followed]
    blind = [code for code in followed if watches[code].can_trace is False]
    waiting = [c for c in paused if c in watches and watches[c].state == State.BEHIND]
    state = cards.OK
    if paused:
        state = cards.WATCH if waiting == paused else cards.BAD
    elif blind or not configured:
        state = cards.WATCH
    details = [(code, _paused_words(watches.get(code))) for code in paused[:4]]
    details += [(code, _("payments by contracts are not seen")) for code in blind[:2]]
    return cards.Reading(
        state=state,
        number=f"{len(followed)}/{len(configured)}",
        says=_("networks followed") if configured else _("no network has a node"),
        details=details,
    )


def _paused_words(watch: NetworkWatch | None) -> Any:
    if watch is None:
        return _("not followed yet")
    return _("not watched") if stale(watch) else watch.get_state_display()
