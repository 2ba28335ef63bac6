"""Where providers of identity checks tell us what they found. Signed; replays change nothing."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from compliance.identity.providers import asking, interface
from exchange.core.errors import KeyReused, NotFound

log = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """200 when it was taken in or known, 400 when it can't be read or is not theirs, 409 when an
    event's id comes with other contents. Nothing is said to whoever could not sign."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        became = asking.take_in(provider=provider, headers=headers, body=request.body)
    except NotFound:
        return HttpResponse(status=404)
    except interface.Unauthentic as error:
        log.warning("a message in the name of %s was not taken: %s", provider, error)
        return HttpResponse(status=400)
    except KeyReused:
        return HttpResponse(status=409)
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("a message of %s could not be read", provider)
        return HttpResponse(status=400)
    return HttpResponse(became, content_type="text/plain")
