"""Staff screens: who is invited to the staff, and the page that invites."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import invitations, roles
from exchange.accounts.models import StaffInvitation
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, lookups
from exchange.portal.actions import ReasonForm, StaffAction, actor_of
from exchange.portal.desks import SYSTEM, page
from exchange.portal.screens import ReadOnlyAdmin

State = StaffInvitation.State
TONES = {
    State.OPEN: columns.INFO,
    State.ACCEPTED: columns.WATCH,
    State.IN_FORCE: columns.OK,
    State.EXPIRED: columns.QUIET,
    State.REVOKED: columns.QUIET,
}


class SendAgain(StaffAction):
    name = "send-again"
    label = gettext_lazy("Send again")
    permission = "exchange.invite_staff"
    icon = "retry"
    intro = gettext_lazy("A new letter, good for three days. The link in the last one dies.")

    def preview(self, row: StaffInvitation) -> str:
        return _("another letter to %(email)s") % {"email": row.email}

    def skips(self, row: StaffInvitation) -> str:
        if row.accepted_at or row.revoked_at:
            return _("it is %(state)s already") % {"state": State(row.state).label}
        return ""

    def run(self, *, row: StaffInvitation, actor: Actor, values: dict[str, Any]) -> str:
        invitations.send_again(invitation_id=row.pk, actor=actor, reason=values["reason"])
        return _("a new letter is on its way")


class Revoke(StaffAction):
    name = "revoke"
    label = gettext_lazy("Revoke")
    permission = "exchange.invite_staff"
    icon = "close"
    danger = True
    intro = gettext_lazy(
        "The link dies at once. Who has chosen a password and no role yet can't log in any more."
    )

    def preview(self, row: StaffInvitation) -> str:
        return _("%(email)s does not become %(role)s") % {"email": row.email, "role": row.role}

    def skips(self, row: StaffInvitation) -> str:
        if row.in_force_at or row.revoked_at:
            return _("it is %(state)s already") % {"state": State(row.state).label}
        return ""

    def run(self, *, row: StaffInvitation, actor: Actor, values: dict[str, Any]) -> str:
        invitations.revoke(invitation_id=row.pk, actor=actor, reason=values["reason"])
        return _("revoked")


@admin.register(StaffInvitation)
class StaffInvitationAdmin(ReadOnlyAdmin):
    desks = ((SYSTEM, 15),)
    menu_label = gettext_lazy("Invitations")
    says = gettext_lazy("Who is asked to join the staff, by whom, and what became of it.")
    empty_says = gettext_lazy("Invitations appear here when somebody is invited to the staff.")
    change_list_template = "admin/invitation_list.html"
    list_select_related = ("invited_by", "user")
    lookups = (
        lookups.by_id(StaffInvitation),
        lookups.by_text(
            StaffInvitation,
            "email",
            gettext_lazy("e-mail"),
            clean=lambda text: text.strip().lower(),
            pattern=r"\S+@\S+",
        ),
    )
    row_actions = (SendAgain, Revoke)
    list_display = (
        "email",
        "role",
        columns.computed(
            "state",
            gettext_lazy("state"),
            lambda row: columns.badge(TONES[row.state], State(row.state).label),
        ),
        columns.computed("invited_by", gettext_lazy("invited by"), lambda row: row.invited_by),
        columns.when("invited_at", gettext_lazy("invited")),
        columns.when("expires_at", gettext_lazy("good until")),
    )
    sections = (
        (gettext_lazy("Invitation"), (*list_display, "reason", "serial")),
        (
            gettext_lazy("What became of it"),
            (
                columns.when("accepted_at", gettext_lazy("password chosen")),
                columns.when("in_force_at", gettext_lazy("phone set up, role in force")),
                columns.when("revoked_at", gettext_lazy("revoked")),
                columns.computed(
                    "user",
                    gettext_lazy("user"),
                    lambda row: columns.link("user", row.user_id, row.user) if row.user else "—",
                ),
            ),
        ),
    )

    def row_title(self, row: StaffInvitation) -> str:
        return row.email

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may = request.user.has_perm("exchange.invite_staff")
        invite_url = reverse("admin:invite") if may else ""
        return super().changelist_view(request, {"invite_url": invite_url, **(extra_context or {})})


class InviteForm(ReasonForm):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[("", "—"), *((name, name) for name in roles.ROLES)]
    )
    field_order = ("email", "role", "reason")


@page(
    desk=SYSTEM,
    path="system/invite/",
    name="invite",
    label=gettext_lazy("Invite somebody"),
    says=gettext_lazy("A letter to somebody new: a password, a phone, and then the role."),
    permission="exchange.invite_staff",
    order=16,
)
def invite_page(request: HttpRequest) -> HttpResponse:
    """Address, role and reason; back to the list when the letter is on its way."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = invitations.invite(**form.cleaned_data, actor=actor_of(request))
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            words = _("The letter to %(email)s is on its way: %(role)s, once the phone is set up.")
            messages.success(request, words % {"email": invitation.email, "role": invitation.role})
            return HttpResponseRedirect(reverse("admin:exchange_staffinvitation_changelist"))
    return TemplateResponse(
        request,
        "admin/invite.html",
        {**request.staff_context, "form": form},  # type: ignore[attr-defined]
        status=422 if form.errors else 200,
    )
