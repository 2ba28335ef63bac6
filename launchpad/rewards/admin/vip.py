"""Staff screens: who stands in which tier, and the table, which two people change."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns, lookups
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.forms import Form
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.rewards import tiers, vip
from launchpad.rewards.models import VipChange, VipStanding


class TableForm(Form):
    rows = forms.CharField(
        label=gettext_lazy("Tiers"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy(
            "A line each, with the columns of the first line. Discounts in percent of the market's"
            " fee; limits and weights in percent of everybody's."
        ),
    )
    bmx_least = forms.DecimalField(
        label=gettext_lazy("Discount for holders: at least BMX"), max_digits=20, decimal_places=2
    )
    bmx_discount = forms.DecimalField(
        label=gettext_lazy("Discount for holders: per cent"), max_digits=4, decimal_places=2
    )
    grace_days = forms.IntegerField(label=gettext_lazy("Days of grace"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


@page(
    desk=LAUNCHPAD,
    path="launchpad/vip/",
    name="rewards-vip-table",
    label=gettext_lazy("VIP table"),
    says=gettext_lazy("What each tier asks for and gives. A change takes two people."),
    permission="launchpad.view_vipstanding",
    order=67,
)
def table(request: HttpRequest) -> HttpResponse:
    now = tiers.table()
    may = request.user.has_perm("launchpad.propose_vip_table")
    form = TableForm(
        request.POST or None if may else None,
        initial={
            "rows": tiers.written(now.tiers),
            "bmx_least": now.bmx_least.normalize(),
            "bmx_discount": now.bmx_discount,
            "grace_days": now.grace_days,
        },
    )
    if may and request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            vip.propose_table(
                rows=[tier.row() for tier in tiers.read(values["rows"])],
                bmx_least=Decimal(values["bmx_least"]),
                bmx_discount=Decimal(values["bmx_discount"]),
                grace_days=values["grace_days"],
                actor=actor_of(request),
                reason=values["reason"],
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else "rows", str(refused))
        else:
            messages.success(request, _("Proposed. A colleague has to approve it."))
            return HttpResponseRedirect(reverse("admin:rewards-vip-table"))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form if may else None,
        "tables": [_shown(now)],
    }
    status = 422 if may and form.errors else 200
    return TemplateResponse(request, "launchpad/rewards/admin_vip.html", context, status=status)


def _shown(now: tiers.Table) -> Table:
    stand = dict.fromkeys([tier.level for tier in now.tiers], 0)
    for level in stand:
        stand[level] = VipStanding.objects.filter(level=level).count()
    return Table(
        title=_("The table that counts now"),
        heads=[
            Head(_("Tier")), Head(_("Traded, USD"), numeric=True), Head(_("or BMX"), numeric=True),
            Head(_("Maker"), numeric=True), Head(_("Taker"), numeric=True),
            Head(_("Withdrawals"), numeric=True), Head(_("Sales"), numeric=True),
            Head(_("Early"), numeric=True), Head(_("Customers"), numeric=True),
        ],
        rows=[
            (
                tier.name,
                columns.amount_text(tier.volume_usd),
                columns.amount_text(tier.bmx),
                f"−{columns.amount_text(tier.maker_discount)} %",
                f"−{columns.amount_text(tier.taker_discount)} %",
                f"{tier.withdrawal_percent} %",
                f"{tier.sale_weight} %",
                f"{tier.early_hours} h",
                columns.whole(stand[tier.level]),
            )
            for tier in now.tiers
        ],
        empty="",
        note=_("Holders of %(least)s BMX may have %(percent)s %% more; %(days)s days of grace.")
        % {
            "least": columns.amount_text(now.bmx_least),
            "percent": columns.amount_text(now.bmx_discount),
            "days": now.grace_days,
        },
    )  # fmt: skip


@admin.register(VipStanding)
class VipStandingAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 68),)
    menu_label = gettext_lazy("VIP customers")
    says = gettext_lazy("Who stands where, what was measured, and who falls when.")
    empty_says = gettext_lazy("Everybody is measured once a day, after midnight.")
    ordering = ("-pk",)
    lookups = (lookups.by_id(VipStanding),)
    numeric = ("volume_usd", "bmx")
    list_filter = ("level",)
    list_display = (
        columns.identifier("customer_id", gettext_lazy("customer")),
        columns.computed("level", gettext_lazy("tier"), lambda row: f"VIP {row.level}"),
        columns.day("since", gettext_lazy("since")),
        columns.amount("volume_usd", gettext_lazy("traded, USD")),
        columns.amount("bmx", gettext_lazy("BMX")),
        columns.computed(
            "measured", gettext_lazy("measured"), lambda row: f"VIP {row.measured_level}"
        ),
        columns.day("falls_on", gettext_lazy("falls on")),
        columns.day("measured_on", gettext_lazy("measured on")),
    )
    sections = (
        (
            gettext_lazy("Standing"),
            (
                columns.related(
                    "customer",
                    gettext_lazy("customer"),
                    "customer",
                    lambda row: (row.customer_id, row.customer_id),
                ),
                *list_display[1:],
            ),
        ),
    )

    def tables(self, request: HttpRequest, row: VipStanding) -> list[Table]:
        changes = VipChange.objects.filter(customer_id=row.pk).order_by("-on")[:30]
        return [
            Table(
                title=_("Rose and fell"),
                heads=[
                    Head(_("Day")), Head(_("From")), Head(_("To")),
                    Head(_("Traded, USD"), numeric=True), Head(_("BMX"), numeric=True),
                ],
                rows=[
                    (
                        each.on.isoformat(),
                        f"VIP {each.before}",
                        f"VIP {each.after}",
                        columns.amount_text(each.volume_usd),
                        columns.amount_text(each.bmx),
                    )
                    for each in changes
                ],
                empty=_("Never."),
            )
        ]  # fmt: skip
