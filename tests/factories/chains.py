"""Real nodes for tests: started once a test process, and only by tests that ask for one.

The chain goes on from test to test; each test follows it from where it is (`begin`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx

from exchange.assets.models import AssetNetwork, Network
from exchange.launcher.unprivileged import die_with_parent
from tests import factories
from tests.factories import wallets as rows
from wallets.chains import nodes, watch
from wallets.chains.interface import Adapter
from wallets.chains.models import NetworkWatch
from wallets.demo import faucet, tokens

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
# Seconds since 1970: Litecoin's hidden part of blocks never begins, else nobody could mine long.
FAR = 99_999_999_999


class Process:
    """A node in a folder of its own, on a port of its own. `kill` and `start` it as you like."""

    def __init__(self, command: list[str], url: str, env: dict[str, str], log: Path) -> None:
        self.command, self.url, self.env, self.log = command, url, env, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.env, "NODE_URL": self.url},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509
            )
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no node: {self.log.read_text('utf8', 'replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    def _answers(self) -> bool:
        method = "eth_chainId" if "NODE_CHAIN_ID" in self.env else "getblockcount"
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": []}
        with contextlib.suppress(httpx.HTTPError):
            return httpx.post(self.url, json=body, timeout=2, trust_env=False).status_code == 200
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kernel_process(folder: Path) -> Process:
    """The embedded Bitcoin node."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "wallets.chains.kernel_node", str(folder / "data")]
    url = f"http://tests:tests@127.0.0.1:{free_port()}"
    return Process(command, url, {}, folder / "log")


def evm_process(folder: Path, kind: str = "anvil", chain_id: int = 31337) -> Process:
    """The embedded EVM chain: anvil, or the EVM in Python."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "wallets.chains.evm_node", str(folder / "data")]
    env = {"NODE_CHAIN_ID": str(chain_id), "NODE_EVM": kind}
    return Process(command, f"http://127.0.0.1:{free_port()}", env, folder / "log")


def litecoin_process(folder: Path) -> Process:
    """A real daemon of Core's family, from the distribution."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        str(shutil.which("litecoind")),
        *("-regtest", f"-datadir={folder}", f"-rpcport={port}", "-server=1", "-txindex=1"),
        *("-rpcuser=tests", "-rpcpassword=tests", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1"),
        *("-listen=0", "-dnsseed=0", "-disablewallet=1", "-fallbackfee=0.0001"),
        *(
            "-mempoolreplacement=1",
            "-printtoconsole=0",
            "-rpcservertimeout=5",
            f"-vbparams=mweb:{FAR}:{FAR}",
        ),
    ]
    return Process(command, f"http://tests:tests@127.0.0.1:{port}", {}, folder / "log")


class FollowedNode:
    """A network, its node, and what tests do with it. Amounts in units of the asset, as text."""

    def __init__(self, network: str, process: Process) -> None:
        self.network, self.process = network, process

    @property
    def adapter(self) -> Adapter:
        return nodes.adapter(self.network)

    @property
    def height(self) -> int:
        return self.adapter.status().height

    @property
    def row(self) -> Network:
        return Network.objects.get(code=self.network)

    @property
    def watch(self) -> NetworkWatch:
        return NetworkWatch.objects.get(network__code=self.network)

    def begin(self) -> None:
        """Follow the chain from its present tip: what earlier tests left there is not seen."""
        NetworkWatch.objects.filter(network__code=self.network).delete()
        watch.follow(self.network)

    def mine(self, blocks: int = 1) -> None:
        faucet.mine(network=self.network, blocks=blocks)

    def give(self, address: str, amount: str, asset: str = "", *, mine: bool = True) -> str:
        """Pay an address, and mine it unless told otherwise. Returns the transaction's id."""
        asset = asset or self.row.native_asset
        txid = faucet.give(
            network=self.network, asset=asset, address=address, amount=Decimal(amount)
        )
        if mine:
            self.mine()
        return txid

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by a longer chain without their transactions."""
        faucet.reorg(network=self.network, depth=depth)

    def follow(self) -> int:
        """Walk to the tip. Returns how many blocks were connected or undone."""
        return watch.follow(self.network, limit=1_000)


def environment(network: str, url: str, chain: str, birth: int) -> dict[str, str]:
    """The variables that configure a node (`wallets.chains.nodes`)."""
    if network in nodes.BITCOIN_FAMILY:
        return {
            f"{network}_RPC_URL": url,
            f"{network}_CHAIN": chain,
            f"{network}_BIRTH_HEIGHT": str(birth),
        }
    suffix = "" if network == nodes.ETHEREUM else f"_{network}"
    return {
        f"EVM_RPC_URL{suffix}": url,
        f"EVM_CHAIN_ID{suffix}": chain,
        f"EVM_BIRTH_HEIGHT{suffix}": str(birth),
    }


def followed(settings, network: str, process: Process, chain: str) -> FollowedNode:
    """A network whose node is this process, its rows in the catalogue, followed from its tip."""
    place = environment(network, process.url, chain, 1)
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, **place}
    faucet.prime(network=network)
    tip = nodes.adapter(network).status().height
    place = environment(network, process.url, chain, tip + 1)
    settings.CHAIN_ENVIRONMENT = {**settings.CHAIN_ENVIRONMENT, **place}
    where = rows.network(network)
    decimals = 18 if where.family == "evm" else 8
    rows.asset_network(where.native_asset, where, precision=decimals, decimals=decimals)
    node = FollowedNode(network, process)
    node.begin()
    return node


def token(node: FollowedNode, asset: str = "USDT", decimals: int = 6) -> AssetNetwork:
    """A test token on the chain and in the catalogue."""
    row = rows.asset_network(asset, node.row, precision=12, decimals=decimals)
    tokens.place_all(network=node.network, actor=factories.SYSTEM)
    tokens.deploy_all(network=node.network)
    row.refresh_from_db()
    return row


def running(process: Process) -> Iterator[Process]:
    process.start()
    try:
        yield process
    finally:
        process.kill()  # litecoind waits for connections that we keep
