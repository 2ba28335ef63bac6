"""Take a file in without letting it touch a disk, and refuse a large one before it is read.

    @uploading(most=MOST_BYTES, too_large=_too_large)
    @action
    def upload(request): ...

The CSRF token stands in the body; it is checked once the handler that keeps files off the disk is
in place, so views decorated with this need no other protection.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., HttpResponseBase]
SLACK = 64 * 1024  # what surrounds the file in the body


class InMemory(MemoryFileUploadHandler):
    """Keeps every file in memory: a passport never lies on a disk unsealed."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def uploading(*, most: int, too_large: View) -> Callable[[View], View]:
    """Bound a view that takes one file. `too_large` answers a body that is larger."""

    def bounded(view: View) -> View:
        guarded = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            length = request.META.get("CONTENT_LENGTH") or "0"
            if not length.isdigit() or int(length) > most + SLACK:
                return too_large(request, *args, **kwargs)
            request.upload_handlers = [InMemory(request)]
            return guarded(request, *args, **kwargs)

        return taken

    return bounded
