"""Staff screens: market makers by contract, and how one is marked on the customer's page."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.monitoring import makers
from compliance.monitoring.models import MarketMaker
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import columns, lookups, panels
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table


class MarkForm(ReasonForm):
    agreement = forms.CharField(
        label=gettext_lazy("Contract"),
        max_length=100,
        help_text=gettext_lazy("As our files call it: MM-2026-014."),
    )
    until = forms.DateField(
        label=gettext_lazy("Until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The last day, in UTC. Within three years."),
    )
    field_order = ("agreement", "until", "reason")


@panels.act_on_customer
class MarkMarketMaker(StaffAction):
    name = "mark-market-maker"
    label = gettext_lazy("Propose as market maker")
    permission = makers.PERMISSION
    icon = "chart"
    form_class = MarkForm
    intro = gettext_lazy(
        "Whoever quotes both sides by contract withdraws orders all day: scenarios about spoofing "
        "and layering leave them alone until the contract ends. A colleague has to approve it."
    )

    def preview(self, row: Customer) -> str:
        return _("asks a colleague to agree that customer %(id)s is a market maker") % {
            "id": row.pk
        }

    def skips(self, row: Customer) -> str:
        if row.parent_id is not None:
            return _("a sub-account: mark customer %(id)s") % {"id": row.parent_id}
        found = makers.standing(row.pk)
        return _("is one already, by %(what)s") % {"what": found.agreement} if found else ""

    def run(self, *, row: Customer, actor: Actor, values: dict[str, Any]) -> str:
        proposal = makers.propose(
            customer_id=row.pk,
            agreement=values["agreement"],
            until=datetime.combine(values["until"], time.max, tzinfo=UTC),
            actor=actor,
            reason=values["reason"],
        )
        return _("proposal %(id)s waits for a colleague") % {"id": proposal.pk}


class EndMarketMaker(StaffAction):
    name = "end"
    label = gettext_lazy("End it now")
    permission = makers.PERMISSION
    icon = "stop"
    intro = gettext_lazy("Scenarios look at their orders again from now on. One person may do it.")

    def preview(self, row: MarketMaker) -> str:
        return _("customer %(id)s, by %(what)s until %(day)s") % {
            "id": row.customer_id,
            "what": row.agreement,
            "day": f"{row.until:%Y-%m-%d}",
        }

    def skips(self, row: MarketMaker) -> str:
        return _("it has ended already") if row.ended_at is not None else ""

    def run(self, *, row: MarketMaker, actor: Actor, values: dict[str, Any]) -> str:
        makers.end(maker_id=row.pk, actor=actor, reason=values["reason"])
        return _("is no market maker any more")


def stands(row: MarketMaker) -> Any:
    if row.ended_at is not None:
        return columns.badge(columns.QUIET, _("ended"))
    if row.until <= clock.now():
        return columns.badge(columns.QUIET, _("over"))
    return columns.badge(columns.OK, _("standing"))


@admin.register(MarketMaker)
class MarketMakerAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 36),)
    menu_label = gettext_lazy("Market makers")
    says = gettext_lazy("Whom scenarios about withdrawn orders leave alone, by which contract.")
    empty_says = gettext_lazy(
        "Market makers appear here once one was proposed on their customer's page and approved."
    )
    big = False
    list_select_related = ("customer__user",)
    lookups = (
        lookups.by_id(MarketMaker),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: MarketMaker.objects.filter(customer_id=number).values_list(
                "pk", flat=True
            )[: lookups.MOST_HITS],
        ),
    )
    row_actions = (EndMarketMaker,)
    list_display = (
        "agreement",
        columns.computed("stands", gettext_lazy("now"), stands),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.customer_id, row.customer),
        ),
        columns.when("since", gettext_lazy("since")),
        columns.when("until", gettext_lazy("until")),
        columns.identifier("agreed_by", gettext_lazy("agreed by")),
    )
    sections = (
        (gettext_lazy("Agreement"), (*list_display, "reason")),
        (
            gettext_lazy("End"),
            (
                columns.when("ended_at", gettext_lazy("ended")),
                columns.identifier("ended_by", gettext_lazy("by")),
                "end_reason",
            ),
        ),
    )


@panels.panel(permission="compliance.view_marketmaker", order=14)
def market_maker(request: HttpRequest, customer: Customer) -> Table:
    rows = MarketMaker.objects.filter(customer_id=customer.pk).order_by("-pk")[: panels.ROWS]
    return Table(
        title=_("Market maker"),
        heads=[Head(_("Contract")), Head(_("Until")), Head(_("Now"))],
        rows=[
            (
                columns.link(MarketMaker, row.pk, row.agreement),
                columns.moment(row.until),
                stands(row),
            )
            for row in rows
        ],
        empty=_("No contract: their orders are watched as everybody's."),
    )
