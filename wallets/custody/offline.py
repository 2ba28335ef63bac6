"""A cosigner's tool: make a key, show what would be signed, sign it. For a machine without network.

    python -m wallets.custody.offline new --family bitcoin --chain main --out cosigner-1.key
    python -m wallets.custody.offline public --key cosigner-1.key
    python -m wallets.custody.offline show payment.psbt --descriptor cold.txt
    python -m wallets.custody.offline sign payment.psbt --key cosigner-1.key --descriptor cold.txt
    python -m wallets.custody.offline sign payment.json --key cosigner-2.key

Any wallet that knows PSBT or EIP-712 does the same; this one is small enough to be read before it
is trusted. bdk signs Bitcoin, eth-account signs EVM. The key file is encrypted with a passphrase
(age); HOLDFAST_PASSPHRASE, or a prompt. No Django here, and nothing of the exchange's database.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import bdkpython
import pyrage
from embit import bip32
from embit.descriptor import Descriptor
from embit.networks import NETWORKS
from embit.script import Script
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from exchange.core.errors import Refused
from wallets.custody import psbt as psbts
from wallets.custody import safe

CHAINS = {  # our name of a chain: bdk's, embit's, the coin type of its derivations (SLIP-44)
    "main": (bdkpython.Network.BITCOIN, "main", 0),
    "test": (bdkpython.Network.TESTNET, "test", 1),
    "signet": (bdkpython.Network.SIGNET, "signet", 1),
    "regtest": (bdkpython.Network.REGTEST, "regtest", 1),
}
MOST_INDEX = 1_000_000


class Stop(Exception):
    """Nothing was signed, and why."""


class Cosigner(NamedTuple):
    """A key file's contents. `public` is what the wallet's descriptor, or its owner list, names."""

    family: str
    chain: str
    secret: str  # xprv with its origin, or 32 bytes as hex
    public: str


def new_key(family: str, chain: str, entropy: bytes) -> Cosigner:
    """A cosigner's key from 32 random bytes."""
    if family == "evm":
        secret = keccak(b"holdfast cosigner" + entropy).hex()
        return Cosigner(family, chain, secret, Account.from_key(secret).address)
    network = NETWORKS[CHAINS[chain][1]]
    root = bip32.HDKey.from_seed(entropy, version=network["xprv"])
    path = f"48h/{CHAINS[chain][2]}h/0h/2h"  # BIP-48: the account of a P2WSH multisig
    account = root.derive(f"m/{path}")
    origin = f"[{root.my_fingerprint.hex()}/{path}]"
    return Cosigner(
        family, chain, origin + account.to_base58(), origin + account.to_public().to_base58()
    )


def cold_descriptor(publics: Sequence[str], threshold: int) -> str:
    """The wallet of several Bitcoin cosigners, as every wallet program reads it."""
    keys = ",".join(f"{public}/0/*" for public in publics)
    return f"wsh(sortedmulti({threshold},{keys}))"


def write_key(path: Path, cosigner: Cosigner, passphrase: str) -> None:
    """Encrypted to a passphrase, or to an age identity (AGE-SECRET-KEY-1…) given in its place.

    Readable by its owner only. Refuses to overwrite a key.
    """
    plain = json.dumps(cosigner._asdict()).encode()
    if identity := _identity(passphrase):
        sealed = pyrage.encrypt(plain, [identity.to_public()])
    else:
        sealed = pyrage.passphrase.encrypt(plain, passphrase)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)


def read_key(path: Path, passphrase: str) -> Cosigner:
    """What `write_key` wrote. Raises Stop."""
    identity = _identity(passphrase)
    try:
        sealed = path.read_bytes()
        if identity:
            opened = pyrage.decrypt(sealed, [identity])
        else:
            opened = pyrage.passphrase.decrypt(sealed, passphrase)
        return Cosigner(**json.loads(opened))
    except (pyrage.DecryptError, ValueError, TypeError) as error:
        raise Stop("The key file can't be read: wrong passphrase, or another file.") from error


def _identity(secret: str) -> pyrage.x25519.Identity | None:
    """The age identity that was given in the place of a passphrase."""
    if not secret.startswith("AGE-SECRET-KEY-1"):
        return None
    try:
        return pyrage.x25519.Identity.from_str(secret.strip())
    except pyrage.IdentityError as error:
        raise Stop("This age identity is not whole.") from error


def told(data: bytes, *, descriptor: str = "", chain: str = "main") -> list[str]:
    """What signing would do, in lines for a person."""
    if data.lstrip().startswith(b"{"):
        return _told_safe(json.loads(data))
    content = psbts.contents(data if isinstance(data, str) else _text(data))
    lines = [f"Bitcoin transaction {content.txid}"]
    lines += [f"  spends {units:,} sat of {txid}:{n}" for txid, n, units in content.inputs]
    own = _own_scripts(data, descriptor) if descriptor else set()
    network = NETWORKS[CHAINS[chain][1]]
    for output in content.outputs:
        whose = "comes back to this cold wallet" if output.script in own else "LEAVES the wallet"
        address = Script(output.script).address(network)
        lines.append(f"  {output.units:,} sat to {address}: {whose}")
    return [*lines, f"  fee {content.fee:,} sat"]


def sign(data: bytes, cosigner: Cosigner, *, descriptor: str = "") -> str:
    """The signed PSBT (base64), or the signature of a Safe transaction (hex)."""
    if cosigner.family == "evm":
        return _sign_safe(json.loads(data), cosigner)
    return _sign_psbt(_text(data), cosigner, descriptor)


