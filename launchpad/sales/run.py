"""Open a sale when its moment has come, close it, and then name the block of its draw."""

from __future__ import annotations

from django.db import transaction

from exchange.core import clock, dispatch
from launchpad.sales import blocks, draw, inputs, leave_out, moves
from launchpad.sales.models import Sale, SaleBook
from launchpad.sales.states import Mode, PublicInput, State
from launchpad.sales.terms import most_lots
from launchpad.snapshots import queries as snapshots


def open_due(sale_id: int) -> bool:
    """Open a sale whose moment has come and whose snapshot was taken. False when there is nothing
    to do, or it has to wait."""
    with transaction.atomic():
        sale = moves.locked(sale_id)
        now = clock.now()
        if sale.state != State.ANNOUNCED or now < sale.opens_at:
            return False
        if sale.snapshot is None or not snapshots.is_taken(sale.snapshot):
            moves.stuck(sale_id, "It should be open, and its snapshot of BMX is not taken yet.")
            return False
        moves.move(sale, State.OPEN, actor=moves.TASKS, opened_at=now)
    return True


def close_due(sale_id: int) -> bool:
    """Close a sale whose time is up, or of which nothing can be had any more. Whoever may not take
    part any more is left out, and the digest of all others is published."""
    if not _is_over(moves.get(sale_id)):
        return False
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if not _is_over(sale):
            return False
        left_out, amount = leave_out.leave_out(sale)
        data, _ids = inputs.inputs(sale)
        moves.move(
            sale,
            State.CLOSED,
            actor=moves.TASKS,
            closed_at=clock.now(),
            inputs_digest=draw.digest(data),
            left_out=left_out,
            left_out_amount=amount,
        )
        dispatch.after_commit("sales.allocate", queue="payouts", sale_id=sale_id)
    return True


def name_block(sale_id: int) -> bool:
    """Name the block of a closed sale, which does not exist yet: after the list was published, so
    that nobody who knows our secret can choose the list by the block."""
    if not _lacks_block(moves.get(sale_id)):
        return False
    height = blocks.named()
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if not _lacks_block(sale):
            return False
        if height is None:
            moves.stuck(sale_id, "The Bitcoin node does not answer: no block can be named.")
            return False
        Sale.objects.filter(pk=sale_id).update(block_height=height, stuck_because="")
    return True


def needs_block(sale: Sale) -> bool:
    """Is there something to draw, with a block's hash?"""
    return sale.mode != Mode.FIRST_COME and sale.public_input == PublicInput.BITCOIN


def _lacks_block(sale: Sale) -> bool:
    return sale.state == State.CLOSED and needs_block(sale) and sale.block_height is None


def _is_over(sale: Sale) -> bool:
    return sale.state == State.OPEN and (clock.now() >= sale.closes_at or _taken(sale))


def _taken(sale: Sale) -> bool:
    """First come, first served, nobody can step back, and nothing is left."""
    if sale.mode != Mode.FIRST_COME or sale.withdrawable:
        return False
    return SaleBook.objects.filter(sale=sale, lots__gte=most_lots(sale)).exists()
