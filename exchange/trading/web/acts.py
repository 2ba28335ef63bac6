"""What the pages do: place, cancel, read one's own. POST with CSRF; JSON in, JSON out.

A refusal answers {"code", "message", "field", "limit"} in the customer's language, and nothing has
happened. The client order id that the page sends makes a repeated POST harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from exchange.accounts import stream_tokens
from exchange.accounts.actors import actor_of
from exchange.api import throttle
from exchange.api.limits import Limit
from exchange.core import money
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound, PermissionRefused, Refused, SwitchedOff
from exchange.core.foreign import json_of
from exchange.trading.cancel import cancel, cancel_all
from exchange.trading.check import NewOrder
from exchange.trading.place import place
from exchange.trading.web import rows, words

# A person's pace, with room for somebody quick.
PACE = Limit(60, 2)
Act = Callable[..., dict[str, Any]]
View = Callable[..., JsonResponse]


def act(view: Act) -> View:
    """For a customer who is logged in; turns a refusal into JSON with a fitting status."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, **arguments: Any) -> JsonResponse:
        actor = actor_of(request)
        if actor.user_id is None:
            return _refuse(401, "login", _("You have been logged out. Log in and try again."))
        if actor.customer_id is None:
            return _refuse(403, "permission", _("This account may not trade."))
        if not throttle.take(f"page:{actor.customer_id}", PACE).allowed:
            return _refuse(429, "too_many", _("That was quicker than we allow. Wait a second."))
        try:
            return JsonResponse(view(request, actor=actor, **arguments))
        except Refused as refusal:
            limit = None if refusal.limit is None else str(refusal.limit)
            told = words.sentence(refusal)
            return _refuse(_status(refusal), refusal.code, told, refusal.field, limit)

    return answer


def _refuse(
    status: int, code: str, message: str, field: str = "", limit: str | None = None
) -> JsonResponse:
    body = {"code": code, "message": message, "field": field, "limit": limit}
    return JsonResponse(body, status=status)


def _status(refusal: Refused) -> int:
    if isinstance(refusal, NotFound):
        return 404
    if isinstance(refusal, PermissionRefused):
        return 403
    return 503 if isinstance(refusal, SwitchedOff) else 400


@require_GET
@act
def mine(request: HttpRequest, *, actor: Actor) -> dict[str, Any]:
    """Balances, open orders, past orders and fills; read once after each reconnect."""
    return rows.mine(_holder(actor))


@require_POST
@act
def stream_token(request: HttpRequest, *, actor: Actor) -> dict[str, Any]:
    """A short-lived pass for the customer's own WebSocket stream."""
    return {"token": stream_tokens.issue(_holder(actor))}


@require_POST
@act
def place_order(request: HttpRequest, *, actor: Actor) -> dict[str, Any]:
    """Place one order: {symbol, side, kind, price?, size?, notional?, client_order_id}."""
    asked = _asked(request)
    order = NewOrder(
        customer_id=_holder(actor),
        symbol=_text(asked, "symbol"),
        side=_text(asked, "side"),
        kind=_text(asked, "kind"),
        price=_amount(asked, "price"),
        size=_amount(asked, "size"),
        notional=_amount(asked, "notional"),
        client_order_id=_text(asked, "client_order_id"),
    )
    return {"id": str(place(order=order, actor=actor))}


@require_POST
@act
def cancel_one(request: HttpRequest, *, actor: Actor, order_id: int) -> dict[str, Any]:
    """Cancel an order, and say what became of it."""
    row = cancel(order_id=order_id, customer_id=_holder(actor), actor=actor)
    return {"order": rows.order(row)}


@require_POST
@act
def cancel_every(request: HttpRequest, *, actor: Actor) -> dict[str, Any]:
    """Cancel all open orders, or those of {symbol}."""
    symbol = _text(_asked(request), "symbol") or None
    count = cancel_all(customer_id=_holder(actor), actor=actor, symbol=symbol)
    return {"canceled": count}


def _holder(actor: Actor) -> int:
    assert actor.customer_id is not None, "`act` lets nobody else through"
    return actor.customer_id


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        asked = json_of(request.body or b"{}", parse_float=Decimal)
    except ValueError as error:
        raise Invalid(_("The page sent something that cannot be read. Reload it.")) from error
    if not isinstance(asked, dict):
        raise Invalid(_("The page sent something that cannot be read. Reload it."))
    return asked


def _text(asked: dict[str, Any], field: str) -> str:
    text = str(asked.get(field) or "")
    if not text.isprintable():  # nor could the database keep it
        raise Invalid(_("The page sent something that cannot be read. Reload it."), field=field)
    return text


def _amount(asked: dict[str, Any], field: str) -> Decimal | None:
    given = asked.get(field)
    return None if given in (None, "") else money.parse(given, field=field)
