"""What may be signed, as an administrator wrote and signed it on another machine.

The file is `{"policy": {…}, "signature": hex}`: Ed25519 over the policy's canonical bytes, checked
against the administrator's public key before anything else happens. A policy that was edited by
one letter, or that contradicts itself, is a signer that does not start. `serial` only ever grows:
the journal remembers the highest, so that an older policy cannot be put back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from embit import base58, bech32
from embit.base import EmbitError

from wallets.signer import canonical
from wallets.signer.refusals import Unfit

MAX_BYTES = 4 * 1024 * 1024
WORDS = {  # what each part may say: a limit under a misspelt name would be none
    "policy": "serial uids message_prefix thaw_approvals operators networks keys",
    "network": "family chain native coin_type nonce_gap hrp p2pkh p2sh require_previous",
    "key": "role network backend assets fees cold pays destinations unlisted_approvals gas vaults",
    "vault": "asset tiers unattended_per_day per_transaction per_day",
    "asset": "contract decimals tiers unattended_per_day per_transaction per_day",
    "fees": "per_transaction per_day share_bp share_floor",
    "gas": "key per_transaction per_day",
    "tier": "above approvals",
}
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
EVM_ADDRESS = re.compile(r"0x[0-9a-f]{40}")

Family = Literal["bitcoin", "evm"]
Role = Literal["hot", "deposit"]


class Network(NamedTuple):
    """One chain: what tells it from others, and how its addresses are written."""

    code: str
    family: Family
    chain: str  # "regtest", "main"; the chain id in digits for EVM
    native: str
    coin_type: int
    nonce_gap: int = 0  # how many nonces may be skipped; 0: each follows the last
    hrp: str = ""
    p2pkh: int = 0
    p2sh: int = 0
    require_previous: bool = False  # a PSBT must bring each input's whole previous transaction

    @property
    def test(self) -> bool:
        return self.coin_type == 1


class Tier(NamedTuple):
    above: int
    approvals: int


class Asset(NamedTuple):
    """What a key may pay of one asset. Limits are in base units; deposit keys need none."""

    code: str
    contract: str  # "" for the native asset, lower-case hex otherwise
    decimals: int
    per_transaction: int
    per_day: int
    unattended_per_day: int
    tiers: tuple[Tier, ...]

    def approvals_for(self, units: int) -> int:
        return max((tier.approvals for tier in self.tiers if units > tier.above), default=0)


class Fees(NamedTuple):
    """What a transaction may cost: absolutely, as a share of what it pays, and in a day."""

    per_transaction: int
    per_day: int
    share_bp: int  # basis points of the native amount paid
    share_floor: int  # fees up to this are never a question of share


class Gas(NamedTuple):
    """Top-ups of own deposit addresses, so that they can pay for their sweep."""

    key: str
    per_transaction: int
    per_day: int


class Vault(NamedTuple):
    """An ERC-4626 contract that a hot key lends an asset to, within limits of its own."""

    address: str  # lower-case hex
    limits: Asset


class Key(NamedTuple):
    name: str
    role: Role
    network: Network
    backend: str  # "seed" or "pkcs11"
    assets: Mapping[str, Asset]
    fees: Fees
    cold: str  # the single cold address, "" for none
    pays: tuple[str, ...]  # keys whose own addresses a deposit key may pay
    destinations: frozenset[str]
    unlisted_approvals: int  # how many operators a destination off that list needs
    gas: Gas | None
    vaults: Mapping[str, Vault] = MappingProxyType({})

    def asset_of(self, contract: str) -> Asset | None:
        return next((a for a in self.assets.values() if a.contract == contract), None)


class Policy(NamedTuple):
    serial: int
    uids: frozenset[int]
    message_prefix: str
    thaw_approvals: int
    operators: Mapping[str, bytes]
    networks: Mapping[str, Network]
    keys: Mapping[str, Key]
    digest: str


def load(path: Path, administrator: bytes) -> Policy:
    """The policy in a file, if that administrator signed it. Raises Unfit."""
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise ValueError("the file is too large")
        envelope = canonical.decode(raw)
        body, signature = envelope["policy"], bytes.fromhex(envelope["signature"])
        Ed25519PublicKey.from_public_bytes(administrator).verify(signature, signed_bytes(body))
    except InvalidSignature as error:
        raise Unfit(f"{path.name} does not carry the administrator's signature") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unfit(f"{path.name} can't be read: {error}") from error
    return parse(body)


def signed_bytes(body: Any) -> bytes:
    """The exact bytes an administrator signs; never mistakable for an operator's approval."""
    return canonical.encode({"type": "holdfast.policy.v1", "policy": body})


