"""From a request to the Actor that verbs ask: who is this, and what may they do."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from django.conf import settings

from exchange.accounts.models import Customer
from exchange.core.actors import CUSTOMER, STAFF, SYSTEM, Actor
from exchange.core.errors import PermissionRefused

if TYPE_CHECKING:
    from django.http import HttpRequest  # noqa: TID251  reading a request is this module's business

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  an address to write down, not one to listen on


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, with their address and the request's id.

    Staff hold the permissions of their groups, and only while a second factor was shown in this
    session. Customers hold none: verbs let them act on what is theirs (`require_holder`). Somebody
    who has not logged in is a customer without an id.
    """
    user = getattr(request, "user", None)
    ip, request_id = client_ip(request), getattr(request, "request_id", "")
    if user is None or not user.is_authenticated:
        return Actor(kind=CUSTOMER, label="anonymous", ip=ip, request_id=request_id)
    known = vars(request).setdefault("customers_of", {})  # a page of the staff site asks often
    if user.pk not in known:
        known[user.pk] = (
            Customer.objects.filter(user_id=user.pk).values_list("pk", flat=True).first()
        )
    return Actor(
        kind=STAFF if user.is_staff else CUSTOMER,
        label=user.email,
        user_id=user.pk,
        customer_id=known[user.pk],
        ip=ip,
        request_id=request_id,
        may=lambda permission: _staff_may(user, permission),
    )


def require_holder(*, actor: Actor, customer_id: int, permission: str) -> None:
    """Let through the customer, the owner of a sub-account, and staff who hold `permission`.

    Raises PermissionRefused. One query when the actor is another customer.
    """
    if actor.kind == CUSTOMER and actor.customer_id is not None:
        if actor.customer_id == customer_id:
            return
        if Customer.objects.filter(pk=customer_id, parent_id=actor.customer_id).exists():
            return
        raise PermissionRefused(limit=permission)
    actor.require(permission)


def require_user(*, actor: Actor, user_id: int, permission: str) -> None:
    """Let through the user themselves, and whoever holds `permission` over others."""
    if actor.kind != SYSTEM and actor.user_id == user_id:
        return
    actor.require(permission)


def client_ip(request: HttpRequest) -> str:
    """The address of whoever sent the request.

    TRUSTED_PROXY_COUNT says how many proxies of ours stand in front (0: none, and then the header
    that a stranger can write is not read). With n proxies the address is the n-th from the right
    of X-Forwarded-For: what stands further left was written by the stranger.
    """
    proxies = int(getattr(settings, "TRUSTED_PROXY_COUNT", 0))
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= proxies and _is_address(hops[-proxies]):
            return hops[-proxies]
    remote = request.META.get("REMOTE_ADDR", "")
    return remote if _is_address(remote) else UNKNOWN_ADDRESS


def _staff_may(user: Any, permission: str) -> bool:
    verified = getattr(user, "is_verified", None)
    return bool(user.is_staff and verified and verified() and user.has_perm(permission))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
