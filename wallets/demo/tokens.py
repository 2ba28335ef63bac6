"""Test tokens that stand in for real ones on development chains.

One contract an asset (contracts/DevToken.sol), deployed by a key of its own, so that its address is
the same on every chain and after every fresh start, whatever else is deployed. The addresses are
written into the catalogue only there; the catalogue's own addresses are production's.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import rlp
from django.db import transaction
from django.db.models import F, QuerySet
from eth_abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from exchange.assets.load import DATA
from exchange.assets.load import rows as rows_of
from exchange.assets.models import AssetNetwork
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from wallets.chains import nodes, parameters
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.chains.rpc import RpcError

ARTIFACT = Path(__file__).parent / "contracts" / "DevToken.json"
DEPLOY_GAS, MINT_GAS = 1_500_000, 120_000
GAS_MONEY = 10**18
MINT = keccak(text="mint(address,uint256)")[:4]


class NotADevelopmentChain(Refused):
    code = "not_a_development_chain"
    message = "This is only for development chains."


def place_all(*, network: str, actor: Actor) -> list[dict[str, Any]]:
    """Write the test tokens' addresses into the catalogue; no node is asked. Returns them all.

    Raises NotADevelopmentChain.
    """
    refuse_unless_development(network)
    placed = []
    with transaction.atomic():
        for row in _rows(network).select_for_update(of=("self",)):
            address = address_of_token(row.asset.code)
            if row.contract != address:
                before, row.contract = row.contract, address
                row.save(update_fields=["contract"])
                record(
                    actor=actor,
                    verb="demo.place_token",
                    target=row,
                    before={"contract": before},
                    after={"contract": address},
                )
            placed.append(
                {
                    "network": network,
                    "asset": row.asset.code,
                    "contract": address,
                    "decimals": row.decimals,
                }
            )
    return placed


def deploy_all(*, network: str) -> int:
    """Deploy the test tokens that do not stand yet. Returns how many those were.

    Raises NotADevelopmentChain, ChainUnavailable.
    """
    refuse_unless_development(network)
    adapter = nodes.adapter(network)
    assert isinstance(adapter, EvmAdapter)
    deployed = sum(_deploy(adapter, row) for row in _rows(network))
    if deployed:
        ask(adapter, "anvil_mine", "0x1")
    return deployed


def address_of_token(asset: str) -> str:
    """Where an asset's test token stands, or would stand."""
    deployer = _deployer(asset)
    made = keccak(rlp.encode([bytes.fromhex(deployer.address[2:]), 0]))
    return to_checksum_address(made[-20:])


@lru_cache(maxsize=1)
def stood_in_for() -> frozenset[str]:
    """Assets of the catalogue: only for those is there a test token that anybody can be given."""
    return frozenset(row["asset"] for row in rows_of(DATA / "asset_networks.csv"))


def mint(adapter: EvmAdapter, *, asset: str, to: str, units: int) -> str:
    """New tokens for somebody. Returns the transaction's id. Raises ChainUnavailable."""
    data = MINT + encode(["address", "uint256"], [to, units])
    fund(adapter, _deployer(asset).address)
    return send(
        adapter, _deployer(asset), to=address_of_token(asset), data=data.hex(), gas=MINT_GAS
    )


def send(
    adapter: EvmAdapter,
    account: LocalAccount,
    *,
    to: str | None,
    data: str,
    gas: int,
    value: int = 0,
) -> str:
    """A transaction signed with a key of a development chain. Returns its id."""
    rate = 2 * adapter.fee_rate() + 10**9
    fields: dict[str, Any] = {
        "chainId": int(nodes.node(adapter.network).chain),
        "nonce": int(ask(adapter, "eth_getTransactionCount", account.address, "pending"), 16),
        "gas": gas,
        "maxFeePerGas": rate,
        "maxPriorityFeePerGas": 10**9,
        "value": value,
        "data": "0x" + data.removeprefix("0x"),
    }
    if to is not None:
        fields["to"] = to_checksum_address(to)
    signed = account.sign_transaction(fields)
    return adapter.broadcast(bytes(signed.raw_transaction).hex())


def _rows(network: str) -> QuerySet[AssetNetwork]:
    """The catalogue's tokens that deposits are open for; what the chain itself counts in is none,
    and what was listed since stands at the address that it was listed with."""
    rows = AssetNetwork.objects.select_related("asset", "network").filter(
        network__code=network, deposit_enabled=True, asset__code__in=stood_in_for()
    )
    return rows.exclude(asset__code=F("network__native_asset")).order_by("asset__code")


def _deploy(adapter: EvmAdapter, row: AssetNetwork) -> bool:
    """Whether it had to be deployed."""
    if ask(adapter, "eth_getCode", address_of_token(row.asset.code), "latest") != "0x":
        return False
    arguments = encode(
        ["string", "string", "uint8"], [row.asset.name, row.asset.code, row.decimals]
    )
    bytecode = json.loads(ARTIFACT.read_text("utf8"))["bytecode"]
    deployer = _deployer(row.asset.code)
    fund(adapter, deployer.address)
    send(adapter, deployer, to=None, data=bytecode + arguments.hex(), gas=DEPLOY_GAS)
    return True


def fund(adapter: EvmAdapter, address: str) -> None:
    """Money for gas, from an account that the node itself signs for."""
    if int(ask(adapter, "eth_getBalance", address, "pending"), 16) < GAS_MONEY // 10:
        payer = ask(adapter, "eth_accounts")[0]
        payment = {"from": payer, "to": address, "value": hex(GAS_MONEY)}
        ask(adapter, "eth_sendTransaction", payment)
        ask(adapter, "anvil_mine", "0x1")


def _deployer(asset: str) -> LocalAccount:
    return Account.from_key(keccak(text=f"holdfast development token {asset}"))


def refuse_unless_development(network: str) -> None:
    node = nodes.node(network)
    if not node.development or node.family != parameters.EVM:
        raise NotADevelopmentChain(field="network")


def ask(adapter: EvmAdapter, method: str, *parameters: Any) -> Any:
    try:
        return adapter.rpc.call(method, *parameters)
    except RpcError as error:
        raise ChainUnavailable(f"{method}: {error}") from None
