"""What the demo's validators earn, on the development chain: chains and ledger agree to the last
unit, or withdrawals of the coin stop."""

from __future__ import annotations

from decimal import Decimal

from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains import watch
from wallets.custody import reconcile
from wallets.demo import faucet


def arrive(*, asset: str, network: str, amount: Decimal) -> None:
    """Let the hot wallet receive what is about to be booked, unless it holds so much more already.

    Raises ChainUnavailable, NotADevelopmentChain.
    """
    ahead = sum((row.difference for row in reconcile.compared() if row.asset == asset), Decimal(0))
    hot = KeySet.objects.filter(network__code=network, role=KeySet.Role.HOT, active=True).first()
    if ahead >= amount or hot is None:
        return
    address = issue.own_address(key_set_id=hot.pk).address
    faucet.give(network=network, asset=asset, address=address, amount=amount)
    faucet.mine(network=network)
    watch.follow(network)
