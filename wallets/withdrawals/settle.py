"""Settle withdrawals in the ledger: when a block has them, or at once between customers.

Over a chain: what was held goes out of custody, the fee is ours. A fork that takes the block away
is the mirror of that; each time a block takes it is an entry of its own.
"""

from __future__ import annotations

from exchange.core import clock
from exchange.core.money import ZERO
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from wallets.withdrawals import told, wake
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State


def mined(row: Withdrawal) -> None:
    """A block has it. The row is locked."""
    row.times_settled += 1
    _post(row, "withdrawal", sign=1)
    row.state = State.CONFIRMED
    row.closed_at = clock.now()
    row.stuck = ""
    row.save()
    if row.times_settled == 1:
        told.sent(row)
        wake.tell(row, "withdrawal_done")


def unmined(row: Withdrawal) -> None:
    """A fork took the block away: it is on its way again."""
    _post(row, "withdrawal_undone", sign=-1)
    row.state = State.BROADCAST
    row.closed_at = None
    row.stuck = "A fork took away the block that it was in."
    row.save()


def between_customers(row: Withdrawal) -> None:
    """Give the amount to the other customer at once. The row is locked, or new."""
    assert row.recipient_id is not None
    theirs = accounts.customer_accounts([(row.recipient_id, row.asset_id)])
    post(
        kind="internal_transfer",
        reference=str(row.pk),
        legs=[
            Leg(row.account_id, held=-row.amount),
            Leg(theirs[row.recipient_id, row.asset_id], available=row.amount),
        ],
    )
    row.state = State.CONFIRMED
    row.sent_at = row.closed_at = clock.now()
    row.save()
    told.given(row)
    wake.tell(row, "transfer_done")


def _post(row: Withdrawal, kind: str, *, sign: int) -> None:
    custody = accounts.house_account(asset_id=row.asset_id, purpose=accounts.CUSTODY)
    fees = accounts.house_account(asset_id=row.asset_id, purpose=accounts.WITHDRAWAL_FEES)
    legs = [
        Leg(row.account_id, held=-sign * (row.amount + row.fee)),
        Leg(custody, available=sign * row.amount),
    ]
    if row.fee > ZERO:
        legs.append(Leg(fees, available=sign * row.fee))
    post(kind=kind, reference=f"{row.pk}:{row.times_settled}", legs=legs)
