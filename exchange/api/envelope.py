"""The one shape of every answer: {"message", "code", "trace", "data"}.

`message` is never missing, because ccxt calls `.lower()` on it before it looks at anything else,
and on success it is OK, because any other text is raised as an error.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from exchange.api.errors import Said
from exchange.core.money import plain

JSON = "application/json"


def ok(request: HttpRequest, data: Any) -> HttpResponse:
    """An answer with code 1000. Decimals in `data` become strings in plain notation."""
    return _answer(request, 1000, "OK", data, 200)


def error(request: HttpRequest, said: Said) -> HttpResponse:
    return _answer(request, said.code, said.message, {}, said.status)


def _answer(request: HttpRequest, code: int, message: str, data: Any, status: int) -> HttpResponse:
    body = {"message": message, "code": code, "trace": trace(request), "data": data}
    text = json.dumps(body, separators=(",", ":"), default=_written)
    return HttpResponse(text, content_type=JSON, status=status)


def trace(request: HttpRequest) -> str:
    """The request's id, under which its log lines and audit events can be found."""
    return getattr(request, "request_id", "")


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"{type(value).__name__} has no form on the wire")
