"""Judge messages that customers' wallets sign: the travel rule asks, the same readers answer that
judge our own proofs."""

from __future__ import annotations

from eth_utils import to_checksum_address

from compliance.travel_rule import owners
from wallets.reserves import bip322, eip191


def verify(_network: str, address: str, text: str, signature: str) -> None:
    """Raises BadProof unless the address's key signed the text: EIP-191, or BIP-322 "simple"."""
    if address[:2].lower() == "0x":
        eip191.verify(to_checksum_address(address), text, signature)
    else:
        bip322.verify(address, text, signature)


owners.verified_by(verify)
