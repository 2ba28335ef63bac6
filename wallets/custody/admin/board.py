"""Staff screens: the treasury board, and its card."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal import cards, columns
from exchange.portal.desks import TREASURY, page
from exchange.portal.tables import Head, Table
from wallets.chains.models import NetworkWatch
from wallets.custody import board as treasury
from wallets.custody import reconcile
from wallets.custody.admin.vaults import vault_table
from wallets.custody.board import Board, Line
from wallets.custody.cold import draft
from wallets.custody.models import WHOLE, CustodyAlarm

PERMISSION = "wallets.view_chaincomparison"
WIDTH = 1000  # of a bar, in the drawing's own units
FOLLOWING = NetworkWatch.State.FOLLOWING
ROLES = ("cold", "warm", "deposit", "hot", "vault")


@dataclass(slots=True, kw_only=True)
class Bar:
    """One asset's shares as parts of a line; `says` is the same in words."""

    asset: str
    parts: list[tuple[str, int, int]]  # role, where it begins, how wide it is
    minimum: int  # where the cold share should reach
    says: str


def percent(share_bp: int | None) -> str:
    return columns.NOTHING if share_bp is None else f"{share_bp // 100}.{share_bp % 100:02d} %"


def bar(line: Line) -> Bar:
    parts, begins = [], 0
    shares = []
    for role in ROLES:
        amount: Decimal = getattr(line.spread, role)
        share = line.spread.share_bp(amount) or 0
        width = share * WIDTH // WHOLE
        if width or amount:
            parts.append((role, begins, max(width, 1)))
            shares.append(f"{role_words(role)} {percent(share)}")
        begins += width
    return Bar(
        asset=line.compared.asset,
        parts=parts,
        minimum=line.policy.cold_minimum_bp * WIDTH // WHOLE,
        says=_("%(asset)s: %(shares)s; the policy wants %(least)s cold")
        % {
            "asset": line.compared.asset,
            "shares": ", ".join(shares) or _("nothing"),
            "least": percent(line.policy.cold_minimum_bp),
        },
    )


def role_words(role: str) -> str:
    return {
        "cold": _("cold"),
        "warm": _("warm"),
        "deposit": _("not swept yet"),
        "hot": _("hot"),
        "vault": _("lent to a vault"),
    }[role]


@page(
    desk=TREASURY,
    path="treasury/board/",
    name="treasury_board",
    label=gettext_lazy("Treasury board"),
    says=gettext_lazy("What lies on the chains, hot and cold, beside what the ledger says."),
    permission=PERMISSION,
    order=5,
)
def show(request: HttpRequest) -> HttpResponse:
    """Per asset: on chain, ledger, pending, hot and cold share; alarms; networks; cold payments."""
    found = treasury.board()
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "headline": _headline(found),
        "bars": [bar(line) for line in found.lines if line.spread.total > 0],
        "width": WIDTH,
        "roles": [(role, role_words(role)) for role in ROLES],
        "tables": [
            _assets(found),
            _alarms(found),
            _cold_payments(found, may_draft=request.user.has_perm(draft.PERMISSION)),
            _networks(found),
            _wallets(found),
            vault_table(found.vaults),
            _without_chain(found),
        ],
    }
    return TemplateResponse(request, "wallets/custody/board.html", context)


def _headline(found: Board) -> Any:
    if found.short:
        return columns.badge(columns.BAD, _("the chains have less than the ledger"))
    if any(alarm.grade == CustodyAlarm.Grade.STOP for alarm in found.alarms):
        return columns.badge(columns.BAD, _("an alarm stands"))
    if found.too_hot:
        return columns.badge(columns.WATCH, _("too little is cold"))
    return columns.badge(columns.OK, _("chains and ledger agree"))


def _assets(found: Board) -> Table:
    return Table(
        title=_("Assets"),
        heads=[
            Head(_("Asset")),
            Head(_("On chain"), numeric=True),
            Head(_("Not credited"), numeric=True),
            Head(_("Not booked"), numeric=True),
            Head(_("Ledger"), numeric=True),
            Head(_("Difference"), numeric=True),
            Head(_("On its way out"), numeric=True),
            Head(_("Hot"), numeric=True),
            Head(_("Cold"), numeric=True),
            Head(_("Policy")),
        ],
        rows=[_asset(line) for line in found.lines],
        empty=_("No network has a node and wallets of ours yet."),
        note=_(
            "On chain and in vaults, less what is not credited and what is not booked (gains of "
            "vaults, rewards seen), must be what the ledger says, to the last unit."
        ),
    )


