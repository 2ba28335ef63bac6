"""The dashboard's card of deposits: what waits for staff, what is paused, what is owed."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exchange.core import clock
from exchange.portal import cards, columns
from exchange.portal.desks import TREASURY
from wallets.deposits import states
from wallets.deposits.models import Deposit, ReorgDebt

State = Deposit.State
PATIENCE = timedelta(hours=4)
MOST_SMALL = 1_000  # dust may gather; a thousand of it wants to be swept aside


@cards.card(
    key="deposits",
    title=gettext_lazy("Deposits"),
    desk=TREASURY,
    permission="wallets.view_deposit",
    leads_to="admin:wallets_deposit_changelist?state=waits",
    order=40,
)
def deposits() -> cards.Reading:
    """Queues by state; the oldest of those that keep a customer waiting."""
    ago = clock.now() - timedelta(minutes=10)
    waiting = {
        row["state"]: row
        for row in Deposit.objects.filter(
            Q(state__in=states.QUEUES) | Q(state=State.CHECKED, changed_at__lt=ago)
        )
        .values("state")
        .annotate(count=Count("id"), oldest=Min("changed_at"))
        .order_by()
    }
    stuck = waiting.get(State.CHECKED, {"count": 0})["count"]
    owed = ReorgDebt.objects.filter(paid__lt=F("amount")).count()
    people = [waiting[s] for s in (State.HELD, State.NO_OWNER, State.REFUSED) if s in waiting]
    count = sum(row["count"] for row in people)
    late = any(row["oldest"] < clock.now() - PATIENCE for row in people)
    small = waiting.get(State.BELOW_MINIMUM, {"count": 0})["count"]
    state = cards.OK
    if count or stuck or small > MOST_SMALL:
        state = cards.WATCH
    if late or owed:
        state = cards.BAD
    oldest = min((row["oldest"] for row in people), default=None)
    return cards.Reading(
        state=state,
        number=f"{count:,}",
        says=ngettext("waits for a decision", "wait for a decision", count),
        details=[
            (_("Oldest"), columns.ago(oldest) if oldest else columns.NOTHING),
            (_("Paused, confirmed"), f"{stuck:,}"),
            (_("Below the minimum"), f"{small:,}"),
            (_("Debts after forks"), f"{owed:,}"),
        ],
    )
