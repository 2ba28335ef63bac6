"""The calls of ERC-4626 and ERC-20 that vaults need: written, and asked of a node."""

from __future__ import annotations

from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address

from wallets import chains
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.chains.rpc import RpcError

UINT, ADDRESS = "uint256", "address"
# A token's approval; and a vault's call, which passes through the contracts it lends to. Deposits
# into well-known lenders took up to 450,000 on Ethereum; what is not used comes back.
APPROVE_GAS, VAULT_GAS = 100_000, 700_000


def approve(vault: str, units: int) -> str:
    return _data("approve(address,uint256)", [ADDRESS, UINT], [vault, units])


def deposit(units: int, own: str) -> str:
    return _data("deposit(uint256,address)", [UINT, ADDRESS], [units, own])


def withdraw(units: int, own: str) -> str:
    types = [UINT, ADDRESS, ADDRESS]
    return _data("withdraw(uint256,address,address)", types, [units, own, own])


class Reader:
    """A contract of a network as it stands at a block. Raises ChainUnavailable."""

    def __init__(self, network: str, block_hash: str = "") -> None:
        adapter = chains.adapter(network)
        if not isinstance(adapter, EvmAdapter):
            raise ChainUnavailable(f"{network} has no contracts")
        self.rpc = adapter.rpc
        self.at: Any = {"blockHash": block_hash} if block_hash else "latest"

    def asset(self, vault: str) -> str:
        """The token that a vault takes."""
        return to_checksum_address(self._ask(vault, "asset()", [], [], ADDRESS))

    def shares(self, vault: str, holder: str) -> int:
        return int(self._ask(vault, "balanceOf(address)", [ADDRESS], [holder]))

    def worth(self, vault: str, shares: int) -> int:
        """What shares can be turned into, in units of the vault's asset."""
        return int(self._ask(vault, "convertToAssets(uint256)", [UINT], [shares]))

    def withdrawable(self, vault: str, holder: str) -> int:
        """What the vault would give back right now."""
        return int(self._ask(vault, "maxWithdraw(address)", [ADDRESS], [holder]))

    def allowance(self, token: str, holder: str, spender: str) -> int:
        values = [holder, spender]
        return int(self._ask(token, "allowance(address,address)", [ADDRESS, ADDRESS], values))

    def _ask(
        self, to: str, signature: str, types: list[str], values: list[Any], answer: str = UINT
    ) -> Any:
        call = {"to": to, "data": _data(signature, types, values)}
        try:
            found = self.rpc.call("eth_call", call, self.at)
            return decode([answer], bytes.fromhex(found.removeprefix("0x")))[0]
        except (RpcError, DecodingError, ValueError, TypeError, AttributeError) as error:
            raise ChainUnavailable(f"{to} does not answer {signature}: {error}") from None


def _data(signature: str, types: list[str], values: list[Any]) -> str:
    return "0x" + (keccak(text=signature)[:4] + encode(types, values)).hex()