def _sign_psbt(text: str, cosigner: Cosigner, descriptor: str) -> str:
    if cosigner.public not in descriptor:
        raise Stop("This key is none of the wallet's: the descriptor does not name it.")
    receive = descriptor.partition("#")[0].strip().replace(cosigner.public, cosigner.secret)
    network = CHAINS[cosigner.chain][0]
    kind = bdkpython.NetworkKind.MAIN if cosigner.chain == "main" else bdkpython.NetworkKind.TEST
    wallet = bdkpython.Wallet(
        bdkpython.Descriptor(receive, kind),
        bdkpython.Descriptor(receive.replace("/0/*", "/1/*"), kind),
        network,
        bdkpython.Persister.new_in_memory(),
    )
    made = bdkpython.Psbt(text)
    options = bdkpython.SignOptions(
        trust_witness_utxo=False,  # insists on the previous transactions, and so on true amounts
        assume_height=None,
        allow_all_sighashes=False,
        try_finalize=False,
        sign_with_tap_internal_key=False,
        allow_grinding=True,
    )
    try:
        wallet.sign(made, options)
    except bdkpython.SignerError as error:
        raise Stop(f"bdk will not sign this: {error!r}") from error
    signed = str(made.serialize())
    fingerprint = cosigner.public[1:9]
    if fingerprint not in {s.cosigner for s in psbts.signatures_in(signed, ours=text)}:
        raise Stop("This key signs none of the inputs.")
    return signed


def _sign_safe(content: dict[str, Any], cosigner: Cosigner) -> str:
    chain_id, address, tx = safe.read_typed_data(content)
    signable = encode_typed_data(full_message={**content, "message": _plain(content["message"])})
    signed = Account.sign_message(signable, cosigner.secret)
    # Two implementations have to agree on what is signed before the signature leaves.
    if safe.signer_of(safe.hash_of(chain_id=chain_id, safe=address, tx=tx), signed.signature) != (
        cosigner.public
    ):
        raise Stop("The two ways of computing the hash do not agree.")
    return str("0x" + bytes(signed.signature).hex())


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "data": bytes.fromhex(message["data"][2:])}


def _told_safe(content: dict[str, Any]) -> list[str]:
    chain_id, address, tx = safe.read_typed_data(content)
    paid = safe.decoded(tx)
    digest = safe.hash_of(chain_id=chain_id, safe=address, tx=tx)
    unit = f"base units of the token {paid.contract}" if paid.contract else "wei"
    return [
        f"Safe {address} on chain {chain_id}, number {tx.nonce}",
        f"  {paid.units:,} {unit}",
        f"  to {paid.recipient}: LEAVES the wallet",
        f"  hash 0x{digest.hex()}",
    ]


def _text(data: bytes) -> str:
    return str(psbts.read(data).to_string())


def _own_scripts(data: bytes, descriptor: str) -> set[bytes]:
    """Scripts that the descriptor itself derives at the places that the outputs claim."""
    text = descriptor.partition("#")[0].strip()
    branches = [Descriptor.from_string(text.replace("/0/*", f"/{b}/*")) for b in (0, 1)]
    own = set()
    for scope in psbts.read(data).outputs:
        for path in list(scope.bip32_derivations.values())[:1]:
            branch, index = path.derivation[-2:]
            if branch in (0, 1) and index < MOST_INDEX:
                own.add(bytes(branches[branch].derive(index).script_pubkey().data))
    return own


def _passphrase() -> str:
    return os.environ.get("HOLDFAST_PASSPHRASE") or getpass.getpass("Passphrase of the key: ")


def main(argv: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Returns 0 when done, 1 when nothing was signed."""
    options = _arguments().parse_args(argv)
    try:
        return _run(options, say)
    except (Stop, Refused, OSError, ValueError) as error:
        print(f"Stopped: {error}", file=sys.stderr)  # noqa: T201  a command line tool
        return 1


def _run(options: argparse.Namespace, say: Callable[[str], object]) -> int:
    if options.act == "new":
        made = new_key(options.family, options.chain, os.urandom(32))
        write_key(options.out, made, _passphrase())
        say(made.public)
        return 0
    if options.act == "public":
        say(read_key(options.key, _passphrase()).public)
        return 0
    data = options.file.read_bytes()
    descriptor = options.descriptor.read_text().strip() if options.descriptor else ""
    if options.act == "show":
        for line in told(data, descriptor=descriptor, chain=options.chain):
            say(line)
        return 0
    cosigner = read_key(options.key, _passphrase())
    for line in told(data, descriptor=descriptor, chain=cosigner.chain or "main"):
        say(line)
    if not options.yes and input("Sign this? Type yes: ").strip() != "yes":
        raise Stop("Not signed.")
    out = options.out or options.file.with_suffix(f".signed{options.file.suffix}")
    out.write_text(sign(data, cosigner, descriptor=descriptor) + "\n")
    say(f"written to {out}")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wallets.custody.offline")
    acts = parser.add_subparsers(dest="act", required=True)
    new = acts.add_parser("new", help="make a key")
    new.add_argument("--family", choices=("bitcoin", "evm"), required=True)
    new.add_argument("--chain", choices=list(CHAINS), default="main")
    new.add_argument("--out", type=Path, required=True)
    public = acts.add_parser("public", help="print the public half of a key")
    public.add_argument("--key", type=Path, required=True)
    for act, words in (("show", "say what signing would do"), ("sign", "say it, ask, and sign")):
        each = acts.add_parser(act, help=words)
        each.add_argument("file", type=Path)
        each.add_argument("--descriptor", type=Path, help="the cold wallet's descriptor")
        if act == "sign":
            each.add_argument("--key", type=Path, required=True)
            each.add_argument("--out", type=Path)
            each.add_argument("--yes", action="store_true", help="do not ask")
        else:
            each.add_argument("--chain", choices=list(CHAINS), default="main")
    return parser


if __name__ == "__main__":
    sys.exit(main())
