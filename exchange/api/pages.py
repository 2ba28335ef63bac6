"""Where no view answered: an error page to a browser, an envelope to everybody else."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext as _

from exchange.api import envelope, errors
from exchange.api.errors import Said

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, errors.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, errors.FORBIDDEN)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, errors.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, errors.INTERNAL)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, errors.FORBIDDEN)


def _answer(request: HttpRequest, said: Said) -> HttpResponse:
    if not _is_browser(request):
        return envelope.error(request, said)
    trace = envelope.trace(request)
    name = f"exchange/errors/{said.status}.html"
    context = {"status": said.status, "request": request}
    try:
        # A page that failed once must not fail again for want of a session or a database.
        body = loader.render_to_string(name, context, None if said.status == 500 else request)
    except Exception:  # noqa: BLE001  an error page that fails would hide the first error
        log.exception("the error page %s failed", name)
        text = _("%(status)s. Nothing was changed. Reference: %(trace)s")
        return HttpResponse(
            text % {"status": said.status, "trace": trace},
            status=said.status,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(body, status=said.status)


def _is_browser(request: HttpRequest) -> bool:
    """A person looks at this address, rather than a program."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.endswith(".json")
