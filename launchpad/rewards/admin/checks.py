"""Staff screens of compliance: rewards that are held, and what links accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE, LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.rewards import holds, persons
from launchpad.rewards.models import PersonLink, RewardCheck

State = RewardCheck.State
TONES = {State.OPEN: columns.WATCH, State.RELEASED: columns.OK, State.REFUSED: columns.BAD}
STRENGTHS = {
    PersonLink.Strength.CERTAIN: columns.BAD,
    PersonLink.Strength.SUSPECTED: columns.WATCH,
    PersonLink.Strength.HINT: columns.QUIET,
}


class Release(StaffAction):
    name = "release-reward"
    label = gettext_lazy("Release")
    permission = holds.PERMISSION
    icon = "check"
    intro = gettext_lazy("Paid with the next payment. The customer never learns that it was held.")

    def preview(self, row: RewardCheck) -> str:
        return _("customer %(who)s gets %(amount)s %(asset)s") % _words(row)

    def skips(self, row: RewardCheck) -> str:
        return "" if row.state == State.OPEN else _("it was %(s)s") % {"s": row.get_state_display()}

    def run(self, *, row: RewardCheck, actor: Actor, values: dict[str, Any]) -> str:
        holds.release(check_id=row.pk, actor=actor, reason=values["reason"])
        return _("is paid with the next payment")


class Refuse(Release):
    name = "refuse-reward"
    label = gettext_lazy("Refuse")
    icon = "alarm"
    danger = True
    intro = gettext_lazy("Not paid; its part of the budget is free again. No reason is told.")

    def preview(self, row: RewardCheck) -> str:
        return _("customer %(who)s does not get %(amount)s %(asset)s") % _words(row)

    def run(self, *, row: RewardCheck, actor: Actor, values: dict[str, Any]) -> str:
        holds.refuse(check_id=row.pk, actor=actor, reason=values["reason"])
        return _("is not given")


class Dismiss(StaffAction):
    name = "dismiss-link"
    label = gettext_lazy("They are two people")
    permission = holds.PERMISSION
    icon = "people"
    intro = gettext_lazy("This links them no more, now and when it is found again.")

    def preview(self, row: PersonLink) -> str:
        return _("customers %(a)s and %(b)s: %(what)s") % {
            "a": row.one_id,
            "b": row.other_id,
            "what": row.get_kind_display(),
        }

    def skips(self, row: PersonLink) -> str:
        return _("it counts no more already") if row.dismissed_at else ""

    def run(self, *, row: PersonLink, actor: Actor, values: dict[str, Any]) -> str:
        persons.dismiss(link_id=row.pk, actor=actor, reason=values["reason"])
        return _("counts no more")


@admin.register(RewardCheck)
class RewardCheckAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 64),)
    menu_label = gettext_lazy("Held rewards")
    opens_with: ClassVar = {"state__exact": "open"}
    says = gettext_lazy("Perhaps one person twice, or named in an alert: release or refuse.")
    empty_says = gettext_lazy("Nothing is held.")
    ordering = ("-pk",)
    list_select_related = ("reward__campaign__programme__asset",)
    lookups = (lookups.by_id(RewardCheck),)
    row_actions = (Release, Refuse)
    list_filter = ("state",)
    list_display = (
        columns.identifier("pk", gettext_lazy("check")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.reward.customer_id, row.reward.customer_id),
        ),
        columns.computed("why", gettext_lazy("why"), lambda row: _why(row)),
        columns.computed(
            "campaign", gettext_lazy("campaign"), lambda row: row.reward.campaign.title
        ),
        columns.amount(
            "reward__amount", gettext_lazy("amount"), "reward__campaign__programme__asset__code"
        ),
        columns.when("held_at", gettext_lazy("since")),
    )
    sections = (
        (
            gettext_lazy("Held"),
            (
                *list_display,
                "decided_by",
                "decided_because",
                columns.when("decided_at", gettext_lazy("decided")),
            ),
        ),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[RewardCheck] | None:
        if not request.user.has_perm(holds.PERMISSION):
            return None
        return RewardCheck.objects.filter(state=State.OPEN)

    def headline(self, row: RewardCheck) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: RewardCheck) -> list[Table]:
        found = persons.others(row.reward.customer_id)
        return [
            Table(
                title=_("Accounts that seem to be the same person"),
                heads=[Head(_("Customer")), Head(_("How sure")), Head(_("Because"))],
                rows=[
                    (
                        columns.link("customer", other, other),
                        columns.badge(
                            STRENGTHS[PersonLink.Strength(verdict.strength)],
                            PersonLink.Strength(verdict.strength).label,
                        ),
                        "; ".join(verdict.reasons),
                    )
                    for other, verdict in sorted(found.items())
                ],
                empty=_("None."),
            )
        ]


@admin.register(PersonLink)
class PersonLinkAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 65), (LAUNCHPAD, 65))
    menu_label = gettext_lazy("Accounts of one person")
    says = gettext_lazy("What accounts have in common, and how sure that makes us.")
    empty_says = gettext_lazy("Links appear here every six hours, and when something is given.")
    ordering = ("-pk",)
    lookups = (
        lookups.by_number(PersonLink, "one_id", gettext_lazy("customer")),
        lookups.by_number(PersonLink, "other_id", gettext_lazy("the other")),
    )
    row_actions = (Dismiss,)
    list_filter = ("strength", "kind")
    list_display = (
        columns.identifier("pk", gettext_lazy("link")),
        columns.state("strength", gettext_lazy("how sure"), STRENGTHS),
        columns.related(
            "one", gettext_lazy("customer"), "customer", lambda row: (row.one_id, row.one_id)
        ),
        columns.related(
            "other", gettext_lazy("and"), "customer", lambda row: (row.other_id, row.other_id)
        ),
        columns.computed("kind", gettext_lazy("share"), lambda row: row.get_kind_display()),
        "says",
        columns.when("found_at", gettext_lazy("found")),
        columns.computed(
            "dismissed", gettext_lazy("two people, says"), lambda row: row.dismissed_by or "—"
        ),
    )
    sections = (
        (
            gettext_lazy("Link"),
            (*list_display, "dismissed_because", columns.when("dismissed_at", gettext_lazy("at"))),
        ),
    )


def _why(row: RewardCheck) -> str:
    return "; ".join(reason["says"] for reason in row.reasons)


def _words(row: RewardCheck) -> dict[str, Any]:
    return {
        "who": row.reward.customer_id,
        "amount": columns.amount_text(row.reward.amount),
        "asset": row.reward.campaign.programme.asset.code,
    }
