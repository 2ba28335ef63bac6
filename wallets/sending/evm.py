"""EIP-1559 transactions: what the signer is asked to sign on EVM networks."""

from __future__ import annotations

import json
from typing import Any

TRANSFER = "a9059cbb"  # ERC-20: transfer(address,uint256)
PLAIN_GAS = 21_000  # value to an account without code
# Value to an account that may be a contract (a Safe's fallback takes about 7,000 more), and a
# token transfer (the costliest of the well-known ones stays below 90,000). Unused gas comes back.
NATIVE_GAS = 60_000
TOKEN_GAS = 120_000
# What a bump must add for nodes to let it replace the first: 10 % on both fees (geth's default).
BUMP_PERCENT = 10
MOST_TIP = 2 * 10**9


def fields(
    *,
    chain_id: int,
    index: int,
    recipient: str,
    units: int,
    contract: str,
    gas: int,
    fee_rate: int,
) -> str:
    """The transaction as a JSON object with sorted keys, in the signer's words, and still without
    its nonce (`with_nonce`). `index` says which derived address pays.

    `fee_rate` is the most we pay per gas, tip included: times the gas, it is what is reserved.
    """
    content: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "index": index,
        "to": contract or recipient,
        "value": 0 if contract else units,
        "data": transfer_data(recipient, units) if contract else "0x",
        "gas": gas,
        "maxFeePerGas": fee_rate,
        "maxPriorityFeePerGas": tip(fee_rate),
    }
    return dumped(content)


def dumped(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True)


def tip(fee_rate: int) -> int:
    """What the miner gets on top of the base fee: a tenth of all we are ready to pay, at most two
    gwei, so that a
    generous cap does not turn into a generous payment."""
    return max(1, min(fee_rate // 10, MOST_TIP))


def gas_for(*, contract: str, plain: bool) -> int:
    if contract:
        return TOKEN_GAS
    return PLAIN_GAS if plain else NATIVE_GAS


def transfer_data(recipient: str, units: int) -> str:
    """Call data of an ERC-20 transfer."""
    return f"0x{TRANSFER}{recipient[2:].lower():0>64}{units:064x}"


def with_nonce(unsigned: str, nonce: int | None) -> str:
    """The same transaction at another nonce, or (None) at none yet."""
    content = read(unsigned)
    content.pop("nonce", None)
    return dumped(content if nonce is None else {**content, "nonce": nonce})


def read(unsigned: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(unsigned)
    return content


def raised(rate: int) -> int:
    """The least rate that may replace `rate`."""
    return rate + -(-rate * BUMP_PERCENT // 100)
