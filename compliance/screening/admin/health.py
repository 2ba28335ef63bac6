"""The dashboard's card of screening: what waits, how old the lists are, whether a pass is stuck."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Exists, Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.screening import queries
from compliance.screening.models import Blocking, ListVersion, Rescreen
from exchange.core import clock
from exchange.portal import cards
from exchange.portal.desks import COMPLIANCE

PATIENCE = timedelta(hours=4)  # for a possible match with a list
STUCK = timedelta(minutes=10)
MOST_COUNTED = 1_000


@cards.card(
    key="screening",
    title=gettext_lazy("Screening"),
    desk=COMPLIANCE,
    permission="compliance.view_hit",
    leads_to="admin:screening-desk",
    order=20,
)
def screening() -> cards.Reading:
    waiting = queries.waiting().order_by().aggregate(count=Count("id"), oldest=Min("raised_at"))
    late = waiting["oldest"] is not None and waiting["oldest"] < clock.now() - PATIENCE
    still = Rescreen.objects.filter(state=Rescreen.State.RUNNING, moved_at__lt=clock.now() - STUCK)
    # Nothing when no list was ever loaded.
    stuck = ListVersion.objects.values_list(Exists(still), flat=True).first()
    loaded = stuck is not None
    blocked = Blocking.objects.values("customer").distinct()[:MOST_COUNTED].count()
    state = cards.OK
    if waiting["count"] or stuck:
        state = cards.WATCH
    if late or not loaded:
        state = cards.BAD
    details = [(_("blocked accounts"), str(blocked))]
    if not loaded:
        details.append((_("lists"), _("none is loaded")))
    if stuck:
        details.append((_("re-screening"), _("does not move")))
    return cards.Reading(
        state=state,
        number=str(waiting["count"]),
        says=_("hits to decide"),
        details=details,
    )
