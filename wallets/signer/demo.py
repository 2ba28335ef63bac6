"""The demo's keys, people and policy: made on the first run, and worthless by construction.

Everything that production keeps on three machines lies side by side here, so only development
chains are ever named. The administrator's key stays in var/ceremony/, which the signer never opens.
`var/ceremony/cold.json` ({network: address}), `var/ceremony/vaults.json` ({network: {address:
asset}}), `var/chains/tokens.json` ([{network, asset, contract, decimals}]) and
`var/chains/listed.json` (the same with `least`, the smallest withdrawal) say what other rooms made;
when they change, the policy is signed anew.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from wallets.signer import canonical, ceremony, keys, people, policy
from wallets.signer.refusals import Unfit

DATA = Path(__file__).resolve().parents[2] / "exchange" / "assets" / "data"
OPERATORS = ("first-operator", "second-operator", "third-operator")
DEVELOPMENT = ("regtest", "31337", "31338", "31339", "1337")
MESSAGE_PREFIX = "Holdfast proof of reserves "
NAMES = {"BTC": "btc", "LTC": "ltc", "ERC20": "eth", "BSC_BNB": "bsc"}


def prepare(var: Path, environment: Mapping[str, str]) -> str:
    """Make what is missing, sign what has changed. Safe to run before every start."""
    signer, ceremony_folder, operators = var / "signer", var / "ceremony", var / "operators"
    for folder in (signer, ceremony_folder, operators):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    administrator = ceremony_folder / "administrator.json"
    if not administrator.exists():
        public = people.make(administrator, "demo-administrator")
        (signer / ceremony.ADMINISTRATOR).write_text(public + "\n", "ascii")
    for name in OPERATORS:
        if not (operators / f"{name}.json").exists():
            people.make(operators / f"{name}.json", name)
    standing = _standing(signer / ceremony.POLICY)
    draft = _draft(var, environment)
    made = ceremony.make_keys(signer, draft)
    _publish(var, signer, draft)
    if {**standing, "serial": 0} == {**draft, "serial": 0}:
        (signer / ceremony.POLICY).touch()  # newer than what it was compared with
        return f"policy {standing['serial']} stands"
    draft["serial"] = int(standing.get("serial", 0)) + 1
    _replace(signer / ceremony.POLICY, ceremony.sign_policy(draft, administrator))
    return f"{len(made)} keys made, policy {draft['serial']} signed"


def _draft(var: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    networks = _networks(environment)
    cold, tokens = _read(var / "ceremony" / "cold.json", {}), _read(var / "chains/tokens.json", [])
    listed = _read(var / "chains" / "listed.json", [])
    vaults = _read(var / "ceremony" / "vaults.json", {})
    public = {
        name: json.loads((var / "operators" / f"{name}.json").read_text("utf8"))["public"]
        for name in OPERATORS
    }
    rows: dict[str, Any] = {}
    for code in networks:
        assets = _without_twins(_assets(code, tokens) | _listed(code, listed))
        rows |= _wallets(code, networks[code]["native"], cold.get(code, ""), assets)
        _lend(rows[f"{NAMES[code]}-hot"], vaults.get(code, {}))
    return {
        "serial": 1,
        "uids": [os.getuid()],
        "message_prefix": MESSAGE_PREFIX,
        "thaw_approvals": 2,
        "operators": public,
        "networks": networks,
        "keys": rows,
    }


def _networks(environment: Mapping[str, str]) -> dict[str, Any]:
    """Bitcoin and two EVM networks always; Litecoin where it has a node."""
    bitcoin = environment.get("BTC_CHAIN", "regtest")
    ethereum = environment.get("EVM_CHAIN_ID", "31337")
    bnb = environment.get("EVM_CHAIN_ID_BSC_BNB", "31338")
    litecoin = environment.get("LTC_CHAIN", "regtest")
    strange = {bitcoin, ethereum, bnb, litecoin} - set(DEVELOPMENT)
    if strange:
        raise Unfit(
            f"the demo's keys are for development chains, and {', '.join(sorted(strange))} is none:"
            " make keys as docs/runbooks/key-ceremony.md says"
        )
    found = {
        "BTC": ceremony.bitcoin_network("BTC", bitcoin, "bcrt", 0x6F, 0xC4),
        "ERC20": ceremony.evm_network("ETH", int(ethereum)),
        "BSC_BNB": ceremony.evm_network("BNB", int(bnb)),
    }
    if environment.get("LTC_RPC_URL"):
        found["LTC"] = ceremony.bitcoin_network("LTC", litecoin, "rltc", 0x6F, 0x3A)
    return found


def _wallets(code: str, native: str, cold: str, assets: dict[str, Any]) -> dict[str, Any]:
    """A network's hot and deposit keys."""
    name = NAMES[code]
    decimals = assets[native]["decimals"]
    fees = {
        "BTC": ceremony.fees("0.002", "0.1", decimals),
        "LTC": ceremony.fees("0.05", "2", decimals),
        "ERC20": ceremony.fees("0.1", "5", decimals),
        "BSC_BNB": ceremony.fees("0.1", "5", decimals),
    }[code]
    gas = {
        "key": f"{name}-deposit",
        "per_transaction": ceremony.units("0.05", decimals),
        "per_day": ceremony.units("2", decimals),
    }
    bare = {
        asset: {"contract": row["contract"], "decimals": row["decimals"]}
        for asset, row in assets.items()
    }
    return {
        f"{name}-hot": ceremony.hot_key(
            code, cold=cold, fees=fees, assets=assets, gas=gas if decimals == 18 else None
        ),
        f"{name}-deposit": ceremony.deposit_key(
            code, cold=cold, pays=f"{name}-hot", fees=fees, assets=bare
        ),
    }


