"""Coins and blocks from nothing, on development chains only.

`give` pays anybody, `mine` makes blocks, `reorg` replaces the last ones. All refuse on a chain
whose coins are worth something.
"""

from __future__ import annotations

import secrets
from decimal import ROUND_CEILING, Decimal
from typing import Any

from eth_account import Account

from exchange.assets.models import AssetNetwork
from exchange.core.errors import Invalid, NotFound
from exchange.core.money import to_units
from wallets.chains import nodes
from wallets.chains.bitcoin import BitcoinAdapter
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.chains.rpc import Rpc, RpcError
from wallets.chains.scripts import address_of, script_of
from wallets.demo import miner, tokens
from wallets.demo.tokens import NotADevelopmentChain

MATURITY, SPARE, FEE = 100, 20, 2_000
MOST_BLOCKS, DEEPEST = 500, 100
MOST_COINS = 50
METHOD_NOT_FOUND = -32601


def give(*, network: str, asset: str, address: str, amount: Decimal) -> str:
    """Pay somebody. Returns the transaction's id; it is mined with the next block.

    Raises NotADevelopmentChain, Invalid, NotFound, ChainUnavailable.
    """
    adapter = _adapter(network)
    row = (
        AssetNetwork.objects.select_related("asset", "network")
        .filter(asset__code=asset, network__code=network)
        .first()
    )
    if row is None:
        raise NotFound(f"There is no {asset} on {network}.", field="asset")
    units = to_units(amount, row.decimals)
    if units <= 0:
        raise Invalid("Give more than nothing.", field="amount", limit=0)
    shown = adapter.valid_address(address)
    if isinstance(adapter, BitcoinAdapter):
        return _give_coins(adapter, shown, units)
    assert isinstance(adapter, EvmAdapter)
    if row.asset.code == row.network.native_asset:
        return give_native(adapter, shown, units)
    return tokens.mint(adapter, asset=asset, to=shown, units=units)


def mine(*, network: str, blocks: int = 1) -> None:
    """Make blocks. Raises NotADevelopmentChain, Invalid, ChainUnavailable."""
    adapter = _adapter(network)
    if not 1 <= blocks <= MOST_BLOCKS:
        raise Invalid("So many blocks are not made.", field="blocks", limit=MOST_BLOCKS)
    if isinstance(adapter, BitcoinAdapter):
        ask(adapter.rpc, "generatetoaddress", blocks, address_of(miner.SCRIPT, adapter.coin))
    elif isinstance(adapter, EvmAdapter):
        ask(adapter.rpc, "anvil_mine", hex(blocks))


def prime(*, network: str) -> None:
    """See to it that the faucet has something to give: the first rewards ripen after a hundred
    blocks. Does nothing on a chain that is older than that."""
    adapter = _adapter(network)
    if isinstance(adapter, BitcoinAdapter) and adapter.status().height < MATURITY:
        mine(network=network, blocks=MATURITY + SPARE)


def reorg(*, network: str, depth: int) -> None:
    """Replace the last blocks by a longer chain of empty ones.

    What was in them waits to be mined again (Bitcoin family) or is gone (EVM). Raises
    NotADevelopmentChain, Invalid, ChainUnavailable.
    """
    adapter = _adapter(network)
    if not 1 <= depth <= DEEPEST:
        raise Invalid("So deep a fork is not made.", field="depth", limit=DEEPEST)
    if isinstance(adapter, BitcoinAdapter):
        _reorg_coins(adapter, depth)
    elif isinstance(adapter, EvmAdapter):
        # Another miner: an empty block at the same second would be the one that it replaces.
        ask(adapter.rpc, "anvil_setCoinbase", "0x" + secrets.token_hex(20))
        ask(adapter.rpc, "anvil_reorg", depth, [])
        ask(adapter.rpc, "anvil_mine", "0x1")


def give_native(adapter: EvmAdapter, address: str, units: int) -> str:
    """Of the chain's own coin, from an account that the node itself signs for."""
    payer = ask(adapter.rpc, "eth_accounts")[0]
    payment = {"from": payer, "to": address, "value": hex(units)}
    return str(ask(adapter.rpc, "eth_sendTransaction", payment))


def ask(rpc: Rpc, method: str, *parameters: Any) -> Any:
    """A call whose refusal is a defect of the chain. Raises ChainUnavailable."""
    try:
        return rpc.call(method, *parameters)
    except RpcError as error:
        raise ChainUnavailable(f"{method}: {error}") from None


def _adapter(network: str) -> Any:
    if not nodes.node(network).development:
        raise NotADevelopmentChain(field="network")
    return nodes.adapter(network)


def _give_coins(adapter: BitcoinAdapter, address: str, units: int) -> str:
    coins = _spendable(adapter)
    if sum(c.value for c in coins) < units + FEE:
        mine(network=adapter.network, blocks=MATURITY + SPARE)
        coins = _spendable(adapter)
    chosen: list[miner.Source] = []
    for coin in coins[:MOST_COINS]:
        chosen.append(coin)
        if sum(c.value for c in chosen) >= units + FEE * len(chosen):
            break
    change = sum(c.value for c in chosen) - units - FEE * len(chosen)
    if change < 0:
        raise Invalid("The faucet has not got so much.", field="amount")
    targets = [miner.Target(units, script_of(address, adapter.coin))]
    if change > 1_000:
        targets.append(miner.Target(change, miner.SCRIPT))
    return adapter.broadcast(miner.signed(chosen, targets).hex())


def _spendable(adapter: BitcoinAdapter) -> list[miner.Source]:
    """The miner's ripe coins that nothing in the mempool spends, the largest first."""
    address = address_of(miner.SCRIPT, adapter.coin)
    found = ask(adapter.rpc, "scantxoutset", "start", [{"desc": f"addr({address})"}])
    taken = _taken(adapter)
    ripe = [
        miner.Source(each["txid"], each["vout"], _satoshi(each["amount"]))
        for each in found["unspents"]
        if (each["txid"], each["vout"]) not in taken
        and (not each.get("coinbase", True) or found["height"] - each["height"] + 1 >= MATURITY)
    ]
    return sorted(ripe, key=lambda coin: (-coin.value, coin.txid))


def _taken(adapter: BitcoinAdapter) -> set[tuple[str, int]]:
    waiting = ask(adapter.rpc, "getrawmempool")
    found = [ask(adapter.rpc, "getrawtransaction", txid, True) for txid in waiting[:200]]
    return {(source["txid"], source["vout"]) for tx in found for source in tx["vin"]}


def _reorg_coins(adapter: BitcoinAdapter, depth: int) -> None:
    address = address_of(miner.SCRIPT, adapter.coin)
    try:
        adapter.rpc.call("dev_reorg", depth, address)
    except RpcError as error:
        if error.code != METHOD_NOT_FOUND:
            raise ChainUnavailable(f"dev_reorg: {error}") from None
        height = ask(adapter.rpc, "getblockcount")
        first = ask(adapter.rpc, "getblockhash", height - depth + 1)
        ask(adapter.rpc, "invalidateblock", first)
        for _block in range(depth + 1):
            # Without transactions, and not to the same address: the same block is invalid now.
            ask(adapter.rpc, "generateblock", f"raw({_anybody().hex()})", [])


def _anybody() -> bytes:
    """A script that is another each time."""
    return b"\x00\x14" + Account.create().key[:20]


def _satoshi(amount: Decimal | int) -> int:
    return int((Decimal(amount) * 100_000_000).to_integral_value(ROUND_CEILING))