def _asset(line: Line) -> tuple[Any, ...]:
    row = line.compared
    least = percent(line.policy.cold_minimum_bp)
    words = _("at least %(least)s cold") % {"least": least}
    tone = {True: columns.OK, False: columns.WATCH, None: columns.QUIET}[line.cold_enough]
    return (
        row.asset,
        columns.money(row.on_chain),
        columns.money(row.not_credited),
        columns.money(row.not_booked + row.awaited),
        columns.money(row.ledger),
        columns.badge(columns.OK, _("none"))
        if row.ok
        else columns.badge(columns.BAD, columns.signed(row.difference)),
        columns.money(row.on_the_way_out),
        percent(line.spread.hot_bp),
        percent(line.spread.cold_bp),
        columns.badge(tone, words),
    )


def _alarms(found: Board) -> Table:
    tones = {CustodyAlarm.Grade.STOP: columns.BAD, CustodyAlarm.Grade.WATCH: columns.WATCH}
    return Table(
        title=_("Open alarms"),
        heads=[Head(_("Raised")), Head(_("Grade")), Head(_("What")), Head(_("Closed at once"))],
        rows=[
            (
                columns.moment(alarm.raised_at),
                columns.badge(tones[CustodyAlarm.Grade(alarm.grade)], alarm.get_grade_display()),
                columns.link(CustodyAlarm, alarm.pk, alarm.says),
                ", ".join(alarm.switches) or columns.NOTHING,
            )
            for alarm in found.alarms
        ],
        empty=_("None. Detectors look at every block."),
    )


def _cold_payments(found: Board, *, may_draft: bool) -> Table:
    from wallets.custody.admin.cold import amount_of, state_badge

    return Table(
        title=_("Payments out of cold storage"),
        heads=[
            Head(_("Payment")),
            Head(_("State")),
            Head(_("Wallet")),
            Head(_("Amount"), numeric=True),
            Head(_("To")),
        ],
        rows=[
            (
                columns.link(type(row), row.pk, row),
                state_badge(row),
                row.key_set.name,
                amount_of(row),
                row.whose or columns.mono(row.address),
            )
            for row in found.cold_payments
        ],
        empty=_("None is under way."),
        more_url=reverse("admin:cold_draft") if may_draft else "",
        more_label=_("Draft a payment"),
    )


def _networks(found: Board) -> Table:
    return Table(
        title=_("Networks"),
        heads=[
            Head(_("Network")),
            Head(_("State")),
            Head(_("Followed to"), numeric=True),
            Head(_("Node's tip"), numeric=True),
            Head(_("Checked")),
            Head(_("Why")),
        ],
        rows=[
            (
                watch.network.name,
                columns.badge(
                    columns.OK if watch.state == FOLLOWING else columns.BAD,
                    watch.get_state_display(),
                ),
                columns.whole(watch.height),
                columns.whole(watch.node_height),
                columns.moment(watch.checked_at),
                watch.reason or columns.NOTHING,
            )
            for watch in found.networks
        ],
        empty=_("No network has a node."),
    )


def _wallets(found: Board) -> Table:
    return Table(
        title=_("Wallets"),
        heads=[
            Head(_("Wallet")),
            Head(_("Kind")),
            Head(_("Network")),
            Head(_("Holds"), numeric=True),
        ],
        rows=[
            (row.wallet, role_words(row.role), row.network, columns.money(row.amount, row.asset))
            for row in found.wallets
        ],
        empty=_("Wallets appear when their keys are registered and something is paid to them."),
    )


def _without_chain(found: Board) -> Table:
    return Table(
        title=_("No chain here"),
        heads=[Head(_("Asset")), Head(_("Ledger"), numeric=True)],
        rows=[(row.asset, columns.money(row.ledger)) for row in found.without_chain],
        empty=_("Every asset that is owed has a chain of ours."),
        note=_("Owed to customers, and no wallet of this installation can hold them."),
    )


@cards.card(
    key="custody",
    title=gettext_lazy("Custody"),
    desk=TREASURY,
    permission=PERMISSION,
    leads_to="admin:treasury_board",
    order=12,
)
def custody() -> cards.Reading:
    """The last comparison and the open alarms: two indexed reads."""
    last, standing = reconcile.last(), treasury.open_alarms()
    stops = [alarm for alarm in standing if alarm.grade == CustodyAlarm.Grade.STOP]
    if last is None:
        return cards.Reading(state=cards.WATCH, number="—", says=_("not compared yet"))
    state = cards.BAD if stops or not last.ok else cards.WATCH if standing else cards.OK
    wrong = [row["asset"] for row in last.rows if not row["ok"]]
    return cards.Reading(
        state=state,
        number=_("agrees") if last.ok else str(len(wrong)),
        says=_("chains and ledger") if last.ok else _("assets do not agree"),
        details=[
            (_("compared"), columns.ago(last.at)),
            (_("open alarms"), str(len(standing))),
            *((_("differs"), asset) for asset in wrong[:2]),
        ],
    )
