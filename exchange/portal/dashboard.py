"""The first page of the staff site: is the exchange well?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.core import clock
from exchange.portal import cards
from exchange.portal.desks import Desk

REFRESH_SECONDS = 10
MOST_NAMED = 4


def pulse(request: HttpRequest, desk: Desk | None = None) -> dict[str, Any]:
    """The cards that this member of staff may see, and the sentence that sums them up."""
    shown = cards.shown_to(request.user, desk)
    verdict = cards.worst(shown)
    return {
        "cards": shown,
        "verdict": verdict,
        "verdict_words": _verdict(shown, verdict),
        "read_at": clock.now(),
        "refresh_seconds": REFRESH_SECONDS,
    }


def _verdict(shown: list[cards.Shown], verdict: str) -> str:
    """How things are in a sentence; what is wrong leads to where it is looked at."""
    if not shown:
        return ""
    if verdict == cards.OK:
        return _("The exchange is well.")
    bad = [each for each in shown if each.reading.state in (cards.BAD, cards.UNKNOWN)]
    watch = [each for each in shown if each.reading.state == cards.WATCH]
    parts = []
    if bad:
        parts.append(
            ngettext("%(n)d thing is wrong", "%(n)d things are wrong", len(bad)) % {"n": len(bad)}
        )
    if watch:
        parts.append(ngettext("%(n)d to watch", "%(n)d to watch", len(watch)) % {"n": len(watch)})
    names = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((each.url, each.card.title) for each in [*bad, *watch][:MOST_NAMED]),
    )
    return format_html("{}: {}.", ", ".join(parts), names)