def parse(body: Any) -> Policy:
    """A policy's contents, checked for sense. Raises Unfit naming what makes none."""
    try:
        return _policy(body)
    except Unfit:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, EmbitError) as error:
        raise Unfit(f"the policy makes no sense: {type(error).__name__}: {error}") from error


def _policy(body: dict[str, Any]) -> Policy:
    _known("policy", body)
    operators = {_name(name): bytes.fromhex(public) for name, public in body["operators"].items()}
    _demand(all(len(public) == 32 for public in operators.values()), "an operator's key is no key")
    _demand(len(set(operators.values())) == len(operators), "two operators can't have the same key")
    networks = {code: _network(code, row) for code, row in body["networks"].items()}
    keys = {_name(n): _key(n, row, networks, len(operators)) for n, row in body["keys"].items()}
    for key in keys.values():
        _check_friends(key, keys)
    thaw = _whole(body["thaw_approvals"])
    _demand(1 <= thaw <= len(operators), "thaw_approvals must be met by operators there are")
    prefix = body["message_prefix"]
    _demand(isinstance(prefix, str) and len(prefix) >= 8, "message_prefix is too short")
    uids = frozenset(_whole(uid) for uid in body["uids"])
    serial = _whole(body["serial"])
    _demand(serial >= 1, "serial begins at 1")
    return Policy(serial, uids, prefix, thaw, operators, networks, keys, canonical.digest(body))


def _network(code: str, row: dict[str, Any]) -> Network:
    _known("network", row)
    family = row["family"]
    _demand(family in ("bitcoin", "evm"), f"{code}: no such family as {family}")
    network = Network(
        code=code,
        family=family,
        chain=str(row["chain"]),
        native=str(row["native"]),
        coin_type=_whole(row["coin_type"]),
        nonce_gap=_whole(row.get("nonce_gap", 0)),
        hrp=str(row.get("hrp", "")),
        p2pkh=_whole(row.get("p2pkh", 0)),
        p2sh=_whole(row.get("p2sh", 0)),
        require_previous=bool(row.get("require_previous", False)),
    )
    if family == "evm":
        _demand(network.chain.isdigit() and int(network.chain) > 0, f"{code}: chain is a number")
    else:
        _demand(bool(network.hrp), f"{code}: hrp is missing")
    return network


def _key(name: str, row: dict[str, Any], networks: Mapping[str, Network], operators: int) -> Key:
    _known("key", row)
    network = networks[row["network"]]
    role = row["role"]
    _demand(role in ("hot", "deposit"), f"{name}: no such role as {role}")
    assets = {code: _asset(name, code, a, role) for code, a in row["assets"].items()}
    contracts = [asset.contract for asset in assets.values()]
    _demand(len(set(contracts)) == len(contracts), f"{name}: one contract stands twice")
    _demand(
        network.native in assets and assets[network.native].contract == "",
        f"{name}: the native asset {network.native} is missing",
    )
    for asset in assets.values():
        _demand(
            not asset.contract
            or (network.family == "evm" and bool(EVM_ADDRESS.fullmatch(asset.contract))),
            f"{name}: {asset.code}'s contract is no address",
        )
        _demand(
            all(tier.approvals <= operators for tier in asset.tiers),
            f"{name}: {asset.code} wants more approvals than there are operators",
        )
    fees, gas = row["fees"], row.get("gas")
    _known("fees", fees)
    _known("gas", gas or {})
    unlisted = _whole(row.get("unlisted_approvals", 0))
    _demand(unlisted <= operators, f"{name}: unlisted_approvals exceeds the operators there are")
    backend = row.get("backend", "seed")
    _demand(backend in ("seed", "pkcs11"), f"{name}: no such backend as {backend}")
    return Key(
        name=name,
        role=role,
        network=network,
        backend=backend,
        assets=assets,
        fees=Fees(
            per_transaction=_units(fees["per_transaction"]),
            per_day=_units(fees["per_day"]),
            share_bp=_whole(fees["share_bp"]),
            share_floor=_units(fees["share_floor"]),
        ),
        cold=_address(row.get("cold", ""), network),
        pays=tuple(row.get("pays", ())),
        destinations=frozenset(_address(a, network) for a in row.get("destinations", ())),
        unlisted_approvals=unlisted,
        gas=gas and Gas(gas["key"], _units(gas["per_transaction"]), _units(gas["per_day"])),
        vaults=_vaults(name, row, network, assets, operators),
    )


