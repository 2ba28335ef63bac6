"""A real signer process with throw-away keys, for tests of every room that has something signed.

    def test_something(signer):                    # settings.SIGNER_SOCKET points at it
        signer.public("btc-hot")["public"]         # what the web registers as a KeySet
        signer.approve(text, "first", "second")    # operators' approvals of contents
        signer.freeze() / signer.thaw() / signer.kill() / signer.start()

Another policy: override the fixture `signer_draft` (see `draft`).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from exchange.launcher.unprivileged import die_with_parent
from wallets.signer import ceremony, people

ROOT = Path(__file__).resolve().parents[2]
OPERATORS = ("first", "second", "third")
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
COLD_BTC = "bcrt1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0scjhmyt"
COLD_LTC = "rltc1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnrwhxws"
COLD_EVM = "0x00000000000000000000000000000000c01dc01d"
LISTED_EVM = "0x000000000000000000000000000000000000beef"
PREFIX = "Holdfast proof of reserves "
PATIENCE_SECONDS = 30


class RunningSigner:
    """A signer's folder, its people, and its process."""

    def __init__(self, folder: Path, body: dict[str, Any]) -> None:
        self.home, self.folder, self.draft = folder, folder / "s", body
        self.socket = self.folder / ceremony.SOCKET
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700)
        administrator = people.make(folder / "administrator.json", "administrator")
        (self.folder / ceremony.ADMINISTRATOR).write_text(administrator)
        for name in OPERATORS:
            body["operators"][name] = people.make(folder / f"{name}.json", name)
        ceremony.make_keys(self.folder, body)
        self.sign_policy()

    def sign_policy(self, key: str = "administrator") -> None:
        text = ceremony.sign_policy(self.draft, self.home / f"{key}.json")
        (self.folder / ceremony.POLICY).write_text(text)

    def start(self) -> RunningSigner:
        """Start it and wait until it answers. Raises RuntimeError with its words when it ends."""
        command = [sys.executable, "-m", "wallets.signer", "run", "--directory", str(self.folder)]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, preexec_fn=die_with_parent()
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(self.log()[-2000:])
            try:
                self.ask(op="status")
            except OSError:
                time.sleep(0.01)
            else:
                return self
        raise RuntimeError(f"no answer in {PATIENCE_SECONDS} s: {self.log()[-2000:]}")

    def command(self, *arguments: object) -> str:
        """Run one of the signer's programs to its end. Raises CalledProcessError."""
        command = [sys.executable, "-m", "wallets.signer", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        return done.stdout

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def kill(self) -> None:
        """kill -9: whatever it was doing, it does no more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def log(self) -> str:
        return (self.home / "log").read_text("utf8", "replace")

    def ask(self, **request: Any) -> dict[str, Any]:
        """The raw answer, whatever it is."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            folder = os.open(self.folder, os.O_PATH)  # a socket's own path may be too long
            try:
                connection.connect(f"/proc/self/fd/{folder}/{self.socket.name}")
            finally:
                os.close(folder)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile().readline())
        return answer

    def public(self, key: str, **place: int) -> dict[str, Any]:
        return self.ask(op="public", key=key, **place)

    def address(self, key: str, index: int = 0, branch: int = 0) -> str:
        return str(self.public(key, index=index, branch=branch)["address_at"])

    def approve(self, contents: str | bytes, *operators: str) -> list[dict[str, str]]:
        """Approvals of exactly these contents by the operators named."""
        raw = contents.encode() if isinstance(contents, str) else contents
        return [people.approval(self.home / f"{name}.json", raw) for name in operators]

    def freeze(self) -> dict[str, Any]:
        return self.ask(op="freeze", by="a test", reason="to see")

    def thaw(self, *operators: str) -> dict[str, Any]:
        contents = self.ask(**{"op": "contents", "for": "thaw"})["contents"]
        return self.ask(op="thaw", approvals=self.approve(contents, *(operators or OPERATORS[:2])))


def draft() -> dict[str, Any]:
    """A policy for tests: one coin of Bitcoin or ten ether go unattended, more needs operators.

    Per key and asset: unattended up to 1 BTC / 10 LTC / 10 ETH / 10 BNB / 1000 USDT each and ten
    times that a day, two operators above ten times that; hard limits at 50 and 100 times.
    """
    networks = {
        "BTC": ceremony.bitcoin_network("BTC", "regtest", "bcrt", 0x6F, 0xC4),
        "LTC": ceremony.bitcoin_network("LTC", "regtest", "rltc", 0x6F, 0x3A),
        "ERC20": ceremony.evm_network("ETH", 31337),
        "BSC_BNB": ceremony.evm_network("BNB", 31338),
    }
    keys: dict[str, Any] = {}
    for name, code, cold in (("btc", "BTC", COLD_BTC), ("ltc", "LTC", COLD_LTC)):
        alone = "1" if code == "BTC" else "10"
        assets = {code: _limits(alone, 8)}
        keys |= _pair(name, code, cold, ceremony.fees("0.002", "0.05", 8), assets)
    for name, code in (("eth", "ERC20"), ("bsc", "BSC_BNB")):
        assets = {networks[code]["native"]: _limits("10", 18), "USDT": _limits("1000", 6, USDT)}
        keys |= _pair(name, code, COLD_EVM, ceremony.fees("0.1", "2", 18), assets)
        keys[f"{name}-hot"]["destinations"] = [LISTED_EVM]
        keys[f"{name}-hot"]["gas"] = {
            "key": f"{name}-deposit",
            "per_transaction": ceremony.units("0.05", 18),
            "per_day": ceremony.units("0.5", 18),
        }
    return {
        "serial": 1,
        "uids": [os.getuid()],
        "message_prefix": PREFIX,
        "thaw_approvals": 2,
        "operators": {},
        "networks": networks,
        "keys": keys,
    }


def _limits(alone: str, decimals: int, contract: str = "") -> dict[str, Any]:
    times = (f"{alone}{'0' * zeros}" for zeros in (0, 1))
    fifty, hundred = (str(int(alone) * factor) for factor in (50, 100))
    return ceremony.limits(*times, fifty, hundred, decimals, contract)


def _pair(name: str, code: str, cold: str, fees: dict[str, Any], assets: Any) -> dict[str, Any]:
    return {
        f"{name}-hot": ceremony.hot_key(code, cold=cold, fees=fees, assets=assets),
        f"{name}-deposit": ceremony.deposit_key(
            code, cold=cold, pays=f"{name}-hot", fees=fees, assets=assets
        ),
    }


@pytest.fixture
def signer_draft() -> dict[str, Any]:
    """The policy that `signer` runs under. Override it in a room's conftest for another one."""
    return draft()


@pytest.fixture
def signer(tmp_path: Path, settings: Any, signer_draft: dict[str, Any]) -> Any:
    """A signer that answers on settings.SIGNER_SOCKET, gone with the test."""
    running = RunningSigner(tmp_path / "g", signer_draft)
    settings.SIGNER_SOCKET = str(running.socket)
    try:
        yield running.start()
    finally:
        running.stop()
