"""Which chain a network is: "main" or "regtest" for Bitcoin's family, a chain id for EVM networks.

Addresses and signatures differ from chain to chain. The configuration says which (`chains.nodes`),
so no node is asked, and none needs to run.
"""

from __future__ import annotations

from django.conf import settings

from wallets.chains.nodes import BITCOIN_FAMILY, ETHEREUM
from wallets.chains.parameters import EVM_CHAINS

MAIN = "main"


def chain_of(network_code: str) -> str:
    """The chain that the network's node must be on; empty for one that nobody has named."""
    configured = settings.CHAIN_ENVIRONMENT
    if network_code in BITCOIN_FAMILY:
        return configured.get(f"{network_code}_CHAIN") or MAIN
    suffix = "" if network_code == ETHEREUM else f"_{network_code}"
    if chain := configured.get(f"EVM_CHAIN_ID{suffix}"):
        return str(chain)
    known = EVM_CHAINS.get(network_code)
    return str(known.chain_id) if known else ""
