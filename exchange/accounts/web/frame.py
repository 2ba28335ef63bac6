"""What the account pages share: no copies in caches, no secrets in error reports, safe returns."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exchange.accounts import devices
from exchange.accounts.models import User

View = Callable[..., HttpResponse]


def open_page(view: View) -> View:
    """A page for anybody."""
    guarded = require_http_methods(["GET", "HEAD", "POST"])(view)
    return never_cache(sensitive_post_parameters()(guarded))


def own_page(view: View) -> View:
    """A page for whoever is logged in, about themselves."""
    return open_page(login_required(view))


def action(view: View) -> View:
    """Something to do, never to look at: POST only."""
    return never_cache(
        sensitive_post_parameters()(require_http_methods(["POST"])(login_required(view)))
    )


def customer_page(view: View) -> View:
    """A page about the customer's account; staff, who have none, are sent to Security."""

    @wraps(view)
    def for_customers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request.user, "customer", None) is None:
            return redirect("security")
        return view(request, *args, **kwargs)

    return own_page(for_customers)


def user_of(request: HttpRequest) -> User:
    """Whoever is logged in: for pages behind `own_page`."""
    user = request.user
    assert isinstance(user, User)
    return user


def wanted_place(request: HttpRequest) -> str:
    """Where the visitor wanted to go (`next`), when it is a place of ours; else ""."""
    place = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        place, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return place if safe else ""


def place_after_login(request: HttpRequest, place: str) -> str:
    """Where they wanted to go; else the staff site for staff, the markets for customers."""
    if place:
        return place
    if user_of(request).is_staff:
        # Right after login the user has the device that let them in, or none yet.
        verified = getattr(request.user, "otp_device", None) is not None
        return reverse("admin:index") if verified else reverse("security")
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def rotate_session(request: HttpRequest) -> None:
    """Give the session a new key, as after every change of what it may do."""
    old_key = request.session.session_key or ""
    request.session.cycle_key()
    devices.follow_session(
        user_id=user_of(request).pk,
        old_key=old_key,
        new_key=request.session.session_key or "",
    )
