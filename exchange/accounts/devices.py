"""The browsers that a user is logged in with: a session lives as long as its device's row says.

Every login writes or renews the row of the browser it came from (known by a random cookie of which
we keep only the hash). The middleware ends a session that no unrevoked row names.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver

from exchange.accounts import mail, told
from exchange.accounts.actors import actor_of, client_ip, require_user
from exchange.accounts.models import LoginDevice, User
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import NotFound

if TYPE_CHECKING:
    from django.http import HttpRequest  # noqa: TID251  logins are told to us by a signal

COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie


def remember(
    *, user_id: int, session_key: str, token: str, user_agent: str, ip: str, actor: Actor
) -> LoginDevice:
    """Write down that this browser just logged in. The user is told of a browser that is new.

    An earlier session of the same browser ends: a row names one session.
    """
    fingerprint = _fingerprint(token)
    fields = {
        "session_key": session_key,
        "user_agent": user_agent[:300],
        "ip": ip,
        "last_seen": clock.now(),
        "revoked_at": None,
    }
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        before = LoginDevice.objects.filter(user_id=user_id)
        known = before.filter(fingerprint=fingerprint, revoked_at=None).exists()
        first_ever = not before.exists()
        device, _ = LoginDevice.objects.update_or_create(
            user_id=user_id, fingerprint=fingerprint, defaults=fields
        )
        event = record(
            actor=actor,
            verb="accounts.log_in",
            target=device,
            after={"new_device": not known, "user_agent": device.user_agent},
        )
        told.logged_in(device=device, event=event, is_new=not known)
        if not known and not first_ever:
            mail.tell(user_id, "new_device", ip=ip, browser=device.browser)
    return device


def knows(*, email: str, token: str) -> bool:
    """Has this user logged in from the browser with this device cookie, and not revoked it?"""
    return LoginDevice.objects.filter(
        user__email=email, fingerprint=_fingerprint(token), revoked_at=None
    ).exists()


def of_user(*, user_id: int) -> list[LoginDevice]:
    """Devices that may still be logged in, the latest first."""
    return list(LoginDevice.objects.filter(user_id=user_id, revoked_at=None).order_by("-last_seen"))


def revoke(*, user_id: int, device_id: int, actor: Actor, reason: str = "") -> None:
    """Log one device out at its next request. Revoking twice is one revocation. Raises NotFound."""
    require_user(actor=actor, user_id=user_id, permission="exchange.change_logindevice")
    with transaction.atomic():
        device = (
            LoginDevice.objects.select_for_update().filter(pk=device_id, user_id=user_id).first()
        )
        if device is None:
            raise NotFound(field="device_id")
        if device.revoked_at is not None:
            return
        device.revoked_at = clock.now()
        device.session_key = ""
        device.save(update_fields=["revoked_at", "session_key"])
        record(actor=actor, verb="accounts.revoke_device", target=device, reason=reason)


def revoke_others(*, user_id: int, keep_session_key: str, actor: Actor, reason: str = "") -> int:
    """Log out every device but the one that asks. Returns how many."""
    require_user(actor=actor, user_id=user_id, permission="exchange.change_logindevice")
    with transaction.atomic():
        ended = end_sessions(user_id=user_id, keep_session_key=keep_session_key)
        record(
            actor=actor,
            verb="accounts.revoke_other_devices",
            target=User.objects.get(pk=user_id),
            reason=reason,
            after={"sessions_ended": ended},
        )
    return ended


def end_sessions(*, user_id: int, keep_session_key: str = "") -> int:
    """Revoke devices as part of another verb, which asked for permission and writes the record."""
    devices = LoginDevice.objects.filter(user_id=user_id, revoked_at=None)
    if keep_session_key:
        devices = devices.exclude(session_key=keep_session_key)
    return devices.update(revoked_at=clock.now(), session_key="")


def follow_session(*, user_id: int, old_key: str, new_key: str) -> None:
    """The session got a new key (it was rotated): its device keeps it."""
    LoginDevice.objects.filter(user_id=user_id, session_key=old_key).update(session_key=new_key)


@receiver(user_logged_in, dispatch_uid="accounts.remember_device")
def _on_login(request: HttpRequest, user: User, **_: Any) -> None:
    """Whichever page let them in: ours or the staff site's."""
    token = request.COOKIES.get(COOKIE, "")
    if not 32 <= len(token) <= 100:
        token = secrets.token_urlsafe(32)
    # for the middleware, which sets the cookie
    request.device_token = token  # type: ignore[attr-defined]
    remember(
        user_id=user.pk,
        session_key=request.session.session_key or "",
        token=token,
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        ip=client_ip(request),
        actor=_logging_in(request, user),
    )


@receiver(user_logged_out, dispatch_uid="accounts.forget_session")
def _on_logout(request: HttpRequest, user: User | None, **_: Any) -> None:
    key = request.session.session_key
    if user is None or not key:
        return
    with transaction.atomic():
        if LoginDevice.objects.filter(user_id=user.pk, session_key=key).update(session_key=""):
            record(actor=_logging_in(request, user), verb="accounts.log_out", target=user)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _logging_in(request: HttpRequest, user: User) -> Actor:
    """At login the signal comes before anybody reads request.user; it is set already."""
    actor = actor_of(request)
    if actor.user_id is not None:
        return actor
    return Actor(
        kind="staff" if user.is_staff else "customer",
        label=user.email,
        user_id=user.pk,
        ip=actor.ip,
        request_id=actor.request_id,
    )
