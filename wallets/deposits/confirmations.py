"""How many blocks stand on a deposit, and how many it needs."""

from __future__ import annotations

from wallets.deposits.models import Deposit

COINBASE_MATURITY = 101  # a miner's reward can't be spent sooner, by consensus


def needed(deposit: Deposit) -> int:
    """What its network asks for now."""
    asked = deposit.network.confirmations
    return max(asked, COINBASE_MATURITY) if deposit.coinbase else asked


def have(deposit: Deposit, tip: int) -> int:
    """Its own block counts as the first."""
    return 0 if deposit.height is None else max(0, tip - deposit.height + 1)
