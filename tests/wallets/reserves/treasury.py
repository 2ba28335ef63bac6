"""Wallets with something in them: hot keys in a real signer, cold ones with three cosigners."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests import factories
from tests.factories.sending import asset_network, coin, holds, network
from tests.factories.signer import RunningSigner
from tests.wallets.custody.cosigners import ROOT, SECRET
from wallets.addresses import keysets
from wallets.addresses.models import KeySet
from wallets.chains.models import NetworkWatch
from wallets.custody import offline
from wallets.custody.offline import Cosigner
from wallets.reserves import offline as proving
from wallets.reserves.models import ReserveAddress, Snapshot

BLOCK = "00000000000000000001" + "ab" * 22


class Treasury(NamedTuple):
    hot: KeySet
    cold: KeySet
    ether: KeySet


def filled(signer: RunningSigner) -> Treasury:
    """0.4 BTC hot, 1.2 BTC cold, 3 ETH hot; both chains followed to known blocks."""
    btc, eth = network("BTC"), network("ERC20")
    asset_network("BTC", btc)
    ether = asset_network("ETH", eth, precision=18, decimals=18)
    publics = [drawn(number).public for number in (1, 2, 3)]
    hot = _register(btc, "btc-hot", "hot", "wpkh", signer.public("btc-hot")["public"])
    cold = keysets.register(
        network=btc,
        name="btc-cold",
        role="cold",
        scheme="wsh_multi",
        public=offline.cold_descriptor(publics, 2),
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    ethers = _register(eth, "eth-hot", "hot", "evm_key", signer.public("eth-hot")["public"])
    coin(hot, 30_000_000)
    coin(hot, 10_000_000)
    coin(cold, 120_000_000)
    holds(ethers, ether, 3 * 10**18)
    NetworkWatch.objects.filter(network=btc).update(height=120, hash=BLOCK)
    return Treasury(hot, cold, ethers)


def _register(where: Any, name: str, role: str, scheme: str, public: str) -> KeySet:
    return keysets.register(
        network=where,
        name=name,
        role=role,
        scheme=scheme,
        public=public,
        signer_key=name,
        actor=factories.SYSTEM,
        reason="tests",
    )


def drawn(number: int, family: str = "bitcoin") -> Cosigner:
    """A cosigner's key without its file: the same that `people` writes."""
    return offline.new_key(family, "regtest", bytes([number]) * 32)


def cosigned(number: int, document: dict[str, Any]) -> Any:
    """What cosigner `number` hands in."""
    return proving.sign(document, drawn(number))


def cosigned_apart(folder: Path, number: int, document: dict[str, Any]) -> Any:
    """The same in a process of their own that knows no Django, with the key file."""
    file, out = folder / "requests.json", folder / f"signed-{number}.json"
    key = folder / f"bitcoin-{number}.key"
    offline.write_key(key, drawn(number), SECRET)
    file.write_text(json.dumps(document))
    command = [sys.executable, "-m", "wallets.reserves.offline", "sign", str(file), "--yes"]
    done = subprocess.run(
        [*command, "--key", str(key), "--out", str(out)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOLDFAST_PASSPHRASE": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(out.read_text())


def row(snapshot: Snapshot, keys: KeySet) -> ReserveAddress:
    """The first address of a wallet in a snapshot."""
    found = snapshot.addresses.filter(address__key_set=keys).order_by("pk").first()
    assert found is not None
    return found
