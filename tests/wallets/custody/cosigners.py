"""Cosigners for the tests: three people with key files, each signing in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pyrage
from embit.descriptor import Descriptor
from embit.ec import PublicKey
from embit.psbt import PSBT, DerivationPath
from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from wallets.custody import offline

ROOT = Path(__file__).resolve().parents[3]
# What opens their files: an age identity, for stretching a passphrase takes a second each time.
SECRET = str(pyrage.x25519.Identity.generate())


class People(NamedTuple):
    """Three cosigners of one wallet: where their key files are, and what is public of them."""

    folder: Path
    publics: list[str]

    @property
    def descriptor(self) -> str:
        return offline.cold_descriptor(self.publics, 2)


def people(folder: Path, family: str = "bitcoin") -> People:
    """Three keys drawn from fixed entropy, written as the ceremony writes them."""
    publics = []
    for number in (1, 2, 3):
        key = offline.new_key(family, "regtest", bytes([number]) * 32)
        offline.write_key(folder / f"{family}-{number}.key", key, SECRET)
        publics.append(key.public)
    return People(folder, publics)


def sign(
    people: People, number: int, content: str, *, family: str = "bitcoin", descriptor: str = ""
) -> str:
    """What cosigner `number` makes of it, in a process of their own that knows no Django."""
    name = f"{family}-{number}"
    suffix = "psbt" if family == "bitcoin" else "json"
    file = people.folder / f"{name}.{suffix}"
    file.write_text(content)
    (people.folder / "cold.txt").write_text(descriptor or people.descriptor)
    command = [sys.executable, "-m", "wallets.custody.offline", "sign", str(file), "--yes"]
    command += ["--key", str(people.folder / f"{name}.key")]
    if family == "bitcoin":
        command += ["--descriptor", str(people.folder / "cold.txt")]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOLDFAST_PASSPHRASE": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return (people.folder / f"{name}.signed.{suffix}").read_text().strip()


def branch(descriptor: str, change: int, index: int) -> Descriptor:
    return Descriptor.from_string(descriptor.replace("/0/*", f"/{change}/*")).derive(index)


def funding(descriptor: str, units: int, index: int = 0) -> Transaction:
    """Some transaction that pays the cold wallet."""
    return Transaction(
        version=2,
        vin=[TransactionInput(b"\x07" * 32, index, sequence=0xFFFFFFFF)],
        vout=[
            TransactionOutput(1_000, Script(b"\x00\x14" + b"\x09" * 20)),
            TransactionOutput(units, branch(descriptor, 0, index).script_pubkey()),
        ],
    )


def unsigned(descriptor: str, earlier: list[Transaction], pays: list[tuple[bytes, int]]) -> str:
    """A PSBT that spends what `funding` paid, with change to the wallet in the last output."""
    total = sum(tx.vout[1].value for tx in earlier)
    change = total - sum(units for _, units in pays) - 2_000
    outs = [TransactionOutput(units, Script(script)) for script, units in pays]
    outs.append(TransactionOutput(change, branch(descriptor, 1, 0).script_pubkey()))
    made = PSBT(
        Transaction(
            version=2,
            vin=[TransactionInput(tx.txid(), 1, sequence=0xFFFFFFFD) for tx in earlier],
            vout=outs,
        )
    )
    for index, (scope, tx) in enumerate(zip(made.inputs, earlier, strict=True)):
        scope.witness_utxo = tx.vout[1]
        _tell(scope, branch(descriptor, 0, index))
    _tell(made.outputs[-1], branch(descriptor, 1, 0))
    return made.to_string()


def _tell(scope, keys: Descriptor) -> None:
    scope.witness_script = keys.witness_script()
    for key in keys.keys:
        scope.bip32_derivations[PublicKey.parse(key.sec())] = DerivationPath(
            key.origin.fingerprint, key.origin.derivation
        )
