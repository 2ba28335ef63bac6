"""What a transaction may cost: the node's estimate, capped, and which chain it is for.

Asks the node, so never call it inside a transaction of PostgreSQL.
"""

from __future__ import annotations

from exchange.assets.models import Network
from wallets import chains
from wallets.addresses.chain_names import chain_of
from wallets.chains.interface import Adapter

EVM = "evm"
# The most we pay, whatever a node says: satoshi per virtual byte, wei per gas. Above it payments
# wait for calmer days. In May 2023 and April 2024 Bitcoin's next-block rate passed 500 for hours.
MOST_SATOSHI_PER_VBYTE = 500
MOST_WEI_PER_GAS = 500 * 10**9
# The base fee of Ethereum rises by at most an eighth a block: twice today's rate lasts six blocks.
EVM_HEADROOM = 2


def most(network: Network) -> int:
    """The highest rate that is ever offered on a network."""
    return MOST_WEI_PER_GAS if network.family == EVM else MOST_SATOSHI_PER_VBYTE


def current(network: Network, *, adapter: Adapter | None = None) -> int:
    """The rate to prepare with now. Raises ChainUnavailable, NotFound without a node."""
    rate = (adapter or chains.adapter(network.code)).fee_rate()
    if network.family == EVM:
        rate *= EVM_HEADROOM
    return max(1, min(rate, most(network)))


def chain_id(network: Network) -> int:
    """What an EVM transaction is bound to, so that it means nothing on any other chain."""
    return int(chain_of(network.code))
