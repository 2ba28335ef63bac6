"""The chains of `make run`: a Bitcoin regtest node and two EVM chains, unless others are named.

They start beside everything else, and nothing waits for them: a network whose node is not there yet
is paused, and says so. What is in BTC_RPC_URL, EVM_RPC_URL or EVM_RPC_URL_BSC_BNB replaces the
embedded one; EMBEDDED_CHAINS=0 starts none.
"""

from __future__ import annotations

import hmac
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, remembered_port


class Embedded(NamedTuple):
    """A node of ours: the module that runs it, and the variables that tell others of it."""

    name: str
    module: str
    url: str
    chain: tuple[str, str]


NODES = (
    Embedded("bitcoin", "wallets.chains.kernel_node", "BTC_RPC_URL", ("BTC_CHAIN", "regtest")),
    Embedded("ethereum", "wallets.chains.evm_node", "EVM_RPC_URL", ("EVM_CHAIN_ID", "31337")),
    Embedded(
        "bnb-chain",
        "wallets.chains.evm_node",
        "EVM_RPC_URL_BSC_BNB",
        ("EVM_CHAIN_ID_BSC_BNB", "31338"),
    ),
)


class Chains:
    """The nodes of one var/ folder."""

    def __init__(self, var: Path, secret: str) -> None:
        self.var = var
        # Of the Bitcoin node; anvil knows no passwords, and listens on the loopback only.
        self.password = hmac.digest(secret.encode(), b"bitcoin node", "sha256").hex()
        wanted = os.environ.get("EMBEDDED_CHAINS", "1") != "0"
        self.nodes = [node for node in NODES if wanted and not os.environ.get(node.url)]
        self.urls = {node.name: self._url(node) for node in self.nodes}

    def environment(self) -> dict[str, str]:
        """How the others reach them."""
        found = {}
        for node in self.nodes:
            found[node.url] = self.urls[node.name]
            found[node.chain[0]] = node.chain[1]
        return found

    def children(self, env: Mapping[str, str]) -> list[Child]:
        return [
            Child(
                node.name,
                [sys.executable, "-m", node.module, str(self.var / "chains" / node.name)],
                env={
                    **env,
                    "NODE_URL": self.urls[node.name],
                    "NODE_CHAIN_ID": node.chain[1],
                    "PYTHONPATH": str(ROOT),
                },
                log=self.var / "logs" / f"{node.name}.log",
                pidfile=self.var / "run" / f"{node.name}.pid",
                cwd=ROOT,
            )
            for node in self.nodes
        ]

    def _url(self, node: Embedded) -> str:
        port = remembered_port(self.var, node.name)
        user = f"holdfast:{self.password}@" if node.name == "bitcoin" else ""
        return f"http://{user}127.0.0.1:{port}"
