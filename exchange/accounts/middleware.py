"""Sessions belong to devices: a revoked device is logged out at its next request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from exchange.accounts import devices
from exchange.accounts.actors import client_ip
from exchange.accounts.models import LoginDevice
from exchange.core import clock

SEEN_EVERY = timedelta(minutes=5)


class DeviceMiddleware:
    """After authentication: one indexed query a request that carries a session cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._require_device(request)
        response = self.get_response(request)
        token = getattr(request, "device_token", "")
        if token:
            response.set_cookie(
                devices.COOKIE,
                token,
                max_age=devices.COOKIE_SECONDS,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response

    def _require_device(self, request: HttpRequest) -> None:
        device = LoginDevice.objects.filter(
            user_id=request.user.pk or 0, session_key=request.session.session_key, revoked_at=None
        ).first()
        if device is None:
            logout(request)
            return
        if clock.now() - device.last_seen > SEEN_EVERY:
            LoginDevice.objects.filter(pk=device.pk).update(
                last_seen=clock.now(), ip=client_ip(request)
            )
