"""Whom the staff invited: choose a password, then set up the phone; the role comes with it."""

from __future__ import annotations

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts import invitations
from exchange.accounts.actors import actor_of
from exchange.accounts.web import forms
from exchange.core.errors import Conflict, Invalid, Refused
from exchange.portal.pages import open_page

TOKEN = "staff_invitation_token"  # noqa: S105  the name of a place in the session
PAGE = "exchange/accounts/invitation.html"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@open_page
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, so that no log, history or referrer keeps it."""
    request.session[TOKEN] = token
    return redirect("invitation")


@open_page
def accept(request: HttpRequest) -> HttpResponse:
    """Choose the password. Whoever was logged in here before is logged out."""
    token = request.session.get(TOKEN, "")
    try:
        invitation = invitations.invited_with(token)
    except Invalid as useless:
        return render(request, PAGE, {"problem": str(useless)}, status=410)
    form = forms.FirstPassword(request.POST or None)
    if form.is_valid():
        try:
            user = invitations.accept(
                token=token, password=form.cleaned_data["password"], actor=actor_of(request)
            )
        except Conflict as taken:
            return render(request, PAGE, {"problem": str(taken)}, status=409)
        except Refused as refused:
            form.take(refused)
        else:
            request.session.flush()
            auth.login(request, user, backend=BACKEND)
            messages.info(
                request,
                _("One step is left: set up the authenticator app. Your role comes with it."),
            )
            return redirect("authenticator")
    return render(request, PAGE, {"form": form, "invitation": invitation})
