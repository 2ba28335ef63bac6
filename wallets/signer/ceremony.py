"""Make keys, and sign the policy that binds them: what happens once, with people watching.

Three folders on three machines in production (docs/runbooks/key-ceremony.md): the signer's own, the
administrator's, and each operator's. Only public halves travel between them.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyrage

from wallets.signer import keys, people, policy
from wallets.signer.refusals import Unfit

IDENTITY, ADMINISTRATOR, POLICY = "identity.txt", "administrator.pub", "policy.json"
JOURNAL, SOCKET, KEYS, TOKEN = "journal.sqlite", "signer.sock", "keys", "token.json"


def make_keys(folder: Path, draft: dict[str, Any], backups: Sequence[str] = ()) -> list[str]:
    """Make every seed that the draft names and the folder lacks, sealed for the signer's identity
    and for the backups' (age recipients whose identities lie elsewhere). Returns what was made.

    Keys of an HSM are made in it: `make-token-key`.
    """
    plan = policy.parse(draft)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / KEYS).mkdir(mode=0o700, exist_ok=True)
    own = _identity(folder / IDENTITY)
    made = []
    for key in plan.keys.values():
        path = folder / KEYS / f"{key.name}.age"
        if key.backend != "seed" or path.exists():
            continue
        _write_seed(path, secrets.token_bytes(keys.SEED_BYTES), [own, *backups])
        made.append(key.name)
    return made


def restore(folder: Path, source: Path, opener: Path, backups: Sequence[str] = ()) -> list[str]:
    """Seal the seeds of a backup anew for this folder's own identity. `opener` is the identity that
    the backup was sealed for. Returns their names; a seed that is here already stays as it is.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / KEYS).mkdir(mode=0o700, exist_ok=True)
    own = _identity(folder / IDENTITY)
    restored = []
    for sealed in sorted(source.glob("*.age")):
        path = folder / KEYS / sealed.name
        if not path.exists():
            _write_seed(path, keys.unseal(sealed, opener), [own, *backups])
            restored.append(sealed.stem)
    return restored


def sign_policy(draft: dict[str, Any], administrator: Path, passphrase: str = "") -> str:
    """The signed policy file's text. Raises Unfit for a draft that makes no sense."""
    policy.parse(draft)
    _, private = people.open_file(administrator, passphrase)
    signature = private.sign(policy.signed_bytes(draft)).hex()
    return json.dumps({"policy": draft, "signature": signature}, indent=1, sort_keys=True) + "\n"


def template() -> dict[str, Any]:
    """A draft to start from: a Bitcoin wallet, strict, its people and addresses missing."""
    return {
        "serial": 1,
        "uids": [],
        "message_prefix": "Holdfast proof of reserves ",
        "thaw_approvals": 2,
        "operators": {"FIRST-OPERATOR": "ed25519 public key in hex"},
        "networks": {
            "BTC": bitcoin_network("BTC", "main", "bc", 0x00, 0x05, require_previous=True),
            "ERC20": evm_network("ETH", 1),
        },
        "keys": {
            "btc-hot": hot_key(
                "BTC",
                cold="THE COLD WALLET'S ADDRESS",
                fees=fees("0.002", "0.05", 8),
                assets={"BTC": limits("0.1", "1", "5", "20", 8)},
            ),
            "btc-deposit": deposit_key(
                "BTC",
                cold="THE COLD WALLET'S ADDRESS",
                pays="btc-hot",
                fees=fees("0.002", "0.05", 8),
                assets={"BTC": {"decimals": 8}},
            ),
        },
    }


def bitcoin_network(
    native: str, chain: str, hrp: str, p2pkh: int, p2sh: int, *, require_previous: bool = False
) -> dict[str, Any]:
    coin_types = {"BTC": 0, "LTC": 2}  # SLIP-44; every test chain is 1
    return {
        "family": "bitcoin",
        "chain": chain,
        "native": native,
        "coin_type": coin_types[native] if chain == "main" else 1,
        "hrp": hrp,
        "p2pkh": p2pkh,
        "p2sh": p2sh,
        "require_previous": require_previous,
    }


def evm_network(native: str, chain_id: int) -> dict[str, Any]:
    return {"family": "evm", "chain": str(chain_id), "native": native, "coin_type": 60}


def hot_key(
    network: str,
    *,
    cold: str,
    fees: dict[str, Any],
    assets: dict[str, Any],
    gas: dict[str, Any] | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = {"role": "hot", "network": network, "cold": cold, "fees": fees}
    row["assets"] = assets
    return {**row, "gas": gas} if gas else row


def deposit_key(
    network: str, *, cold: str, pays: str, fees: dict[str, Any], assets: dict[str, Any]
) -> dict[str, Any]:
    return {
        "role": "deposit",
        "network": network,
        "cold": cold,
        "pays": [pays],
        "fees": fees,
        "assets": assets,
    }


def fees(one: str, day: str, decimals: int, share_bp: int = 2000) -> dict[str, Any]:
    """Caps of fees in whole coins; a share is asked of what costs more than a tenth of the cap."""
    cap = int(units(one, decimals))
    return {
        "per_transaction": str(cap),
        "per_day": units(day, decimals),
        "share_bp": share_bp,
        "share_floor": str(cap // 10),
    }


def limits(
    alone: str, alone_a_day: str, one: str, day: str, decimals: int, contract: str = ""
) -> dict[str, Any]:
    """In whole coins: one operator above `alone`, two above ten times that, nobody above `one`."""
    first = int(units(alone, decimals))
    return {
        "contract": contract,
        "decimals": decimals,
        "tiers": [
            {"above": str(first), "approvals": 1},
            {"above": str(first * 10), "approvals": 2},
        ],
        "unattended_per_day": units(alone_a_day, decimals),
        "per_transaction": units(one, decimals),
        "per_day": units(day, decimals),
    }


def usual(least: Decimal, decimals: int, contract: str = "") -> dict[str, Any]:
    """Limits in proportion to the smallest withdrawal: a hundred times that goes unattended."""
    alone, a_day, one, day = (plain(least * times) for times in (100, 1000, 2000, 10_000))
    return limits(alone, a_day, one, day, decimals, contract)


def plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def units(amount: str, decimals: int) -> str:
    """Base units of an amount in plain notation."""
    whole, _, fraction = amount.partition(".")
    if len(fraction) > decimals:
        raise Unfit(f"{amount} has more than {decimals} digits after the point")
    return str(int(whole + fraction.ljust(decimals, "0")))


def _write_seed(path: Path, seed: bytes, recipients: Sequence[str]) -> None:
    """A new private file, whole on the disk before its address is told to anybody."""
    sealed = keys.seal(seed, list(recipients))
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())


def _identity(path: Path) -> str:
    """The signer's own age recipient; its identity is made on the first call."""
    if not path.exists():
        people.write_new(path, f"{pyrage.x25519.Identity.generate()}\n")
    opener = pyrage.x25519.Identity.from_str(path.read_text("ascii").strip())
    return str(opener.to_public())
