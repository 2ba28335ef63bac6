"""Card of the dashboard: do votes open, close and get counted when they should?"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.portal import cards
from exchange.portal.desks import LAUNCHPAD
from launchpad.governance.models import VoteProposal
from launchpad.governance.states import State

LATE = timedelta(minutes=10)
MOST = 200


@cards.card(
    key="votes",
    title=gettext_lazy("Votes"),
    desk=LAUNCHPAD,
    permission="launchpad.view_voteproposal",
    leads_to="admin:launchpad_voteproposal_changelist",
    order=20,
)
def votes() -> cards.Reading:
    """One indexed read of those that are not over. Late is what the tasks should have moved on."""
    now = clock.now()
    waiting = [State.REVIEW, State.PUBLISHED, State.OPEN, State.COUNTING]
    rows = list(
        VoteProposal.objects.filter(state__in=waiting).only("state", "opens_at", "closes_at")[:MOST]
    )
    late = [
        row
        for row in rows
        if (row.state == State.PUBLISHED and row.opens_at and row.opens_at < now - LATE)
        or (
            row.state in (State.OPEN, State.COUNTING)
            and row.closes_at
            and row.closes_at < now - LATE
        )
    ]
    review = sum(1 for row in rows if row.state == State.REVIEW)
    state = cards.BAD if late else cards.WATCH if review else cards.OK
    return cards.Reading(
        state=state,
        number=str(sum(1 for row in rows if row.state == State.OPEN)),
        says=_("open now"),
        details=[
            (_("to be reviewed"), str(review)),
            (_("coming"), str(sum(1 for row in rows if row.state == State.PUBLISHED))),
            (_("late"), str(len(late))),
        ],
    )
