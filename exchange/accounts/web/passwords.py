"""Change the password, or set a new one with a link from a letter."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as axes_reset
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts import devices, passwords, reset_tokens, second_factor, throttle
from exchange.accounts.actors import actor_of
from exchange.accounts.web import forms
from exchange.core.errors import Invalid, Refused
from exchange.portal.pages import open_page, own_page, user_of

TOKEN = "password_reset_token"  # noqa: S105  the name of a place in the session


@own_page
def change(request: HttpRequest) -> HttpResponse:
    """A new password; every other browser is logged out."""
    on = second_factor.is_on(user_id=user_of(request).pk)
    form = forms.ChangePassword(request.POST or None, second_factor=on)
    if form.is_valid():
        old_key = request.session.session_key or ""
        try:
            user = passwords.change(
                user_id=user_of(request).pk,
                actor=actor_of(request),
                keep_session_key=old_key,
                **form.cleaned_data,
            )
        except Refused as refused:
            form.take(refused)
        else:
            update_session_auth_hash(request, user)
            devices.follow_session(
                user_id=user.pk, old_key=old_key, new_key=request.session.session_key or ""
            )
            messages.success(
                request, _("Your password is changed. Every other browser is logged out.")
            )
            return redirect("security")
    return render(request, "exchange/accounts/password.html", {"form": form})


@open_page
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether or not anybody has this address."""
    form = forms.Forgot(request.POST or None)
    if form.is_valid():
        try:
            passwords.request_reset(email=form.cleaned_data["email"], actor=actor_of(request))
        except Refused as refused:
            form.take(refused)
        else:
            return render(request, "exchange/accounts/password_sent.html")
    return render(request, "exchange/accounts/password_forgot.html", {"form": form})


@open_page
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, so that no log, history or referrer keeps it."""
    request.session[TOKEN] = token
    return redirect("password-reset-form")


@open_page
def reset(request: HttpRequest) -> HttpResponse:
    """Choose the new password."""
    token = request.session.get(TOKEN, "")
    try:
        user = reset_tokens.user_of(token)
    except Invalid as useless:
        problem = {"problem": str(useless)}
        return render(request, "exchange/accounts/password_reset.html", problem, status=410)
    form = forms.NewPassword(request.POST or None)
    if form.is_valid():
        try:
            passwords.reset(token=token, new=form.cleaned_data["new"], actor=actor_of(request))
        except Refused as refused:
            form.take(refused)
        else:
            request.session.flush()
            axes_reset(username=user.email)
            throttle.forget("login-to", user.email)
            messages.success(request, _("Your new password is set. Log in with it."))
            return redirect("login")
    context: dict[str, Any] = {"form": form, "email": user.email}
    return render(request, "exchange/accounts/password_reset.html", context)
