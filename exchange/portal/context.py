"""What every template may ask of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {"ws_public_url": settings.WS_PUBLIC_URL, "ws_private_url": settings.WS_PRIVATE_URL}
