"""Staff screen: products. Opening one and changing its terms take two people, as slashes do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.earn import arrivals, products, terms
from launchpad.earn.admin import rewards, vault
from launchpad.earn.admin.drafting import TermsForm, draft_of
from launchpad.earn.models import Arrival, DepthSample, Product, ProductDay
from launchpad.programmes.models import Programme

State = Product.State
TONES = {
    State.DRAFT: columns.QUIET,
    State.OPEN: columns.OK,
    State.PAUSED: columns.WATCH,
    State.CLOSED: columns.QUIET,
}
DAYS, SAMPLES = 30, 120


class SlashForm(ReasonForm):
    """What a validator lost. It falls on whoever is bonded when it is approved."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=38, decimal_places=18
    )
    source = forms.CharField(label=gettext_lazy("Validator"), max_length=120)
    reference = forms.CharField(label=gettext_lazy("Transaction"), max_length=80)
    field_order = ("amount", "source", "reference", "reason")


class ProposeOpening(StaffAction):
    name = "propose-opening"
    label = gettext_lazy("Propose to open")
    permission = "launchpad.draft_product"
    icon = "check"
    intro = gettext_lazy("Somebody else has to approve it. Then customers see it.")

    def preview(self, row: Product) -> str:
        return row.summary

    def skips(self, row: Product) -> str:
        return "" if row.state == State.DRAFT else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        made = products.propose_opening(product_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}


class ProposeTerms(StaffAction):
    name = "propose-terms"
    label = gettext_lazy("Propose new terms")
    permission = "launchpad.draft_product"
    icon = "pencil"
    form_class = TermsForm
    intro = gettext_lazy(
        "Somebody else has to approve them. They hold from the next day, never backwards; who has "
        "a promised rate keeps it."
    )

    def preview(self, row: Product) -> str:
        now = row.terms.latest("version")
        rates = ", ".join(
            f"{columns.amount_text(tier.above)}: {terms.percent(tier.rate_ppm)} %"
            for tier in now.tiers.all()
        )
        return _("now version %(version)s: %(rates)s") % {"version": now.version, "rates": rates}

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        made = terms.propose_terms(
            product_id=row.pk, draft=draft_of(values), actor=actor, reason=values["reason"]
        )
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}


class Pause(StaffAction):
    name = "pause"
    label = gettext_lazy("Pause")
    permission = "launchpad.pause_product"
    icon = "alarm"
    danger = True
    intro = gettext_lazy("No new money. What is in it earns on and can be taken out.")

    def preview(self, row: Product) -> str:
        return _("takes no new money")

    def skips(self, row: Product) -> str:
        return "" if row.state == State.OPEN else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        products.pause(product_id=row.pk, actor=actor, reason=values["reason"])
        return _("is paused")


class Unpause(Pause):
    name = "unpause"
    label = gettext_lazy("Take new money again")
    icon = "check"
    danger = False
    intro = gettext_lazy("It is on offer again, on the terms that hold now.")

    def preview(self, row: Product) -> str:
        return _("takes new money")

    def skips(self, row: Product) -> str:
        return "" if row.state == State.PAUSED else _("it is %(state)s") % {"state": row.state}

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        products.unpause(product_id=row.pk, actor=actor, reason=values["reason"])
        return _("is open again")


class ProposeSlash(rewards.BookReward):
    name = "slash"
    label = gettext_lazy("Propose a slash")
    icon = "alarm"
    danger = True
    form_class = SlashForm
    intro = gettext_lazy(
        "Falls pro rata on all that is bonded, also on its way out. Somebody else approves it."
    )

    def run(self, *, row: Product, actor: Actor, values: dict[str, Any]) -> str:
        made = arrivals.propose_slash(
            product_id=row.pk,
            amount=Decimal(values["amount"]),
            source=values["source"],
            reference=values["reference"],
            actor=actor,
            reason=values["reason"],
        )
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 20),)
    menu_label = gettext_lazy("Earn products")
    says = gettext_lazy("What customers can put coins into, what it pays and on which terms.")
    empty_says = gettext_lazy("Draft the first one under “New earn product”.")
    big = False
    ordering = ("order", "pk")
    change_form_template = "launchpad/earn/admin_product.html"
    list_select_related = ("asset", "programme")
    lookups = (lookups.by_id(Product),)
    row_actions = (
        ProposeOpening,
        ProposeTerms,
        rewards.BookReward,
        rewards.BookWithdrawal,
        rewards.WatchAddress,
        rewards.ProposeList,
        ProposeSlash,
        vault.ProposeVault,
        vault.Harvest,
        vault.PutIn,
        vault.TakeOut,
        Pause,
        Unpause,
    )
    numeric = ("taken",)
    list_display = (
        columns.identifier("slug", gettext_lazy("product")),
        columns.state("state", gettext_lazy("state"), TONES),
        "name",
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        columns.amount("taken", gettext_lazy("holds"), "asset__code"),
        columns.computed(
            "through", gettext_lazy("accrued through"), lambda row: row.accrued_through or "—"
        ),
    )
    sections = (
        (
            gettext_lazy("Product"),
            (
                *list_display,
                columns.computed("earns", gettext_lazy("pays"), lambda r: r.get_earns_display()),
                columns.related(
                    "programme",
                    gettext_lazy("paid from"),
                    "launchpad.Programme",
                    lambda row: (row.programme_id, row.programme.name),
                ),
                "summary",
                "risk",
                "lock_days",
                "bonding_days",
                "unbonding_days",
                "pays_at_end",
                "early_exit",
                "vote_weight",
                "market",
                "vault",
            ),
        ),
    )

    def row_title(self, row: Product) -> str:
        return row.name

    def headline(self, row: Product) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Product) -> Any:
        if row.programme.state == Programme.State.STOPPED:
            return _("Its programme is stopped: %(why)s") % {"why": row.programme.stopped_because}
        if row.programme.state != Programme.State.OPEN and row.state != State.CLOSED:
            return _("Its programme is %(state)s and pays nobody.") % {
                "state": row.programme.get_state_display()
            }
        return row.paused_because

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id)
        extra = {"chart": chart_of(row) if row else None, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)

    def tables(self, request: HttpRequest, row: Product) -> list[Table]:
        return [_days(row), _arrivals(row), _versions(row)]


