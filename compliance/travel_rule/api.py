"""The endpoint for other providers: signed requests, signed answers. See `wire` for how.

A stranger learns nothing here but that the signature is not good.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.travel_rule import keys, receive, wire
from exchange.core.errors import NotFound, Refused

BASE = wire.BASE.lstrip("/")


@never_cache
@require_http_methods(["GET"])
def provider(request: HttpRequest) -> JsonResponse:
    """Who we are, and the key that our signatures are checked with."""
    us = keys.ourselves()
    try:
        public_key = wire.public_of(keys.in_use())
    except NotFound:
        public_key = ""
    return JsonResponse(
        {
            "name": us.name,
            "lei": us.lei,
            "jurisdiction": us.country,
            "public_key": public_key,
            "ivms101": "101.2023",
            "paths": sorted(receive.VERBS),
        }
    )


@csrf_exempt  # no cookie counts here: every request carries its own signature
@never_cache
@require_http_methods(["POST"])
def take(request: HttpRequest, what: str) -> HttpResponse:
    """One signed request. 401: a bad signature, 413: too much, 422: it makes no sense."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > wire.MOST_BYTES:
        return JsonResponse({"error": "the message is too long"}, status=413)
    raw = request.body
    try:
        sender, signed = receive.authentic(
            request.headers, method="POST", path=request.path, body=raw
        )
    except wire.BadRequest as bad:
        return JsonResponse({"error": str(bad)}, status=401)
    status, answer = _answered(sender, what, raw)
    receive.write_down(sender, what, raw, status=status, answer=answer)
    body = json.dumps(answer, sort_keys=True).encode()
    signature = wire.sign_answer(key=keys.in_use(), nonce=signed.nonce, status=status, body=body)
    return HttpResponse(
        body,
        status=status,
        content_type="application/json",
        headers={wire.SIGNATURE: signature},
    )


def _answered(sender: Any, what: str, raw: bytes) -> tuple[int, dict[str, Any]]:
    verb = receive.VERBS.get(what)
    if verb is None:
        return 404, {"error": "there is no such path"}
    try:
        body = wire.parse(raw)
    except ValueError:
        return 422, {"error": "the body is no JSON object"}
    try:
        return 200, verb(sender, body)
    except Refused as refused:
        return 422, {"error": str(refused), "field": refused.field}


urlpatterns = [
    path(BASE, provider, name="travel-rule-provider"),
    path(f"{BASE}/<slug:what>", take, name="travel-rule-take"),
]
