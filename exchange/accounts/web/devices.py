"""Where the user is logged in, and how to end it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.accounts import devices
from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound
from exchange.portal.pages import action, own_page, user_of


@own_page
def listing(request: HttpRequest) -> HttpResponse:
    context = {
        "devices": devices.of_user(user_id=user_of(request).pk),
        "current": request.session.session_key,
    }
    return render(request, "exchange/accounts/devices.html", context)


@action
def revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    try:
        devices.revoke(user_id=user_of(request).pk, device_id=device_id, actor=actor_of(request))
    except NotFound as unknown:
        raise Http404 from unknown
    messages.success(request, _("This device is logged out."))
    return redirect("devices")


@action
def revoke_others(request: HttpRequest) -> HttpResponse:
    ended = devices.revoke_others(
        user_id=user_of(request).pk,
        keep_session_key=request.session.session_key or "",
        actor=actor_of(request),
    )
    messages.success(
        request,
        ngettext(
            "%(count)d other device is logged out.",
            "%(count)d other devices are logged out.",
            ended,
        )
        % {"count": ended},
    )
    return redirect("devices")
