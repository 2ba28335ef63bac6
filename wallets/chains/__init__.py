"""How chains are read and followed.

The node that the launcher starts runs from this package without Django, so what needs the
settings is imported by those who call it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallets.chains.interface import Adapter


def adapter(network: str) -> Adapter:
    """The node of a network, by the network's code. Raises NotFound where none is configured."""
    from wallets.chains import nodes

    return nodes.adapter(network)


def configured() -> list[str]:
    """Codes of the networks that have a node."""
    from wallets.chains import nodes

    return nodes.configured()