def _vaults(
    key: str,
    row: dict[str, Any],
    network: Network,
    assets: Mapping[str, Asset],
    operators: int,
) -> dict[str, Vault]:
    """Vaults of tokens that the key may pay; each is nothing but a vault."""
    found = {}
    for text, told in row.get("vaults", {}).items():
        _known("vault", told)
        address, token = _address(text, network), assets[told["asset"]]
        _demand(
            row["role"] == "hot" and network.family == "evm" and bool(token.contract),
            f"{key}: a vault takes a hot key's token",
        )
        others = {asset.contract for asset in assets.values()} | {row.get("cold", "").lower()}
        _demand(
            address not in others and address not in found,
            f"{key}: {address} is a vault and something else",
        )
        words = {name: told[name] for name in told if name != "asset"}
        words |= {"contract": token.contract, "decimals": token.decimals}
        limits = _asset(key, token.code, words, "hot")
        _demand(
            all(tier.approvals <= operators for tier in limits.tiers),
            f"{key}: {address} wants more approvals than there are operators",
        )
        found[address] = Vault(address, limits)
    return found


def _asset(key: str, code: str, row: dict[str, Any], role: str) -> Asset:
    _known("asset", row)
    limits = row if role == "hot" else {}
    told = limits.get("tiers", ())
    for tier in told:
        _known("tier", tier)
    tiers = tuple(sorted(Tier(_units(t["above"]), _whole(t["approvals"])) for t in told))
    rising = [tier.approvals for tier in tiers]
    _demand(rising == sorted(rising), f"{key}: {code}: larger amounts can't need fewer approvals")
    return Asset(
        code=code,
        contract=str(row.get("contract", "")).lower(),
        decimals=_whole(row["decimals"]),
        per_transaction=_units(limits.get("per_transaction", "0")),
        per_day=_units(limits.get("per_day", "0")),
        unattended_per_day=_units(limits.get("unattended_per_day", "0")),
        tiers=tiers,
    )


def _check_friends(key: Key, keys: Mapping[str, Key]) -> None:
    """The keys that a key may pay exist on its network and have the role it thinks they have."""
    for name in key.pays:
        _demand(
            key.role == "deposit"
            and name in keys
            and keys[name].network == key.network
            and keys[name].role == "hot",
            f"{key.name} may pay only hot keys of its own network, which {name} is not",
        )
    if key.gas is not None:
        friend = keys.get(key.gas.key)
        _demand(
            key.role == "hot"
            and friend is not None
            and friend.network == key.network
            and friend.role == "deposit",
            f"{key.name}: gas is for a deposit key of its own network",
        )


def _address(text: str, network: Network) -> str:
    """An address as it is compared: EVM in lower case. An empty one is none."""
    if not text:
        return ""
    if network.family == "evm":
        text = text.lower()
        fit = bool(EVM_ADDRESS.fullmatch(text))
    elif text.startswith(f"{network.hrp}1"):
        fit = bech32.decode(network.hrp, text)[0] is not None
    else:
        fit = base58.decode_check(text)[0] in (network.p2pkh, network.p2sh)
    _demand(fit, f"{text} is no address on {network.code}")
    return text


def _name(name: str) -> str:
    _demand(bool(NAME.fullmatch(name)), f"{name!r} is no name")
    return name


def _known(part: str, row: Mapping[str, Any]) -> None:
    unknown = sorted(set(row) - set(WORDS[part].split()))
    _demand(not unknown, f"{part} says {', '.join(unknown)}, which nobody knows")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _units(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,78}", value, re.ASCII):
        raise ValueError(f"{value!r} is no amount: base units, as a string of digits")
    return int(value)


def _demand(truth: bool, otherwise: str) -> None:
    if not truth:
        raise Unfit(otherwise)
