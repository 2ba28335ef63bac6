"""A card for whoever opens the demo early: what of its history is still being prepared."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy

from compliance.demo import case_work
from exchange.portal import cards
from exchange.portal.desks import COMPLIANCE

SAYS = {
    "history": gettext_lazy("of the demo's months of history are being written"),
    "look-back": gettext_lazy("of the demo's history is looked through: alerts come in"),
    "cases": gettext_lazy("older cases are still being decided"),
    "": gettext_lazy("the demo's history is complete"),
}


def preparing() -> cards.Reading:
    """How far the demo's history is. A handful of queries."""
    what, done, of = case_work.progress()
    number = str(of) if what == "cases" else f"{done * 100 // of} %" if what else "100 %"
    return cards.Reading(state=cards.WATCH if what else cards.OK, number=number, says=SAYS[what])


if settings.DEMO_BOTS:
    cards.card(
        key="demo-history",
        title=gettext_lazy("The demo"),
        desk=COMPLIANCE,
        permission="compliance.see_filings",
        leads_to="admin:cases-desk",
        order=5,
    )(preparing)
