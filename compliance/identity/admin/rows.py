"""Applications, identities and clocks as lists. Facts: nobody edits them here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from compliance.identity.admin.clocks import Conclude
from compliance.identity.models import Application, Identity, PepReview
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin

TONES = {
    "submitted": "watch", "asked": "watch", "proposed": "watch", "approved": "ok", "refused": "bad",
}  # fmt: skip
RISKS = {"low": "ok", "medium": "watch", "high": "bad", "prohibited": "bad"}


def _customer(row: Any) -> tuple[Any, Any]:
    return row.customer_id, row.customer


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    menu_label = _("Applications")
    opens_with: ClassVar = {"state": filters.WAITING}
    says = _("Every request for a tier, with what was decided.")
    empty_says = _("Customers' applications appear here when they begin one.")
    desks = ((COMPLIANCE, 30),)
    lookups = (
        lookups.by_id(Application),
        lookups.by_number(Application, "customer_id", _("customer’s number")),
    )
    list_select_related = ("customer__user",)
    list_display = (
        "id",
        columns.related("customer", _("Customer"), "customer", _customer),
        "full_name",
        "country",
        "tier",
        columns.state("state", _("State"), TONES),
        columns.state("risk", _("Risk"), RISKS),
        columns.when("submitted_at", _("Sent")),
    )
    list_filter = (
        filters.choice(
            field="state",
            title=_("state"),
            options=Application.State.choices,
            indexed=False,
            waiting=(Application.State.SUBMITTED, Application.State.PROPOSED),
        ),
    )
    sections = (
        (_("What it is"), ("id", "customer", "kind", "tier", "state", "risk", "notes")),
        (_("Who"), ("full_name", "native_name", "birth_date", "nationality", "country")),
        (_("When"), ("started_at", "submitted_at", "decided_at")),
    )


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    menu_label = _("Identities")
    says = _("Who customers are, as last approved.")
    empty_says = _("An approved application makes an identity.")
    desks = ((COMPLIANCE, 31),)
    lookups = (
        lookups.by_id(Identity),
        lookups.by_number(Identity, "customer_id", _("customer’s number")),
    )
    list_select_related = ("customer__user",)
    list_display = (
        "id",
        columns.related("customer", _("Customer"), "customer", _customer),
        "full_name",
        "country",
        "tier",
        columns.state("risk", _("Risk"), RISKS),
        "refresh_due",
    )
    sections = (
        (_("Who"), ("customer", "kind", "full_name", "native_name", "birth_date", "nationality")),
        (_("Where"), ("country", "street", "city", "region", "postal_code", "occupation")),
        (_("Standing"), ("tier", "risk", "version", "approved_at", "valid_until", "refresh_due")),
        (_("Refresh"), ("refresh_asked_at", "lapsed_at", "declared_yearly")),
    )


@admin.register(PepReview)
class PepReviewAdmin(ReadOnlyAdmin):
    menu_label = _("Clocks on public offices")
    opens_with: ClassVar = {"state": PepReview.State.OPEN}
    says = _("Transfers of CAD 100,000 or more: thirty days to find out, the soonest due first.")
    empty_says = _("A large transfer starts a clock.")
    desks = ((COMPLIANCE, 32),)
    lookups = (
        lookups.by_id(PepReview),
        lookups.by_number(PepReview, "customer_id", _("customer’s number")),
    )
    row_actions = (Conclude,)
    list_select_related = ("customer__user",)
    list_display = (
        "id",
        columns.related("customer", _("Customer"), "customer", _customer),
        columns.amount("amount_cad", _("CAD")),
        "due",
        columns.state("state", _("State"), {"open": "watch", "done": "ok"}),
    )
    list_filter = (
        filters.choice(
            field="state", title=_("state"), options=PepReview.State.choices, indexed=False
        ),
    )
    sections = (
        (_("What started it"), ("customer", "reference", "amount_cad", "happened_at", "due")),
        (_("What was found"), ("state", "office", "findings", "reviewed_by", "done_at")),
        (_("Sources"), ("source_of_funds", "source_of_wealth")),
    )
