"""The methods of its RPC, by bitcoind's names, and one of its own, `dev_reorg`."""

from __future__ import annotations

import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

from embit import script as scripts

from wallets.chains.kernel_node import mine
from wallets.chains.kernel_node.chain import Chain
from wallets.chains.kernel_node.errors import INVALID_PARAMETER, MISC, NOT_FOUND, RpcError
from wallets.chains.kernel_node.mempool import MIN_FEE_RATE, Mempool, Waiting
from wallets.chains.wire import HEADER_BYTES, NO_TXID, Transaction, parse_block, parse_transaction

MOST_BLOCKS_AT_ONCE, DEEPEST_REORG = 2_000, 200
MOST_UNSPENT = 10_000


def coins(satoshi: int) -> Decimal:
    return Decimal(satoshi).scaleb(-8)


class Methods:
    """One node. Every method runs alone: the server takes one lock around each."""

    def __init__(self, folder: Path) -> None:
        self.chain = Chain(folder)
        self.mempool = Mempool(self.chain, folder / "mempool.json")

    def close(self) -> None:
        self.chain.close()

    # What the chain is.

    def rpc_getblockcount(self) -> int:
        return self.chain.height

    def rpc_getbestblockhash(self) -> str:
        return self.chain.tip

    def rpc_getblockhash(self, height: int) -> str:
        if not 0 <= _whole(height) <= self.chain.height:
            raise RpcError(INVALID_PARAMETER, "Block height out of range")
        return self.chain.hash_at(height)

    def rpc_getblockchaininfo(self) -> dict[str, Any]:
        height = self.chain.height
        return {
            "chain": "regtest",
            "blocks": height,
            "headers": height,
            "bestblockhash": self.chain.tip,
            "initialblockdownload": False,
            "verificationprogress": 1,
        }

    def rpc_getnetworkinfo(self) -> dict[str, Any]:
        return {
            "version": 319_900,
            "subversion": "/holdfast-regtest(libbitcoinkernel)/",
            "connections": 0,
            "relayfee": coins(MIN_FEE_RATE * 1000),
        }

    def rpc_getblockheader(self, blockhash: str, verbose: bool = True) -> Any:
        raw = self.chain.raw(blockhash)[:HEADER_BYTES]
        if not verbose:
            return raw.hex()
        height = self.chain.height_of(blockhash)
        best = height <= self.chain.height and self.chain.hash_at(height) == blockhash
        found = {
            "hash": blockhash,
            "height": height,
            "confirmations": self.chain.height - height + 1 if best else -1,
            "time": struct.unpack("<I", raw[68:72])[0],
        }
        if (parent := raw[4:36][::-1].hex()) != NO_TXID:
            found["previousblockhash"] = parent
        return found

    def rpc_getblock(self, blockhash: str, verbosity: int = 1) -> Any:
        raw = self.chain.raw(blockhash)
        if not verbosity:
            return raw.hex()
        transactions = parse_block(raw).transactions
        shown: list[Any] = [tx.txid if verbosity == 1 else _transaction(tx) for tx in transactions]
        if verbosity > 2:
            spent = self.chain.spent_in(blockhash)
            for each in shown:
                for source in each["vin"]:
                    if coin := spent.get((source["txid"], source["vout"])):
                        source["prevout"] = {
                            "value": coins(coin.value),
                            "scriptPubKey": {"hex": coin.script.hex()},
                        }
        return {**self.rpc_getblockheader(blockhash), "tx": shown}

    def rpc_gettxout(self, txid: str, n: int, include_mempool: bool = True) -> Any:
        coin = self.chain.coins.get((txid, n))
        return coin and {
            "value": coins(coin.value),
            "confirmations": self.chain.height - coin.height + 1,
            "scriptPubKey": {"hex": coin.script.hex()},
            "coinbase": coin.coinbase,
        }

    # Transactions.

    def rpc_sendrawtransaction(self, hexstring: str, maxfeerate: Any = None) -> str:
        raw = _hex(hexstring)
        try:
            return self.mempool.accept(raw)
        except RpcError as error:
            if error.message == "txn-already-in-mempool":  # Core takes it as said
                return parse_transaction(raw).txid
            raise

    def rpc_testmempoolaccept(self, rawtxs: list[str], maxfeerate: Any = None) -> list[Any]:
        shown = []
        for each in rawtxs[:25]:
            try:
                waiting, _replaced = self.mempool.judge(_hex(each))
            except RpcError as error:
                shown.append({"allowed": False, "reject-reason": error.message})
            else:
                shown.append(
                    {
                        "txid": waiting.transaction.txid,
                        "allowed": True,
                        "vsize": waiting.transaction.vsize,
                        "fees": {"base": coins(waiting.fee)},
                    }
                )
        return shown

    def rpc_getrawtransaction(
        self, txid: str, verbose: bool = False, blockhash: str | None = None
    ) -> Any:
        mined_in = self.chain.mined_in.get(txid)
        if (waiting := self.mempool.waiting.get(txid)) is not None:
            transaction = waiting.transaction
        elif mined_in is not None:
            block = parse_block(self.chain.raw(mined_in))
            transaction = next(tx for tx in block.transactions if tx.txid == txid)
        else:
            raise RpcError(NOT_FOUND, "No such mempool or blockchain transaction")
        if not verbose:
            return transaction.raw.hex()
        shown = _transaction(transaction)
        if mined_in is not None:
            header = self.rpc_getblockheader(mined_in)
            shown |= {"blockhash": mined_in, "confirmations": header["confirmations"]}
        return shown

    def rpc_getrawmempool(self, verbose: bool = False) -> Any:
        if not verbose:
            return list(self.mempool.waiting)
        return {txid: _entry(each) for txid, each in self.mempool.waiting.items()}

    def rpc_getmempoolentry(self, txid: str) -> Any:
        if txid not in self.mempool.waiting:
            raise RpcError(NOT_FOUND, "Transaction not in mempool")
        return _entry(self.mempool.waiting[txid])

    def rpc_getmempoolinfo(self) -> Any:
        return {
            "loaded": True,
            "size": len(self.mempool.waiting),
            "mempoolminfee": coins(MIN_FEE_RATE * 1000),
            "minrelaytxfee": coins(MIN_FEE_RATE * 1000),
        }

    def rpc_estimatesmartfee(self, conf_target: int, estimate_mode: str = "") -> Any:
        return {"feerate": coins(2 * MIN_FEE_RATE * 1000), "blocks": conf_target}

    # Blocks.

    def rpc_submitblock(self, hexdata: str, dummy: Any = None) -> str | None:
        """None when Core accepts it as the best, or as a fork; the reason when it does not."""
        raw = _hex(hexdata)
        try:
            block_hash = self.chain.submit(raw)
        except RpcError as error:
            return error.message
        self.mempool.settle()
        known = self.chain.height_of(block_hash)
        if known <= self.chain.height and self.chain.hash_at(known) == block_hash:
            return None
        return "inconclusive"  # another is better, or Core found it invalid when connecting it

    def rpc_generatetoaddress(self, nblocks: int, address: str, maxtries: int = 0) -> list[str]:
        if not 0 <= _whole(nblocks) <= MOST_BLOCKS_AT_ONCE:
            raise RpcError(INVALID_PARAMETER, f"between 0 and {MOST_BLOCKS_AT_ONCE} blocks")
        script = _script(address)
        return [self._mine(script) for _ in range(nblocks)]

    def rpc_dev_reorg(self, depth: int, address: str) -> dict[str, Any]:
        """Give up the last blocks for a longer chain of empty ones: what any miner could do."""
        if not 1 <= _whole(depth) <= min(self.chain.height, DEEPEST_REORG):
            raise RpcError(INVALID_PARAMETER, "no such depth")
        script = _script(address)
        first = self.chain.height - depth + 1
        parent = self.chain.hash_at(first - 1)
        for height in range(first, first + depth + 1):
            raw = mine.block(
                parent=parent,
                parent_header=self.chain.raw(parent)[:HEADER_BYTES],
                height=height,
                script=script,
                waiting=(),
            )
            parent = self.chain.submit(raw)
        self.mempool.settle()
        return {"height": self.chain.height, "tip": self.chain.tip}

    def rpc_scantxoutset(self, action: str, scanobjects: Any = ()) -> dict[str, Any]:
        """What addresses hold in the chain: `addr(…)` descriptors only."""
        if action != "start":
            raise RpcError(INVALID_PARAMETER, "only start")
        wanted = [each if isinstance(each, str) else each["desc"] for each in scanobjects]
        if not all(each.startswith("addr(") and each.endswith(")") for each in wanted):
            raise RpcError(INVALID_PARAMETER, "only addr(…) descriptors")
        scripts_wanted = {_script(each[5:-1]) for each in wanted}
        found = [
            {
                "txid": txid,
                "vout": number,
                "scriptPubKey": coin.script.hex(),
                "amount": coins(coin.value),
                "coinbase": coin.coinbase,
                "height": coin.height,
            }
            for (txid, number), coin in self.chain.coins.items()
            if coin.script in scripts_wanted
        ]
        return {"success": True, "height": self.chain.height, "unspents": found[:MOST_UNSPENT]}

    def _mine(self, script: bytes) -> str:
        raw = mine.block(
            parent=self.chain.tip,
            parent_header=self.chain.raw(self.chain.tip)[:HEADER_BYTES],
            height=self.chain.height + 1,
            script=script,
            waiting=self.mempool.in_order(),
        )
        block_hash = self.chain.submit(raw)
        self.mempool.settle()
        if self.chain.tip != block_hash:
            raise RpcError(MISC, "the block was not accepted")
        return block_hash


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "txid": transaction.txid,
        "hash": transaction.wtxid,
        "vsize": transaction.vsize,
        "hex": transaction.raw.hex(),
        "vin": [
            {"txid": s.txid, "vout": s.output_index, "sequence": s.sequence}
            for s in transaction.inputs
        ],
        "vout": [
            {"n": n, "value": coins(o.value), "scriptPubKey": {"hex": o.script.hex()}}
            for n, o in enumerate(transaction.outputs)
        ],
    }


def _entry(waiting: Waiting) -> dict[str, Any]:
    return {"vsize": waiting.transaction.vsize, "fees": {"base": coins(waiting.fee)}}


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RpcError(INVALID_PARAMETER, "not a whole number")
    return value


def _hex(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (ValueError, TypeError):
        raise RpcError(-22, "TX decode failed") from None


def _script(address: Any) -> bytes:
    try:
        return bytes(scripts.Script.from_address(address).data)
    except Exception:  # noqa: BLE001  embit raises whatever comes to hand
        raise RpcError(NOT_FOUND, "Invalid address") from None
