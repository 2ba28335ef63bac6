"""What every template may ask of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

THEMES = {"auto": "auto", "light": "sun", "dark": "moon"}  # each with its icon
FIRST_MARKET = "BTC_USDT"


def site(request: HttpRequest) -> dict[str, Any]:
    """Addresses of the sockets, and `site`: theme, navigation. Reads no database, so that the
    page for a failed server can use it."""
    theme = request.COOKIES.get("theme", "auto")
    theme = theme if theme in THEMES else "auto"
    return {
        "ws_public_url": settings.WS_PUBLIC_URL,
        "ws_private_url": settings.WS_PRIVATE_URL,
        "site": {"theme": theme, "theme_icon": THEMES[theme], "places": _places(request.path)},
    }


def _places(path: str) -> list[dict[str, Any]]:
    wanted = [
        ("markets", _("Markets"), reverse("markets")),
        ("trade", _("Trade"), reverse("trade-last")),
        ("balances", _("Balances"), reverse("balances")),
        ("orders", _("Orders"), reverse("orders")),
    ]
    return [
        {
            "icon": name,
            "label": label,
            "url": url,
            "current": path == url or path.startswith(url + "/"),
        }
        for name, label, url in wanted
    ]
