"""Where visitors go after logging in, and what becomes of their session."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from exchange.accounts import devices
from exchange.portal.pages import user_of


def wanted_place(request: HttpRequest) -> str:
    """Where the visitor wanted to go (`next`), when it is a place of ours; else ""."""
    place = request.POST.get("next") or request.GET.get("next") or ""
    # A word without a slash would be taken for the name of an address, which it is not.
    safe = place.startswith("/") and url_has_allowed_host_and_scheme(
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
