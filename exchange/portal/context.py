"""What every template may ask of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from exchange.core import switches

THEMES = {"auto": "auto", "light": "sun", "dark": "moon"}  # each with its icon
FIRST_MARKET = "BTC_USDT"


def site(request: HttpRequest) -> dict[str, Any]:
    """Addresses of the sockets, and `site`: theme, navigation, whether trading is open.

    The last is read when a page asks for it, so that the page for a failed server never does.
    """
    theme = request.COOKIES.get("theme", "auto")
    theme = theme if theme in THEMES else "auto"
    return {
        "ws_public_url": settings.WS_PUBLIC_URL,
        "ws_private_url": settings.WS_PRIVATE_URL,
        "site": {
            "theme": theme,
            "place": settings.PLACE_NAME,
            "keeps_letters": settings.KEEPS_LETTERS,
            "theme_icon": THEMES[theme],
            "side": "closed" if request.COOKIES.get("side") == "closed" else "open",
            "places": _places(request.path),
            "standing": _standing,
        },
    }


def _standing() -> str:
    """Either open or paused; empty when nobody can say."""
    try:
        return "paused" if switches.closed(switches.TRADING) else "open"
    except DatabaseError:
        return ""


# Where the main menu leads. Rooms of other apps are named by their address, if they are installed.
PLACES = (
    ("markets", gettext_lazy("Markets"), "markets"),
    ("trade", gettext_lazy("Trade"), "trade-last"),
    ("earn", gettext_lazy("Earn"), "earn"),
    ("launchpad", gettext_lazy("Launchpad"), "launchpad"),
    ("balances", gettext_lazy("Balances"), "balances"),
    ("orders", gettext_lazy("Orders"), "orders"),
)


# Sales, votes, listings and rewards are one place, each with an address of its own.
BELOW = {"launchpad": ("votes", "listings", "rewards")}


def _places(path: str) -> list[dict[str, Any]]:
    return [
        {
            "icon": name,
            "label": label,
            "url": url,
            "current": any(
                path == each or path.startswith(each + "/")
                for each in (url, *filter(None, map(_address, BELOW.get(name, ()))))
            ),
        }
        for name, label, view in PLACES
        if (url := _address(view))
    ]


def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""
