"""The dashboard's card: do programmes pay what they owe?"""

from __future__ import annotations

from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.portal.cards import BAD, OK, WATCH, Reading, card
from exchange.portal.desks import LAUNCHPAD
from launchpad.programmes.models import Payout, Programme


@card(
    key="programmes",
    title=gettext_lazy("Programmes"),
    desk=LAUNCHPAD,
    permission="launchpad.view_programme",
    leads_to="admin:launchpad_programme_changelist",
    order=45,
)
def programmes() -> Reading:
    """Stopped programmes first: customers wait for their money."""
    stopped = list(
        Programme.objects.filter(state=Programme.State.STOPPED).order_by("stopped_at")[:5]
    )
    paying = Payout.objects.filter(state__in=("ready", "paying"))
    waits = paying.aggregate(left=Sum(F("lines") - F("paid_lines")))["left"] or 0
    if stopped:
        return Reading(
            state=BAD,
            number=str(len(stopped)),
            says=_("stopped: people wait to be paid"),
            details=[(each.name, each.stopped_because[:160]) for each in stopped],
        )
    return Reading(
        state=WATCH if waits > 1_000_000 else OK,
        number=f"{waits:,}",
        says=_("people are to be paid now") if waits else _("everything is paid"),
    )
