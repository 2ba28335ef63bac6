"""Set up the authenticator app, replace it, turn it off; recovery codes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import django_otp
import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.accounts import invitations, second_factor
from exchange.accounts.actors import actor_of
from exchange.accounts.models import Authenticator
from exchange.accounts.web import forms
from exchange.accounts.web.frame import rotate_session
from exchange.core.errors import NotFound, Refused
from exchange.portal.pages import own_page, user_of


@own_page
def start(request: HttpRequest) -> HttpResponse:
    """Explain, and begin. Whoever replaces a working app shows a code first."""
    on = second_factor.is_on(user_id=user_of(request).pk)
    form = forms.AnyCode(request.POST or None) if on else None
    ready = request.method == "POST" and (form is None or form.is_valid())
    if ready:
        code = form.cleaned_data["code"] if form is not None else ""
        try:
            second_factor.start_enrolment(
                user_id=user_of(request).pk, actor=actor_of(request), code=code
            )
        except Refused as refused:
            if form is None:
                raise
            form.take(refused)
        else:
            return redirect("authenticator-confirm")
    return render(request, "exchange/accounts/authenticator.html", {"form": form, "on": on})


@own_page
def confirm(request: HttpRequest) -> HttpResponse:
    """The picture to scan, and the first code; then the recovery codes, this once."""
    user_id, actor = user_of(request).pk, actor_of(request)
    form = forms.Code(request.POST or None)
    try:
        enrolment = second_factor.enrolment_under_way(user_id=user_id, actor=actor)
        if form.is_valid():
            codes = second_factor.confirm_enrolment(
                user_id=user_id, code=form.cleaned_data["code"], actor=actor
            )
            django_otp.login(request, Authenticator.objects.get(user_id=user_id, confirmed=True))
            rotate_session(request)
            if role := invitations.take_up(user_id=user_id, actor=actor):
                messages.success(request, _("You are %(role)s now.") % {"role": role})
            return _show_codes(request, codes, first=True)
    except NotFound as gone:
        messages.info(request, str(gone))
        return redirect("authenticator")
    except Refused as refused:
        form.take(refused)
    context = {
        "form": form,
        "qr": segno.make(enrolment.uri, error="m").svg_data_uri(scale=6, border=2),
        "secret": " ".join(enrolment.secret[i : i + 4] for i in range(0, len(enrolment.secret), 4)),
        "uri": enrolment.uri,
    }
    return render(request, "exchange/accounts/authenticator_confirm.html", context)


@own_page
def turn_off(request: HttpRequest) -> HttpResponse:
    """Back to the password alone, with a code."""
    if not second_factor.is_on(user_id=user_of(request).pk):
        return redirect("security")
    form = forms.AnyCode(request.POST or None)
    if form.is_valid():
        try:
            second_factor.turn_off(
                user_id=user_of(request).pk, code=form.cleaned_data["code"], actor=actor_of(request)
            )
        except Refused as refused:
            form.take(refused)
        else:
            rotate_session(request)
            messages.warning(
                request, _("The authenticator is off. Your password alone opens this account.")
            )
            return redirect("security")
    return render(request, "exchange/accounts/authenticator_off.html", {"form": form})


@own_page
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many are left, and new ones."""
    status = second_factor.status(user_id=user_of(request).pk)
    if not status.on:
        return redirect("authenticator")
    form = forms.AnyCode(request.POST or None)
    if form.is_valid():
        try:
            codes = second_factor.new_recovery_codes(
                user_id=user_of(request).pk, code=form.cleaned_data["code"], actor=actor_of(request)
            )
        except Refused as refused:
            form.take(refused)
        else:
            return _show_codes(request, codes, first=False)
    context: dict[str, Any] = {"form": form, "left": status.recovery_codes_left}
    return render(request, "exchange/accounts/recovery_codes.html", context)


def _show_codes(request: HttpRequest, codes: list[str], *, first: bool) -> HttpResponse:
    """On the answer itself: they are nowhere else, and a reload can't bring them back."""
    email = user_of(request).email
    title = _("Holdfast recovery codes of %(email)s. Each works once.") % {"email": email}
    text = "\r\n".join([title, "", *codes, ""])
    context = {
        "codes": codes,
        "first": first,
        "download": f"data:text/plain;charset=utf-8,{quote(text)}",
    }
    return render(request, "exchange/accounts/recovery_codes_shown.html", context)
