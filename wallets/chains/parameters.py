"""What is the same for everybody on a chain: prefixes of addresses, first blocks, chain ids.

Facts of the protocols. Which of these chains a network follows is configuration (`nodes`).
"""

from __future__ import annotations

from typing import NamedTuple

BITCOIN, EVM = "bitcoin", "evm"
# Chains whose blocks cost nothing and whose coins are worth nothing.
DEVELOPMENT = {"regtest", "31337", "31338", "31339", "1337"}


class Coin(NamedTuple):
    """A chain of the Bitcoin family: how its addresses begin, and its first block."""

    bech32: str
    key_hash: int
    script_hash: int
    genesis: str
    older_script_hash: int | None = None  # still accepted, shown in the newer form
    seconds_a_block: int = 600


# By network code and the node's own word for its chain (getblockchaininfo).
COINS: dict[tuple[str, str], Coin] = {
    ("BTC", "main"): Coin(
        "bc", 0x00, 0x05, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    ),
    ("BTC", "test"): Coin(
        "tb", 0x6F, 0xC4, "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"
    ),
    ("BTC", "testnet4"): Coin(
        "tb", 0x6F, 0xC4, "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043"
    ),
    ("BTC", "signet"): Coin(
        "tb", 0x6F, 0xC4, "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"
    ),
    ("BTC", "regtest"): Coin(
        "bcrt", 0x6F, 0xC4, "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
    ),
    ("LTC", "main"): Coin(
        "ltc",
        0x30,
        0x32,
        "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2",
        older_script_hash=0x05,
        seconds_a_block=150,
    ),
    ("LTC", "test"): Coin(
        "tltc",
        0x6F,
        0x3A,
        "4966625a4b2851d9fdee139e56211a0d88575f59ed816ff5e6a63deb4b3e29a0",
        older_script_hash=0xC4,
        seconds_a_block=150,
    ),
    ("LTC", "regtest"): Coin(
        "rltc",
        0x6F,
        0x3A,
        "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9",
        older_script_hash=0xC4,
        seconds_a_block=150,
    ),
}


class EvmChain(NamedTuple):
    """A public EVM chain: its id, and its first block where it is checked."""

    chain_id: int
    genesis: str = ""
    seconds_a_block: int = 12


# By network code: what a node must be unless the configuration names another chain id.
EVM_CHAINS: dict[str, EvmChain] = {
    "ERC20": EvmChain(1, "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
    "BSC_BNB": EvmChain(
        56, "0x0d21840abff46b96c84b2ac9e10e4f5cdaeb5693cb665db62a2f3b02d2d57b5b", 3
    ),
    "MATIC": EvmChain(137, seconds_a_block=2),
    "ARBITRUM": EvmChain(42161, seconds_a_block=1),
    "OPTIMISM": EvmChain(10, seconds_a_block=2),
    "BASE": EvmChain(8453, seconds_a_block=2),
    "AVAXC": EvmChain(43114, seconds_a_block=2),
    "HYPE": EvmChain(999, seconds_a_block=1),
    "ETC": EvmChain(61, seconds_a_block=13),
}
