"""Wake who sends withdrawals, and tell customers what became of theirs."""

from __future__ import annotations

from exchange.accounts import mail
from exchange.accounts.models import Customer
from exchange.core import clock, dispatch, outbox
from exchange.core.money import plain
from wallets.withdrawals import pushes
from wallets.withdrawals.models import Withdrawal

CHANGED = "withdrawals.changed"


def pay_soon(network_id: int) -> None:
    """After the commit, have approved withdrawals of this network prepared."""
    dispatch.after_commit("wallets.pay_withdrawals", queue="wallets", network_id=network_id)


def tell(row: Withdrawal, letter: str) -> None:
    """Write to the owner. Part of the transaction that gives cause for the letter."""
    owner = Customer.objects.get(pk=row.owner_id)
    pushes.after_commit(row)
    outbox.announce(CHANGED, withdrawal_id=row.pk, customer_id=row.customer_id, state=row.state)
    if owner.user_id is None:
        return
    mail.tell(
        owner.user_id,
        letter,
        number=row.pk,
        amount=plain(row.amount),
        asset=row.asset.code,
        fee=plain(row.fee),
        to=row.address or str(row.recipient or ""),
        network=row.asset_network.network.name if row.asset_network is not None else "",
        why=row.customer_message,
        txid=row.transaction.txid if row.transaction is not None else "",
        at=f"{clock.now():%Y-%m-%d %H:%M} UTC",
    )
