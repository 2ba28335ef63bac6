"""The demo's wallets: hot and deposit keys as the signer told them, cold ones of three cosigners.

Only public halves reach the database. The cosigners' keys lie in var/cosigners/ under an identity
beside them, because nobody else is there to remember it; production holds the ceremonies of
docs/runbooks instead. The cold addresses are written down for the signer's policy, which pays them
without asking anybody.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings

from exchange.assets.models import Network
from exchange.core.actors import Actor
from wallets import chains
from wallets.addresses import derive, keysets
from wallets.addresses.models import KeySet
from wallets.chains import nodes, parameters
from wallets.custody import offline
from wallets.demo import lending, vault

REASON = "the demo's own keys"
COSIGNERS, THRESHOLD = 3, 2
NAMES = {"BTC": "btc", "LTC": "ltc", "ERC20": "eth", "BSC_BNB": "bsc"}


def register_all(*, actor: Actor) -> list[str]:
    """Register every wallet of the development chains that has none. Returns their names."""
    told = _read(settings.VAR / "signer-keys.json")
    made: list[str] = []
    cold: dict[str, str] = {}
    for code in chains.configured():
        if code not in NAMES or not nodes.node(code).development:
            continue
        network = Network.objects.get(code=code)
        for name, key in told.items():
            if key["network"] == code:
                made += _register(network, name, key["role"], key, actor, signer_key=name)
        public, many = _cold(network)
        made += _register(network, f"{NAMES[code]}-cold", "cold", public, actor, many=many)
        first = KeySet.objects.get(network=network, role="cold", active=True)
        cold[code] = derive.address_at(first, index=0).address
    _write(settings.VAR / "ceremony" / "cold.json", cold)
    _write(settings.VAR / "ceremony" / "vaults.json", lending.named())
    return made


def _register(
    network: Network,
    name: str,
    role: str,
    public: dict[str, Any],
    actor: Actor,
    *,
    signer_key: str = "",
    many: tuple[int, int] = (1, 1),
) -> list[str]:
    if KeySet.objects.filter(network=network, role=role, active=True).exists():
        return []
    keysets.register(
        network=network,
        name=name,
        role=role,
        scheme=public["scheme"],
        public=public["public"],
        signer_key=signer_key,
        threshold=many[0],
        signers=many[1],
        actor=actor,
        reason=REASON,
    )
    return [name]


def _cold(network: Network) -> tuple[dict[str, str], tuple[int, int]]:
    """The public half of a network's cold wallet, and how many of how many sign it."""
    family = nodes.node(network.code).family
    publics = _cosigners(family)
    if family == parameters.EVM:
        address = vault.address(owners=publics, threshold=THRESHOLD)
        return {"scheme": "safe", "public": address}, (THRESHOLD, COSIGNERS)
    descriptor = offline.cold_descriptor(publics, THRESHOLD)
    kept = _folder() / "cold.txt"  # cosigners keep it beside their keys, to recognise change
    if not kept.exists():
        kept.touch(0o600)
        kept.write_text(descriptor + "\n", "ascii")
    return {"scheme": "wsh_multi", "public": descriptor}, (THRESHOLD, COSIGNERS)


def owners() -> list[str]:
    """The demo's Safe owners; empty before the seed has made them."""
    return list(_read(_folder() / f"{parameters.EVM}.json").get("publics", []))


def _cosigners(family: str) -> list[str]:
    """Three people's public keys; their key files are made on the first call."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _read(folder / f"{family}.json").get("publics")
    if known:
        return list(known)
    word = folder / "passphrase.txt"
    if not word.exists():
        # An age identity: a passphrase is stretched for seconds a key, which nobody waits for here.
        word.touch(0o600)
        word.write_text(f"{pyrage.x25519.Identity.generate()}\n", "ascii")
    publics = []
    for number in range(1, COSIGNERS + 1):
        made = offline.new_key(family, "regtest", secrets.token_bytes(32))
        path = folder / f"{family}-{number}.key"
        path.unlink(missing_ok=True)  # of a start that was cut off: nobody was told of it
        offline.write_key(path, made, word.read_text("ascii").strip())
        publics.append(made.public)
    _write(folder / f"{family}.json", {"publics": publics})
    return publics


def _folder() -> Path:
    return Path(settings.VAR) / "cosigners"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf8"))
    except FileNotFoundError:
        return {}
    return found


def _write(path: Path, content: Any) -> None:
    """Only when it says something else: the signer's policy is signed anew when this is newer."""
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    if not content or (path.exists() and path.read_text("utf8") == text):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, "utf8")
    draft.chmod(0o600)
    draft.replace(path)
