"""Take a withdrawal back before the signer has seen it."""

from __future__ import annotations

from django.db import transaction

from exchange.accounts.actors import require_holder
from exchange.audit.record import record
from exchange.core.actors import CUSTOMER, SYSTEM, Actor
from exchange.core.errors import Invalid
from wallets.sending import abandon
from wallets.sending.models import ChainTransaction
from wallets.sending.send import locked as locked_transaction
from wallets.withdrawals import release, wake
from wallets.withdrawals.errors import TooLateToCancel, WithdrawalNotFound
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import UNSENT, State

PERMISSION = "wallets.cancel_withdrawal"


def cancel(*, withdrawal_id: int, actor: Actor, reason: str = "") -> Withdrawal:
    """Cancel it: what was set aside is the customer's again. Cancelling twice is cancelling once.

    The customer, or staff with a reason. A transaction that carries others too is given up whole;
    the others are put into a new one. Raises TooLateToCancel, WithdrawalNotFound,
    PermissionRefused, Invalid.
    """
    customer_id = _customer_of(withdrawal_id)
    require_holder(actor=actor, customer_id=customer_id, permission=PERMISSION)
    if actor.kind not in (CUSTOMER, SYSTEM) and not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = take_back(withdrawal_id)
        if row.state == State.CANCELLED:
            return row
        release.give_up(row, State.CANCELLED)
        record(actor=actor, verb="withdrawals.cancel", target=row, reason=reason)
        wake.tell(row, "withdrawal_cancelled")
    return row


def take_back(withdrawal_id: int) -> Withdrawal:
    """The withdrawal, locked, and out of any transaction that is not signed yet.

    Transactions are locked before the withdrawals they carry, as the sender does. Raises
    TooLateToCancel.
    """
    carried_by = Withdrawal.objects.values_list("transaction_id", flat=True).get(pk=withdrawal_id)
    if carried_by is not None:
        carrier = locked_transaction(carried_by)
        unseen = carrier.state == ChainTransaction.State.PREPARED and carrier.asked_at is None
        if unseen and carrier.replaces_id is None:
            abandon.give_up(carrier, f"withdrawal {withdrawal_id} was taken back")
    row = release.locked(withdrawal_id)
    if row.transaction_id is not None or row.state not in [*UNSENT, State.CANCELLED]:
        raise TooLateToCancel(limit=row.state)
    return row


def _customer_of(withdrawal_id: int) -> int:
    found = Withdrawal.objects.filter(pk=withdrawal_id).values_list("customer_id", flat=True)
    for customer_id in found:
        return customer_id
    raise WithdrawalNotFound(field="withdrawal_id")
