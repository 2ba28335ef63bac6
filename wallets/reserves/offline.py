"""A cosigner's tool for proofs of reserves: show what would be signed, sign it. No network needed.

    python -m wallets.reserves.offline show requests.json
    python -m wallets.reserves.offline sign requests.json --key cosigner-1.key

`requests.json` comes from the staff site ("What cosigners sign"), the key file from the ceremony
(`wallets.custody.offline new`). The result is handed in on the same page. Only texts that begin as
a proof of reserves does are signed, so a request can't smuggle in anything else; a signature over
such a text moves no coin. No Django here, and nothing of the exchange's database.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from embit import bip32
from eth_account import Account
from eth_account.messages import encode_defunct

from exchange.core.errors import Refused
from wallets.custody.offline import Cosigner, Stop, read_key
from wallets.reserves import bip322

FORMAT = "holdfast-ownership-1"
PREFIX = "Holdfast proof of reserves "
BITCOIN, SAFE = "wsh_multi", "safe"


def sign(document: dict[str, Any], cosigner: Cosigner) -> dict[str, Any]:
    """Every request that this key is part of. Raises Stop when it is part of none."""
    family = SAFE if cosigner.family == "evm" else BITCOIN
    signatures = [
        _sign_safe(request, cosigner) if family == SAFE else _sign_bitcoin(request, cosigner)
        for request in _requests(document)
        if request["scheme"] == family
    ]
    made = [signature for signature in signatures if signature]
    if not made:
        raise Stop("This key is part of none of these addresses.")
    return {"snapshot": document["snapshot"], "signatures": made}


def told(document: dict[str, Any]) -> list[str]:
    """The texts, for a person to read."""
    return [f"{each['network']}: {each['message']}" for each in _requests(document)]


def _requests(document: dict[str, Any]) -> list[dict[str, Any]]:
    if document.get("format") != FORMAT or not isinstance(document.get("requests"), list):
        raise Stop("This is no file of requests for proofs of reserves.")
    for each in document["requests"]:
        message = each["message"]
        if not message.startswith(PREFIX) or not message.isprintable():
            raise Stop(f"This text is no proof of reserves: {message[:80]!r}")
        if each["address"] not in message or document["snapshot"] not in message:
            raise Stop(f"This text is of another address or snapshot: {message[:80]!r}")
    return list(document["requests"])


def _sign_bitcoin(request: dict[str, Any], cosigner: Cosigner) -> dict[str, str] | None:
    account = bip32.HDKey.from_base58(cosigner.secret.rpartition("]")[2])
    child = account.derive([int(bool(request["change"])), int(request["index"])])
    private = PrivateKey(child.key.secret)
    script = bytes.fromhex(request["witness_script"])
    public = private.public_key.format()
    if public not in bip322.read_script(script).keys:
        return None
    if bip322.program_of(request["address"]) != bip322.sha256(script).digest():
        raise Stop(f"The script is not of the address {request['address']}.")
    digest = bip322.digest_to_cosign(script, request["message"])
    signature = private.sign(digest, hasher=None) + bip322.SIGHASH_ALL
    return {
        "network": request["network"],
        "address": request["address"],
        "signer": public.hex(),
        "signature": signature.hex(),
    }


def _sign_safe(request: dict[str, Any], cosigner: Cosigner) -> dict[str, str]:
    signed = Account.sign_message(encode_defunct(text=request["message"]), cosigner.secret)
    return {
        "network": request["network"],
        "address": request["address"],
        "signer": cosigner.public,
        "signature": "0x" + bytes(signed.signature).hex(),
    }


def _passphrase() -> str:
    return os.environ.get("HOLDFAST_PASSPHRASE") or getpass.getpass("Passphrase of the key: ")


def main(argv: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Returns 0 when done, 1 when nothing was signed."""
    parser = argparse.ArgumentParser(prog="python -m wallets.reserves.offline")
    parser.add_argument("act", choices=("show", "sign"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    try:
        document = json.loads(options.file.read_text())
        for line in told(document):
            say(line)
        if options.act == "show":
            return 0
        if options.key is None:
            raise Stop("Name the key file with --key.")
        cosigner = read_key(options.key, _passphrase())
        if not options.yes and input("Sign these? Type yes: ").strip() != "yes":
            raise Stop("Not signed.")
        out = options.out or options.file.with_suffix(f".{options.key.stem}.signed.json")
        out.write_text(json.dumps(sign(document, cosigner), indent=1) + "\n")
        say(f"written to {out}")
    except (Stop, Refused, OSError, ValueError, KeyError, TypeError) as error:
        print(f"Stopped: {error}", file=sys.stderr)  # noqa: T201  a command line tool
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
