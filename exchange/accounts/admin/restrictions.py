"""Staff screens: what customers may not do, why, until when, and how it is lifted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import restrictions
from exchange.accounts.models import Restriction
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin


class ProposeLift(StaffAction):
    name = "propose-lift"
    label = gettext_lazy("Propose lifting")
    permission = "exchange.unfreeze_customer"
    icon = "play"
    intro = gettext_lazy(
        "Lifting needs two people: this asks for the second one. Nothing changes until a colleague "
        "approves it."
    )

    def preview(self, row: Restriction) -> str:
        return _("proposes that %(who)s may %(what)s again. Imposed by %(by)s: %(why)s") % {
            "who": row.customer,
            "what": row.get_kind_display(),
            "by": row.imposed_by,
            "why": row.reason,
        }

    def skips(self, row: Restriction) -> str:
        return _("lifted already") if row.lifted_at else ""

    def run(self, *, row: Restriction, actor: Actor, values: dict[str, Any]) -> str:
        proposal = restrictions.propose_lift(
            restriction_id=row.pk, actor=actor, reason=values["reason"]
        )
        return _("proposal %(id)s waits for a colleague") % {"id": proposal.pk}


def standing(row: Restriction) -> Any:
    if row.lifted_at is not None:
        return columns.badge(columns.QUIET, _("lifted"))
    if row.until is not None and row.until <= clock.now():
        return columns.badge(columns.QUIET, _("over"))
    return columns.badge(columns.BAD, _("standing"))


class StandingFilter(filters.ChoiceFilter):
    title = gettext_lazy("now")
    parameter_name = "now"
    options = (("standing", gettext_lazy("not lifted")), ("lifted", gettext_lazy("lifted")))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.filter(lifted_at__isnull=self.value() == "standing")


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 20),)
    menu_label = gettext_lazy("Restrictions")
    opens_with: ClassVar = {"now": "standing"}
    says = gettext_lazy("Who may not do what, why, and until when. Lifting needs two people.")
    empty_says = gettext_lazy("Restrictions appear here when somebody imposes one.")
    list_select_related = ("customer__user",)
    lookups = (
        lookups.by_id(Restriction),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: Restriction.objects.filter(customer_id=number).values_list(
                "pk", flat=True
            )[: lookups.MOST_HITS],
        ),
    )
    list_filter = (
        StandingFilter,
        filters.choice(
            field="kind",
            title=gettext_lazy("kind"),
            options=Restriction.Kind.choices,
            indexed=False,
        ),
        filters.since("imposed_at"),
    )
    row_actions = (ProposeLift,)
    list_display = (
        columns.computed("restriction", gettext_lazy("restriction"), str),
        columns.computed("standing", gettext_lazy("now"), standing),
        "reason",
        columns.identifier("imposed_by", gettext_lazy("imposed by")),
        columns.when("imposed_at", gettext_lazy("imposed")),
        columns.when("until", gettext_lazy("until")),
    )
    sections = (
        (
            gettext_lazy("Restriction"),
            (
                columns.related(
                    "customer",
                    gettext_lazy("customer"),
                    "customer",
                    lambda row: (row.customer_id, row.customer),
                ),
                columns.computed(
                    "kind", gettext_lazy("may not"), lambda row: row.get_kind_display()
                ),
                "reason",
                "customer_message",
                *list_display[3:],
            ),
        ),
        (
            gettext_lazy("Lifted"),
            (
                columns.when("lifted_at", gettext_lazy("at")),
                columns.identifier("lifted_by", gettext_lazy("by")),
            ),
        ),
    )

    def row_title(self, row: Restriction) -> str:
        return str(row)

    def headline(self, row: Restriction) -> Any:
        return standing(row)
