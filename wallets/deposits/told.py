"""What this room tells those who watch (`core.facts`): what was credited, to whom, from where."""

from __future__ import annotations

from exchange.accounts.models import Customer
from exchange.core import facts
from exchange.core.facts import FactKind
from wallets.deposits.models import Deposit
from wallets.deposits.worth import worth_usdt


def credited(deposit: Deposit, holder: Customer) -> None:
    """Part of the credit. Credited anew after a fork it is another fact: the round says so."""
    assert deposit.credited_at is not None
    extra = {"network": deposit.network.code, "txid": deposit.txid}
    if holder.self_trade_id != holder.pk:
        extra["account"] = str(holder.pk)
    facts.report(
        kind=FactKind.CRYPTO_DEPOSIT,
        customer_id=holder.self_trade_id,
        at=deposit.credited_at,
        reference=deposit.reference,
        asset=deposit.asset_code,
        amount=deposit.creditable,
        usd=worth_usdt(deposit.asset_code, deposit.creditable),
        address=deposit.sender,
        extra=extra,
    )
