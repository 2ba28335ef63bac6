"""The chains of `make run`: a Bitcoin regtest node and two EVM chains, unless others are named.

Where a litecoind is installed, Litecoin is on a regtest node of its own too.

They start beside everything else, and nothing waits for them: a network whose node is not there yet
is paused, and says so. What is in BTC_RPC_URL, EVM_RPC_URL or EVM_RPC_URL_BSC_BNB replaces the
embedded one; EMBEDDED_CHAINS=0 starts none.
"""

from __future__ import annotations

import hmac
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, remembered_port, write_private


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
    Embedded("litecoin", "", "LTC_RPC_URL", ("LTC_CHAIN", "regtest")),
)
LITECOIND = "litecoind"
# Seconds since 1970. From block 432 on a regtest chain nobody can mine before somebody has moved
# coins into the hidden part of blocks (MWEB); so that part never begins.
FAR = 99_999_999_999


class Chains:
    """The nodes of one var/ folder."""

    def __init__(self, var: Path, secret: str) -> None:
        self.var = var
        # Of the Bitcoin family's; anvil knows no passwords, and listens on the loopback only.
        self.password = hmac.digest(secret.encode(), b"bitcoin node", "sha256").hex()
        wanted = os.environ.get("EMBEDDED_CHAINS", "1") != "0"
        self.nodes = [
            node
            for node in NODES
            if wanted and not os.environ.get(node.url) and (node.module or shutil.which(LITECOIND))
        ]
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
                self._command(node),
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

    def _command(self, node: Embedded) -> list[str]:
        folder = self.var / "chains" / node.name
        if node.module:
            return [sys.executable, "-m", node.module, str(folder)]
        folder.mkdir(parents=True, exist_ok=True)
        # In a file, for a command line is everybody's to read.
        secret = f"rpcuser=holdfast\nrpcpassword={self.password}\n"
        write_private(folder / "litecoin.conf", secret)
        port = self.urls[node.name].rpartition(":")[2]
        return [
            *(LITECOIND, "-regtest", f"-datadir={folder}", f"-rpcport={port}", "-server=1"),
            *("-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-listen=0", "-dnsseed=0"),
            *("-txindex=1", "-disablewallet=1", "-mempoolreplacement=1", "-printtoconsole=0"),
            # Idle connections would hold up its end.
            *("-rpcservertimeout=5", f"-vbparams=mweb:{FAR}:{FAR}", "-fallbackfee=0.0001"),
        ]

    def _url(self, node: Embedded) -> str:
        port = remembered_port(self.var, node.name)
        protected = node.name in ("bitcoin", "litecoin")
        user = f"holdfast:{self.password}@" if protected else ""
        return f"http://{user}127.0.0.1:{port}"
