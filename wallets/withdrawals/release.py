"""Give up a withdrawal that has not left: what was set aside is the customer's again."""

from __future__ import annotations

from exchange.core import clock
from exchange.ledger import post
from wallets.withdrawals import told
from wallets.withdrawals.errors import TooLateToCancel, WithdrawalNotFound
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import MOVES, State


def locked(withdrawal_id: int) -> Withdrawal:
    """The row, locked until the transaction ends. Raises WithdrawalNotFound."""
    row = (
        Withdrawal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("asset", "asset_network__network", "customer", "recipient", "transaction")
        .filter(pk=withdrawal_id)
        .first()
    )
    if row is None:
        raise WithdrawalNotFound(field="withdrawal_id")
    return row


def give_up(row: Withdrawal, state: State, *, customer_message: str = "") -> None:
    """Part of a verb that holds the row's lock and writes the record. Raises TooLateToCancel."""
    if state not in MOVES[State(row.state)]:
        raise TooLateToCancel(limit=row.state)
    post.release(
        kind="withdrawal_release",
        reference=str(row.pk),
        account_id=row.account_id,
        amount=row.amount + row.fee,
    )
    row.state = state
    row.closed_at = clock.now()
    row.recheck_at = None
    row.customer_message = customer_message[:300]
    row.save()
    told.closed(row)
