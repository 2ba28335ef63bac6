"""What a transaction may cost, and which chain it is for."""

from __future__ import annotations

from exchange.assets.models import Network
from wallets.addresses.chain_names import chain_of


def chain_id(network: Network) -> int:
    """What an EVM transaction is bound to, so that it means nothing on any other chain."""
    return int(chain_of(network.code))
