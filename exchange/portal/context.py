"""What every template may ask of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
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
    last_market = FIRST_MARKET
    wanted = [
        ("markets", _("Markets"), [], "/markets"),
        ("trade", _("Trade"), [last_market], "/trade"),
        ("balances", _("Balances"), [], "/balances"),
        ("orders", _("Orders"), [], "/orders"),
    ]
    places = []
    for name, label, arguments, prefix in wanted:
        try:
            url = reverse(name, args=arguments)
        except NoReverseMatch:  # the room is not mounted
            continue
        current = path == prefix or path.startswith(prefix + "/")
        places.append({"icon": name, "label": label, "url": url, "current": current})
    return places
