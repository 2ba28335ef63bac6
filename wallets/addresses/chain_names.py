"""Which chain a network is: "main", or "regtest" for the embedded node.

Addresses of Bitcoin-like chains are written differently on each.
"""

from __future__ import annotations

from django.conf import settings

EMBEDDED = "regtest"


def chain_of(network_code: str) -> str:
    """The configured chain's name; the embedded one where nothing else is configured."""
    return getattr(settings, "WALLETS_CHAINS", {}).get(network_code, EMBEDDED)