def chart_of(row: Product) -> dict[str, Any] | None:
    """The depth that counted, minute by minute, as a line; for mined pairs only."""
    if row.earns != Product.Earns.POINTS:
        return None
    found = list(DepthSample.objects.filter(product=row).order_by("-minute")[:SAMPLES])[::-1]
    if not found:
        return {"points": "", "says": _("No sample was taken yet.")}
    depths = [int(min(each.bids, each.asks)) for each in found]
    most = max(*depths, 1) if len(depths) > 1 else max(depths[0], 1)
    gap = 600 / max(len(depths) - 1, 1)
    return {
        "points": " ".join(
            f"{index * gap:.1f},{116 - depth * 108 // most}" for index, depth in enumerate(depths)
        ),
        "says": _(
            "The smaller side of %(market)s within the band, the last %(n)s minutes: now %(now)s,"
            " at most %(most)s, from %(makers)s makers."
        )
        % {
            "market": row.market,
            "n": len(found),
            "now": f"{depths[-1]:,}",
            "most": f"{most:,}",
            "makers": found[-1].makers,
        },
    }


def _days(row: Product) -> Table:
    found = ProductDay.objects.filter(product=row).select_related("payout").order_by("-day")[:DAYS]
    return Table(
        title=_("Days"),
        heads=[
            Head(_("Day")), Head(_("Positions"), numeric=True), Head(_("Accrued"), numeric=True),
            Head(_("Rounding"), numeric=True), Head(_("Payout")),
        ],
        rows=[
            (
                each.day.isoformat(),
                columns.whole(each.positions),
                columns.money(each.accrued, row.asset.code),
                columns.money(each.remainder),
                columns.link("launchpad.Payout", each.payout_id, each.payout.get_state_display())
                if each.payout
                else columns.NOTHING,
            )
            for each in found
        ],
        empty=_("Days stand here once they are over."),
    )  # fmt: skip


def _arrivals(row: Product) -> Table:
    return Table(
        title=_("Rewards and slashes"),
        heads=[
            Head(_("Day")), Head(_("What")), Head(_("From")), Head(_("Amount"), numeric=True),
            Head(_("Positions"), numeric=True), Head(_("Evidence")), Head(_("Booked by")),
        ],
        rows=[
            (
                each.day.isoformat(),
                each.get_kind_display(),
                f"{each.source} {each.reference}",
                columns.money(each.amount, row.asset.code),
                columns.whole(each.positions),
                _proof(each),
                each.by,
            )
            for each in Arrival.objects.filter(product=row)[:DAYS]
        ],
        empty=_("Nothing has arrived."),
    )  # fmt: skip


def _proof(each: Arrival) -> Any:
    if each.kind == Arrival.Kind.SLASH:
        return _("two people")
    tone = columns.WATCH if each.proof == Arrival.Proof.STATEMENT else columns.OK
    return columns.badge(tone, each.get_proof_display())


def _versions(row: Product) -> Table:
    return Table(
        title=_("Terms"),
        heads=[Head(_("Version"), numeric=True), Head(_("From")), Head(_("Rates")), Head(_("By"))],
        rows=[
            (
                columns.whole(each.version),
                each.from_day.isoformat(),
                ", ".join(
                    f"{columns.amount_text(tier.above)}: {terms.percent(tier.rate_ppm)} %"
                    for tier in each.tiers.all()
                ),
                each.published_by,
            )
            for each in row.terms.order_by("-version").prefetch_related("tiers")[:DAYS]
        ],
        empty=_("No terms."),
    )
