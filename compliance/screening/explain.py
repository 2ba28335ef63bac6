"""The parts of a score in words, for whoever has to decide."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def words_of(part: dict[str, Any]) -> str:
    """One part as a sentence."""
    mine, listed = part.get("mine", ""), part.get("listed", "")
    both = {"mine": mine, "listed": listed}
    how = str(part.get("how", ""))
    sentences = {
        "same": _("“%(mine)s” and “%(listed)s” are the same."),
        "sound": _("“%(mine)s” sounds like “%(listed)s”."),
        "form": _("“%(mine)s” is another form of “%(listed)s”."),
        "letters": _("“%(mine)s” differs from “%(listed)s” by a letter or two."),
        "initial": _("“%(mine)s” may stand for “%(listed)s”."),
        "glued": _("“%(mine)s” is “%(listed)s” written together or apart."),
        "bones": _("“%(mine)s” has the consonants of “%(listed)s”."),
        "only here": _("Only the customer has “%(mine)s”."),
        "only there": _("Only the list has “%(listed)s”."),
        "birth agrees": _("Born %(mine)s; the list says %(listed)s."),
        "birth differs": _("Born %(mine)s; the list says %(listed)s. That alone clears nobody."),
        "birth is near": _("Born %(mine)s; the list says %(listed)s, a year apart."),
        "country agrees": _("A country in common: %(mine)s; the list says %(listed)s."),
        "country differs": _("No country in common: %(mine)s; the list says %(listed)s."),
        "address": _("The address %(listed)s itself is on the list."),
    }
    return sentences.get(how, how) % both


def effect_of(part: dict[str, Any]) -> str:
    """What it does to the score, in thousandths."""
    how, points = str(part.get("how", "")), int(part.get("points", 0))
    if how.startswith(("birth", "country")):
        return f"{points:+d}" if points else "0"
    if how in ("only here", "only there"):
        return _("lowers it")
    return f"{-round(points * 0.11):d}" if points else _("agrees")
