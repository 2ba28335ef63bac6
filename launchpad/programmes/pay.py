"""Pay a payout: everybody, exactly once, whatever dies on the way.

First the whole sum is set aside in the programme's account; when there is less, nobody is paid, the
programme stops and staff are told. Then batch after batch: one ledger entry and the mark that says
how far it went, in one transaction. A process that is killed leaves whole batches behind, and the
next one goes on at the mark.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, dispatch, locks, outbox
from exchange.core.actors import system
from exchange.core.errors import InsufficientFunds, NotFound, Refused
from exchange.core.money import plain
from exchange.ledger import post, post_many
from exchange.ledger.accounts import ROUNDING, house_account
from launchpad.programmes import open as programmes
from launchpad.programmes import queries
from launchpad.programmes.models import Payout, Programme
from launchpad.programmes.stop import stop_locked

log = logging.getLogger(__name__)

State = Payout.State
BATCH = 20_000
PAYER = system("programmes.pay")

_LEGS = """
WITH batch AS MATERIALIZED (
    SELECT account_id, amount, number FROM launchpad_payoutline
     WHERE payout_id = %s AND number > %s AND number <= %s ORDER BY number
)
SELECT account_id, amount, 0::numeric FROM batch
 UNION ALL
SELECT %s, 0, -coalesce(sum(amount), 0) - %s FROM batch
"""
_WITH_REMAINDER = " UNION ALL SELECT %s, %s::numeric, 0 WHERE %s <> 0"


class Batch(NamedTuple):
    """Lines that have just been paid, for whoever keeps books beside them."""

    payout_id: int
    programme_id: int
    asset_id: int
    number: int  # from 1
    first: int  # numbers of lines, both included
    last: int


Settle = Callable[[Batch], None]
Before = Callable[[int], None]
_settles: dict[str, tuple[Settle, Before]] = {}


def settles(name: str, *, before: Before = lambda _: None) -> Callable[[Settle], Settle]:
    """Register a function that is called in the transaction of every batch of a payout that was
    prepared with `settled_by=name`: what it writes stands or falls with the batch. `before` is
    called with the programme's id when nothing is locked yet but the payout, to take locks."""

    def register(settle: Settle) -> Settle:
        if name in _settles:
            raise RuntimeError(f"two rooms settle {name}")
        _settles[name] = (settle, before)
        return settle

    return register


def pay(payout_id: int, *, batch: int = BATCH, most: int | None = None) -> int:
    """Pay what is left of a payout. Returns how many lines this call paid.

    Killed at any instruction it is called again and goes on; alongside itself each batch is paid
    by one of the two. `most` bounds the batches of this call.
    """
    if not _set_aside(payout_id):
        return 0
    paid = batches = 0
    while most is None or batches < most:
        lines = _pay_batch(payout_id, batch)
        if lines is None:
            break
        paid += lines
        batches += 1
    return paid


def sweep(*, limit: int = 50) -> int:
    """Pay whatever may be paid: what was not dispatched, and what died. Returns how many lines."""
    waiting = queries.payouts_to_pay().order_by("id").values_list("pk", flat=True)[:limit]
    paid = 0
    for payout_id in list(waiting):
        try:
            paid += pay(payout_id)
        except Refused:  # one that can't be paid must not hold up the others
            log.exception("payout %s can't be paid", payout_id)
    return paid


def _set_aside(payout_id: int) -> bool:
    """Whether its money is set aside, now or earlier."""
    with transaction.atomic():
        programme_id = _programme_of(payout_id)
        programme = programmes.locked(programme_id)
        payout = locked(payout_id)
        if payout.state == State.PAYING:
            return True
        if payout.state != State.READY or programme.state != Programme.State.OPEN:
            return False
        needed = payout.total + payout.remainder
        try:
            if needed:
                post.hold(
                    kind="payout_hold",
                    reference=f"payout:{payout_id}",
                    account_id=payout.account_id,
                    amount=needed,
                )
        except InsufficientFunds:
            _stop_short(programme, payout)
            return False
        payout.state, payout.started_at = State.PAYING, clock.now()
        payout.save(update_fields=["state", "started_at"])
    return True


def _stop_short(programme: Programme, payout: Payout) -> None:
    payout.state = State.SHORT
    payout.save(update_fields=["state"])
    available, _ = queries.house_balances_of(programme)
    missing = payout.total + payout.remainder - available
    code = programme.asset.code
    stop_locked(
        programme,
        because=(
            f"Payout “{payout.key}” needs {plain(payout.total + payout.remainder)} {code} and the"
            f" programme has {plain(available)}: {plain(missing)} {code} are missing. Nobody was"
            " paid."
        ),
        actor=PAYER,
    )


def _pay_batch(payout_id: int, size: int) -> int | None:
    """Pay the next batch. Returns its lines; None when there is nothing left to do."""
    with transaction.atomic():
        payout = locked(payout_id)
        if payout.state != State.PAYING:
            return None
        settle, before = _settles.get(payout.settled_by, (None, None))
        if before is not None:
            before(payout.programme_id)
        first = payout.paid_lines
        last = min(first + size, payout.lines)
        is_last = last == payout.lines
        remainder = payout.remainder if is_last else 0
        if last > first or remainder:
            rounding = house_account(asset_id=payout.programme.asset_id, purpose=ROUNDING)
            posted = post_many.post_from(
                kind="payout",
                reference=f"payout:{payout_id}:{payout.batches + 1}",
                query=_LEGS + _WITH_REMAINDER,
                params=[
                    payout_id, first, last, payout.account_id, remainder,
                    rounding, remainder, remainder,
                ],
            )  # fmt: skip
            payout.paid += (
                post_many.received_by(posted.entry_id, besides=payout.account_id) - remainder
            )
            payout.batches += 1
            payout.paid_lines = last
        if is_last:
            payout.state, payout.finished_at = State.PAID, clock.now()
            outbox.announce("programmes.paid", payout_id=payout_id)
            record(
                actor=PAYER,
                verb="programmes.pay",
                target=payout,
                after={"paid": plain(payout.paid), "lines": last, "batches": payout.batches},
            )
        payout.save(update_fields=["paid", "batches", "paid_lines", "state", "finished_at"])
        if last > first and settle is not None:
            asset_id = payout.programme.asset_id
            settle(Batch(payout_id, payout.programme_id, asset_id, payout.batches, first + 1, last))
    return last - first


def _programme_of(payout_id: int) -> int:
    found = Payout.objects.filter(pk=payout_id).values_list("programme_id", flat=True).first()
    if found is None:
        raise NotFound(f"There is no payout {payout_id}.", field="payout_id")
    return found


def locked(payout_id: int) -> Payout:
    locks.hold(locks.Lock.PAYOUT, payout_id)
    found = Payout.objects.select_related("programme__asset").filter(pk=payout_id).first()
    if found is None:
        raise NotFound(f"There is no payout {payout_id}.", field="payout_id")
    return found


def wake(payout_id: int) -> None:
    """Ask a worker to go on with a payout."""
    dispatch.after_commit("programmes.pay", queue="payouts", payout_id=payout_id)
