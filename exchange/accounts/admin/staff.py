"""Staff screens: everybody who logs in, and the roles of staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import devices, roles, second_factor
from exchange.accounts.models import User
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import SYSTEM, page
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table


class RoleForm(ReasonForm):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[(name, name) for name in roles.ROLES]
    )
    field_order = ("role", "reason")


def roles_of(user: User) -> str:
    return ", ".join(sorted(group.name for group in user.groups.all()))


class GiveRole(StaffAction):
    name = "give-role"
    label = gettext_lazy("Give a role")
    permission = "exchange.assign_role"
    icon = "people"
    danger = True
    form_class = RoleForm
    intro = gettext_lazy(
        "They become staff, with what the role may do. They still need a second factor to get in, "
        "and nobody changes their own roles."
    )

    def preview(self, row: User) -> str:
        return _("has now: %(roles)s") % {"roles": roles_of(row) or _("no role")}

    def skips(self, row: User) -> str:
        return _("this is yourself") if row.pk == self.user.pk else ""

    def run(self, *, row: User, actor: Actor, values: dict[str, Any]) -> str:
        roles.give_role(user_id=row.pk, role=values["role"], actor=actor, reason=values["reason"])
        return _("is %(role)s now") % {"role": values["role"]}


class TakeRole(GiveRole):
    name = "take-role"
    label = gettext_lazy("Take a role away")
    icon = "close"
    intro = gettext_lazy(
        "Ends their sessions; with the last role they stop being staff. Nobody changes their own "
        "roles."
    )

    def skips(self, row: User) -> str:
        if not roles_of(row):
            return _("has no role")
        return super().skips(row)

    def run(self, *, row: User, actor: Actor, values: dict[str, Any]) -> str:
        if values["role"] not in roles_of(row).split(", "):
            raise Refused(_("is not %(role)s") % {"role": values["role"]})
        roles.take_role(user_id=row.pk, role=values["role"], actor=actor, reason=values["reason"])
        return _("is %(role)s no longer") % {"role": values["role"]}


class EndUserSessions(StaffAction):
    name = "end-sessions"
    label = gettext_lazy("End sessions")
    permission = "exchange.change_logindevice"
    icon = "logout"
    intro = gettext_lazy("Logs them out of every browser at its next request.")

    def preview(self, row: User) -> str:
        count = len(devices.of_user(user_id=row.pk))
        return _("%(n)s browsers may be logged in") % {"n": count}

    def run(self, *, row: User, actor: Actor, values: dict[str, Any]) -> str:
        ended = devices.revoke_others(
            user_id=row.pk, keep_session_key="", actor=actor, reason=values["reason"]
        )
        return _("%(n)s sessions ended") % {"n": ended}


class ProposeReset(StaffAction):
    name = "propose-reset"
    label = gettext_lazy("Propose second-factor reset")
    permission = "exchange.reset_second_factor"
    icon = "key"
    danger = True
    intro = gettext_lazy(
        "For somebody who lost phone and codes, after you have checked who they are. A colleague "
        "must approve it; then their sessions end and they log in with the password alone, once."
    )

    def preview(self, row: User) -> str:
        return _("asks a colleague to remove the second factor of %(who)s") % {"who": row}

    def skips(self, row: User) -> str:
        return "" if second_factor.is_on(user_id=row.pk) else _("has no second factor")

    def run(self, *, row: User, actor: Actor, values: dict[str, Any]) -> str:
        proposal = second_factor.propose_reset(user_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(id)s waits for a colleague") % {"id": proposal.pk}


YES = (columns.OK, gettext_lazy("active"))
NO = (columns.BAD, gettext_lazy("closed"))
STAFF = (columns.INFO, gettext_lazy("staff"))
CUSTOMER = (columns.QUIET, gettext_lazy("customer"))


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    desks = ((SYSTEM, 10),)
    menu_label = gettext_lazy("Users")
    says = gettext_lazy("Everybody who logs in: staff with their roles, and customers.")
    empty_says = gettext_lazy("Users appear here when they sign up.")
    lookups = (
        lookups.by_id(User),
        lookups.by_text(
            User,
            "email",
            gettext_lazy("e-mail"),
            clean=lambda text: text.strip().lower(),
            pattern=r"\S+@\S+",
        ),
    )
    list_filter = (
        filters.choice(
            field="is_staff",
            title=gettext_lazy("kind"),
            options=(("True", gettext_lazy("staff")), ("False", gettext_lazy("customers"))),
        ),
    )
    row_actions = (GiveRole, TakeRole, EndUserSessions, ProposeReset)
    list_display = (
        "email",
        "name",
        columns.flag("is_staff", gettext_lazy("kind"), yes=STAFF, no=CUSTOMER),
        columns.computed("roles", gettext_lazy("roles"), lambda row: roles_of(row) or "—"),
        columns.flag("is_active", gettext_lazy("account"), yes=YES, no=NO),
        columns.when("last_login", gettext_lazy("last login")),
    )
    sections = (
        (
            gettext_lazy("User"),
            (
                *list_display,
                columns.when("date_joined", gettext_lazy("joined")),
                "language",
            ),
        ),
        (
            gettext_lazy("Security"),
            (
                columns.computed(
                    "second_factor",
                    gettext_lazy("second factor"),
                    lambda row: factor_badge(row),
                ),
                columns.when("second_factor_changed_at", gettext_lazy("second factor changed")),
                columns.when("password_changed_at", gettext_lazy("password changed")),
                columns.computed(
                    "customer", gettext_lazy("customer"), lambda row: customer_link(row)
                ),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("password").prefetch_related("groups")

    def row_title(self, row: User) -> str:
        return row.email

    def tables(self, request: HttpRequest, row: User) -> list[Table]:
        return [
            Table(
                title=_("Browsers"),
                heads=[Head(_("Browser")), Head(_("From")), Head(_("Last seen"))],
                rows=[
                    (
                        columns.link("logindevice", device.pk, device.user_agent[:60] or "?"),
                        columns.mono(device.ip),
                        columns.moment(device.last_seen),
                    )
                    for device in devices.of_user(user_id=row.pk)[:20]
                ],
                empty=_("Not logged in anywhere."),
            )
        ]


def factor_badge(user: User) -> Any:
    if second_factor.is_on(user_id=user.pk):
        return columns.badge(columns.OK, _("on"))
    return columns.badge(columns.BAD if user.is_staff else columns.WATCH, _("off"))


def customer_link(user: User) -> Any:
    customer = getattr(user, "customer", None)
    return columns.link("customer", customer.pk, customer) if customer else columns.NOTHING


@page(
    desk=SYSTEM,
    path="system/roles/",
    name="roles",
    label=gettext_lazy("Roles"),
    says=gettext_lazy("What each role may do, and how many hold it."),
    permission="exchange.view_user",
    order=20,
)
def roles_page(request: HttpRequest) -> HttpResponse:
    """The table in code, which every start makes true; nobody edits permissions by hand."""
    members = dict(Group.objects.annotate(members=Count("user")).values_list("name", "members"))
    words = permission_words()
    table = Table(
        title=_("Roles"),
        heads=[Head(_("Role")), Head(_("People"), numeric=True), Head(_("May"))],
        rows=[
            (name, members.get(name, 0), ", ".join(words.get(each, each) for each in granted))
            for name, granted in roles.ROLES.items()
        ],
        empty=_("Roles are made at the first start."),
        note=_("This table is code: changing it is reviewed, and takes effect at the next start."),
    )
    return TemplateResponse(
        request,
        "admin/detail.html",
        {**request.staff_context, "tables": [table]},  # type: ignore[attr-defined]
    )


def permission_words() -> dict[str, str]:
    """Each permission as people say it: "exchange.view_apikey" is "view api key"."""
    rows = Permission.objects.values_list("content_type__app_label", "codename", "name")
    return {f"{app}.{codename}": name.removeprefix("Can ") for app, codename, name in rows}


@finder(says=gettext_lazy("staff e-mail"), permission="exchange.view_user", order=6)
def find_staff(text: str) -> list[tuple[Any, str]]:
    found = User.objects.filter(email=text.strip().lower(), is_staff=True)
    return [(user.email, columns.admin_url(User, user.pk)) for user in found]
