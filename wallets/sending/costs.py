"""What chains take for our transactions, in the ledger: posted when mined, undone by a fork."""

from __future__ import annotations

from exchange.core import money
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from wallets.sending.models import ChainTransaction
from wallets.sending.spendable import native_of


def post_cost(row: ChainTransaction) -> None:
    """The house bears it: network_costs down, custody up, in the network's own asset."""
    _post(row, "network_cost", sign=1)


def undo_cost(row: ChainTransaction) -> None:
    _post(row, "network_cost_undone", sign=-1)


def _post(row: ChainTransaction, kind: str, *, sign: int) -> None:
    if not row.fee_units:
        return
    native = native_of(row.network_id)
    amount = sign * money.from_units(row.fee_units, native.decimals)
    costs = accounts.house_account(asset_id=native.asset_id, purpose=accounts.NETWORK_COSTS)
    custody = accounts.house_account(asset_id=native.asset_id, purpose=accounts.CUSTODY)
    # A fork can have it mined again: each time is an entry of its own.
    post(
        kind=kind,
        reference=f"transaction:{row.pk}:{row.times_mined}",
        legs=[Leg(costs, available=-amount), Leg(custody, available=amount)],
    )
