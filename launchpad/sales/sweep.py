"""Find what sales wait for, whoever's message got lost: each step is asked for as long as there is
something to do. Bounded: what is left is found by the next sweep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db.models import Q

from exchange.core import clock
from exchange.core.errors import Refused
from launchpad.sales import allocate, moves, release, run, settle
from launchpad.sales.errors import SumsDisagree
from launchpad.sales.models import Sale, SaleRelease, Subscription
from launchpad.sales.states import State

log = logging.getLogger(__name__)
MOST_SALES = 50
SECONDS = 100


def sweep() -> int:
    """Go on with every sale that has something due. Returns how many steps were made."""
    made = 0
    deadline = time.monotonic() + 2 * SECONDS
    for sale_id in due()[:MOST_SALES]:
        if time.monotonic() > deadline:
            break
        made += go_on(sale_id)
    return made


def due() -> list[int]:
    """Sales with something to do now: those that run, then refunds, then releases, so that many
    old sales never keep a new one waiting. A few indexed queries over running sales."""
    now = clock.now()
    running = Sale.objects.filter(
        Q(state=State.ANNOUNCED, opens_at__lte=now)
        | Q(state=State.OPEN)
        | Q(state__in=[State.CLOSED, State.DISTRIBUTING])
        | Q(state=State.ALLOCATED, distributes_at__lte=now)
    )
    refunds = Subscription.objects.filter(settled_at=None, sale__state=State.CANCELLED)
    left_out = Subscription.objects.filter(settled_at=None, sale__state=State.ALLOCATED).exclude(
        left_out=""
    )
    parts = SaleRelease.objects.filter(
        Q(done_at=None) | Q(told_at=None, number__gt=0), sale__state=State.VESTING, due_at__lte=now
    )
    return [
        *running.order_by("pk").values_list("pk", flat=True),
        *refunds.order_by("sale").values_list("sale", flat=True).distinct(),
        *left_out.order_by("sale").values_list("sale", flat=True).distinct(),
        *parts.order_by("sale").values_list("sale", flat=True).distinct(),
    ]


def go_on(sale_id: int) -> int:
    """Make every step of one sale that can be made now. Returns how many."""
    made = 0
    deadline = time.monotonic() + SECONDS
    try:
        for step in STEPS:
            while step(sale_id) and time.monotonic() < deadline:
                made += 1
    except SumsDisagree as defect:
        log.exception("sale %s stands still: its sums disagree", sale_id)
        moves.stuck(sale_id, f"Its sums disagree, nothing was written: {defect}")
    except Refused as refused:
        log.warning("sale %s waits: %s", sale_id, refused)
        moves.stuck(sale_id, str(refused))
    else:
        if made:  # whatever it waited for is there
            moves.stuck(sale_id, "")
    return made


def _distribute(sale_id: int) -> int:
    return settle.distribute(sale_id=sale_id)


def _give_back(sale_id: int) -> int:
    return settle.give_back(sale_id=sale_id)


def _refund(sale_id: int) -> int:
    return settle.refund(sale_id=sale_id)


def _release(sale_id: int) -> int:
    return release.release_due(sale_id=sale_id)


STEPS: tuple[Callable[[int], int], ...] = (
    run.open_due,
    run.close_due,
    run.name_block,
    _give_back,
    allocate.allocate,
    _distribute,
    release.tell_due,
    _release,
    _refund,
)
