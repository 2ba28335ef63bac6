"""Staff screens: customers, and everything known of one on a single page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import devices, restrictions
from exchange.accounts.models import Customer, Restriction, normal_email
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups, panels
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import COMPLIANCE, SUPPORT
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin

SPANS = {
    "": (gettext_lazy("until it is lifted"), None),
    "1": (gettext_lazy("for a day"), timedelta(days=1)),
    "7": (gettext_lazy("for a week"), timedelta(days=7)),
    "30": (gettext_lazy("for 30 days"), timedelta(days=30)),
}


class RestrictForm(ReasonForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("They may not"), choices=Restriction.Kind.choices, initial="withdrawal"
    )
    lasts = forms.ChoiceField(
        label=gettext_lazy("How long"),
        choices=[(key, words) for key, (words, _span) in SPANS.items()],
        required=False,
    )
    customer_message = forms.CharField(
        label=gettext_lazy("What the customer is told"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("They never see the reason above: it might tip somebody off."),
    )
    field_order = ("kind", "lasts", "reason", "customer_message")


class Restrict(StaffAction):
    name = "restrict"
    label = gettext_lazy("Restrict")
    permission = "exchange.freeze_customer"
    icon = "stop"
    danger = True
    form_class = RestrictForm
    intro = gettext_lazy(
        "Takes effect at once and binds their sub-accounts too. Imposing it needs one person; "
        "lifting it needs two."
    )

    def preview(self, row: Customer) -> str:
        standing = restrictions.standing_restrictions(customer_id=row.pk)
        already = ", ".join(each.get_kind_display() for each in standing)
        return _("may not already: %(what)s") % {"what": already} if already else _("unrestricted")

    def run(self, *, row: Customer, actor: Actor, values: dict[str, Any]) -> str:
        span = SPANS[values["lasts"]][1]
        restriction = restrictions.restrict(
            customer_id=row.pk,
            kind=values["kind"],
            actor=actor,
            reason=values["reason"],
            until=clock.now() + span if span else None,
            customer_message=values["customer_message"],
        )
        return _("may not %(what)s now") % {"what": restriction.get_kind_display()}


class EndSessions(StaffAction):
    name = "end-sessions"
    label = gettext_lazy("End sessions")
    permission = "exchange.change_logindevice"
    icon = "logout"
    intro = gettext_lazy("Logs them out of every browser at its next request. Keys are untouched.")

    def preview(self, row: Customer) -> str:
        count = len(devices.of_user(user_id=row.user_id)) if row.user_id else 0
        return _("%(n)s browsers may be logged in") % {"n": count}

    def skips(self, row: Customer) -> str:
        return "" if row.user_id else _("a sub-account has no login of its own")

    def run(self, *, row: Customer, actor: Actor, values: dict[str, Any]) -> str:
        assert row.user_id is not None, "sub-accounts are skipped"
        ended = devices.revoke_others(
            user_id=row.user_id, keep_session_key="", actor=actor, reason=values["reason"]
        )
        return _("%(n)s sessions ended") % {"n": ended}


def by_email(text: str) -> list[int]:
    """The customer of a login name, and their sub-accounts."""
    email = normal_email(text)
    if "@" not in email:
        return []
    own = Customer.objects.filter(user__email=email).values_list("pk", flat=True).first()
    if own is None:
        return []
    subs = Customer.objects.filter(parent_id=own).values_list("pk", flat=True)
    return [own, *subs[: lookups.MOST_HITS]]


def who(row: Customer) -> Any:
    if row.user is not None:
        return row.user.email
    return _("sub-account %(name)s of customer %(id)s") % {"name": row.name, "id": row.parent_id}


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    desks = ((SUPPORT, 10), (COMPLIANCE, 10))
    menu_label = gettext_lazy("Customers")
    says = gettext_lazy("One page a customer, with what every room knows of them.")
    empty_says = gettext_lazy("Customers appear here when they sign up.")
    change_form_template = "admin/customer.html"
    list_select_related = ("user",)
    lookups = (
        lookups.by_id(Customer),
        lookups.Lookup(says=gettext_lazy("e-mail"), ids=by_email),
    )
    list_filter = (filters.since("created_at"),)
    list_display = (
        columns.identifier("pk", gettext_lazy("customer")),
        columns.computed("who", gettext_lazy("who"), who),
        "name",
        "country",
        columns.when("created_at", gettext_lazy("since")),
    )
    list_display_links = (list_display[0], list_display[1])
    sections = (
        (
            gettext_lazy("Customer"),
            (
                columns.computed("who", gettext_lazy("e-mail"), who),
                "name",
                "country",
                columns.when("created_at", gettext_lazy("since")),
                columns.related(
                    "parent",
                    gettext_lazy("belongs to"),
                    "customer",
                    lambda row: (row.parent_id, row.parent_id),
                ),
            ),
        ),
    )

    @property
    def row_actions(self) -> Sequence[type[StaffAction]]:  # type: ignore[override]
        """Ours, and what other rooms offer: asked when a page is shown, for they load after us."""
        return (Restrict, EndSessions, *panels.acts_on_customer())

    def row_title(self, row: Customer) -> str:
        return _("Customer %(id)s") % {"id": row.pk}

    def headline(self, row: Customer) -> Any:
        standing = restrictions.standing_restrictions(customer_id=row.pk)
        badges = [
            columns.badge(columns.BAD, _("may not %(what)s") % {"what": each.get_kind_display()})
            for each in standing
        ]
        if row.user is not None and not row.user.is_active:
            badges.append(columns.badge(columns.BAD, _("account closed")))
        return columns.together(badges or [columns.badge(columns.OK, _("unrestricted"))])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        shown = panels.shown_to(request, customer) if customer is not None else []
        return super().change_view(
            request, object_id, form_url, {"panels": shown, **(extra_context or {})}
        )


@finder(says=gettext_lazy("e-mail"), permission="exchange.view_customer", order=5)
def find_customer_by_email(text: str) -> list[tuple[Any, str]]:
    found = Customer.objects.filter(user__email=normal_email(text))
    return [(text, columns.admin_url(Customer, customer.pk)) for customer in found]


@finder(says=gettext_lazy("customer id"), permission="exchange.view_customer", order=10)
def find_customer(text: str) -> list[tuple[Any, str]]:
    number = lookups.whole_number(text.casefold().removeprefix("customer "))
    if number is None:
        return []
    found = Customer.objects.filter(pk=number).select_related("user")
    return [(str(customer), columns.admin_url(Customer, customer.pk)) for customer in found]
