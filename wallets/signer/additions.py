"""The next policy's draft: what stands, and one asset more. Nothing is signed here."""

from __future__ import annotations

import copy
from decimal import Decimal, InvalidOperation
from typing import Any

from wallets.signer import ceremony, policy
from wallets.signer.refusals import Unfit


def add_asset(
    standing: dict[str, Any], *, network: str, asset: str, contract: str, decimals: int, least: str
) -> tuple[dict[str, Any], list[str]]:
    """(the draft, what it says in words): the asset on every key of a network, serial one higher.

    `least` is the smallest withdrawal in whole coins: limits follow from it (ceremony.usual), and
    are edited in the draft where others are wanted. Raises Unfit for what a policy can't say, and
    for an asset or a contract that it says already.
    """
    plan = policy.parse(standing)
    if network not in plan.networks:
        raise Unfit(f"the policy knows no network {network}")
    contract = contract.strip().lower()
    if not policy.EVM_ADDRESS.fullmatch(contract):
        raise Unfit(f"{contract!r} is no contract: 0x and 40 digits and letters a to f")
    keys = [key for key in plan.keys.values() if key.network.code == network]
    if not keys:
        raise Unfit(f"the policy has no key on {network}")
    amount = _amount(least)
    draft = copy.deepcopy(standing)
    draft["serial"] = plan.serial + 1
    said = [f"Policy {draft['serial']}: {asset} on {network} is {contract}, {decimals} decimals."]
    for key in keys:
        if asset in key.assets:
            raise Unfit(f"{key.name} knows {asset} already, as {key.assets[asset].contract}")
        if (twin := key.asset_of(contract)) is not None:
            raise Unfit(f"{key.name} knows this contract already, as {twin.code}")
        row = (
            ceremony.usual(amount, decimals, contract)
            if key.role == "hot"
            else {"contract": contract, "decimals": decimals}
        )
        mine = draft["keys"][key.name]
        mine["assets"] = {**mine["assets"], asset: row}
        said.append(_words(key.name, asset, decimals, row))
    policy.parse(draft)
    return draft, said


def _words(key: str, asset: str, decimals: int, row: dict[str, Any]) -> str:
    if "per_day" not in row:
        return f"{key} sweeps it to the hot wallet."
    first, second = row["tiers"]

    def whole(units: str) -> str:
        return ceremony.plain(Decimal(units).scaleb(-decimals))

    return (
        f"{key} pays up to {whole(first['above'])} {asset} unattended, and"
        f" {whole(row['unattended_per_day'])} so in 24 h; up to {whole(second['above'])} with one"
        f" operator; never above {whole(row['per_transaction'])}, and {whole(row['per_day'])} in"
        " 24 h."
    )


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise Unfit(f"{text!r} is no amount") from error
    if not amount.is_finite() or amount <= 0:
        raise Unfit("the smallest withdrawal is above zero")
    return amount
