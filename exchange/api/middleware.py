"""First in line: every request gets an id, and requests of the wire go straight to their view.

Integrators have no session, cookie, language or form, so nothing of what serves pages runs for
them; and whatever happens under a wire path, what comes back is an envelope.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from exchange.api import envelope, errors
from exchange.api.endpoints import said_of_any
from exchange.core import logs

# The first part of every address that belongs to the wire format. No page lives under one.
WIRE_ROOTS = frozenset({"system", "spot", "account", "contract", "uapi-key", "newearn"})


class WireFormatMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        logs.request_id.set(request.request_id)  # type: ignore[attr-defined]
        if is_wire(request.path_info):
            response = self.answer(request)
            response["Cache-Control"] = "no-store"
            # A refusal is an answer like another; Django would log each as a warning. Defects
            # have been logged where they were met.
            response._has_been_logged = True  # type: ignore[attr-defined]
        else:
            response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The view's answer, or an envelope that says why there is none."""
        try:
            match = _route(request.path_info)
        except Http404:
            return envelope.error(request, errors.NOT_FOUND)
        if not getattr(match.func, "csrf_exempt", False):
            return self.get_response(request)  # a page's own view, which wants its session
        request.resolver_match = match
        try:
            return match.func(request, *match.args, **match.kwargs)
        except Exception as error:  # noqa: BLE001  an integrator gets an envelope whatever happens
            return envelope.error(request, said_of_any(error))


def is_wire(path: str) -> bool:
    """Does this address speak the wire format?"""
    return path.lstrip("/").partition("/")[0] in WIRE_ROOTS


@cache
def _route(path: str) -> ResolverMatch:
    """Only what resolves is remembered, so strangers' paths don't fill the memory."""
    return resolve(path)