def _lend(hot: dict[str, Any], vaults: dict[str, str]) -> None:
    """The vaults that a hot key may lend to, within what it may pay out of each asset."""
    limits = ("tiers", "unattended_per_day", "per_transaction", "per_day")
    found = {
        address.lower(): {"asset": asset, **{word: hot["assets"][asset][word] for word in limits}}
        for address, asset in sorted(vaults.items())
        if asset in hot["assets"]
    }
    if found:
        hot["vaults"] = found


def _assets(code: str, tokens: list[dict[str, Any]]) -> dict[str, Any]:
    """The catalogue's."""
    ours = {row["asset"]: row for row in tokens if row["network"] == code}
    found = {}
    with (DATA / "asset_networks.csv").open(encoding="utf8") as file:
        for row in csv.DictReader(file):
            asset = row["asset"]
            token = ours.get(asset, row)
            used = asset in ours or "true" in (row["deposit_enabled"], row["withdraw_enabled"])
            if row["network"] != code or not used:
                continue
            found[asset] = ceremony.usual(
                Decimal(row["withdraw_min"]), int(token["decimals"]), token["contract"].lower()
            )
    return found


def _listed(code: str, listed: list[dict[str, Any]]) -> dict[str, Any]:
    """What was listed since the exchange was made."""
    return {
        row["asset"]: ceremony.usual(Decimal(row["least"]), row["decimals"], row["contract"])
        for row in listed
        if row["network"] == code
    }


def _without_twins(assets: dict[str, Any]) -> dict[str, Any]:
    """One asset a contract: without its contract a token can't be told from the native coin."""
    seen: dict[str, str] = {}
    for asset, row in assets.items():
        seen.setdefault(row["contract"], asset)
    return {asset: assets[asset] for asset in seen.values()}


def _publish(var: Path, signer: Path, draft: dict[str, Any]) -> None:
    """The public halves, for the seed to register before the signer runs."""
    told = {}
    for key in policy.parse(draft).keys.values():
        seed = keys.unseal(signer / ceremony.KEYS / f"{key.name}.age", signer / ceremony.IDENTITY)
        half = keys.SeedKey(key.network, seed)
        told[key.name] = {"network": key.network.code, "role": key.role}
        told[key.name] |= half.described(key.role)
    _replace(var / "signer-keys.json", json.dumps(told, indent=1, sort_keys=True) + "\n")


def _standing(path: Path) -> dict[str, Any]:
    try:
        body = canonical.decode(path.read_bytes())["policy"]
    except FileNotFoundError:
        return {}
    return dict(body)


def _read(path: Path, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_text("utf8"))
    except FileNotFoundError:
        return otherwise


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    people.write_new(draft, text)
    draft.replace(path)
