"""EVM networks by JSON-RPC: Ethereum, BNB Smart Chain and others differ in configuration only.

Token transfers count by the Transfer log of a contract on the list, in a transaction that
succeeded; what a contract does besides is not believed. The logs come with the receipts of the
very block (by its hash), so that a fork between two questions can't mix two chains.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from eth_utils import keccak

from wallets.chains import traces
from wallets.chains.checksums import checksummed
from wallets.chains.interface import (
    Block,
    BlockId,
    BroadcastRefused,
    ChainUnavailable,
    Received,
    Sent,
    Status,
)
from wallets.chains.rpc import Rpc, RpcError

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
BALANCE_OF = "0x" + keccak(text="balanceOf(address)")[:4].hex()
NOBODY = "0x" + "00" * 20
METHOD_NOT_FOUND = -32601
TRACING_ASKED_AGAIN_SECONDS = 600
WEI_PER_GWEI = 10**9


class EvmAdapter:
    """One network."""

    def __init__(self, network: str, rpc: Rpc) -> None:
        self.network, self.rpc = network, rpc
        self._receipts_at_once = True
        self._tracing: str | None = None  # the method that works, "" for none, None: not asked
        self._tracing_asked = 0.0

    def status(self) -> Status:
        try:
            genesis = self._call("eth_getBlockByNumber", "0x0", False)
            return Status(
                chain=str(_number(self._call("eth_chainId"))),
                height=_number(self._call("eth_blockNumber")),
                catching_up=bool(self._call("eth_syncing")),
                can_trace=bool(self._tracing_method()),
                genesis=str(genesis["hash"]) if genesis else "",
            )
        except (KeyError, TypeError, ValueError):
            raise self._nonsense("eth_chainId") from None

    def block_id(self, height: int) -> BlockId | None:
        found = self._call("eth_getBlockByNumber", hex(height), False)
        return None if found is None else self._id(found, height)

    def block(self, height: int, contracts: Sequence[str] = ()) -> Block:
        found = self._call("eth_getBlockByNumber", hex(height), True)
        if found is None:
            raise ChainUnavailable(f"{self.rpc.place} has no block {height}")
        block_id = self._id(found, height)
        try:
            receipts = self._receipts(found)
            received = list(self._received(found, receipts, frozenset(contracts)))
            sent = [
                _sent(tx, receipt)
                for tx, receipt in zip(found["transactions"], receipts, strict=True)
            ]
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise self._nonsense(f"block {height}") from None
        return Block(id=block_id, received=received, sent=sent)

    def broadcast(self, signed: str) -> str:
        try:
            raw = bytes.fromhex(signed.removeprefix("0x"))
        except ValueError:
            raise BroadcastRefused("not a transaction: no hex") from None
        txid = "0x" + keccak(raw).hex()
        try:
            self.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcError as error:
            # Nodes word it in many ways that they know it; whether they do can be asked.
            if self._call("eth_getTransactionByHash", txid) is not None:
                return txid
            if error.code in (METHOD_NOT_FOUND, -32603, -32005):
                raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
            raise BroadcastRefused(error.message) from None
        return txid

    def in_mempool(self, txid: str) -> bool:
        found = self._call("eth_getTransactionByHash", txid)
        return found is not None and found.get("blockHash") is None

    def fee_rate(self, target_blocks: int = 2) -> int:
        """The next block's base fee and a priority fee that lately sufficed, in wei."""
        try:
            history = self._call("eth_feeHistory", hex(10), "latest", [50])
            base = _number(history["baseFeePerGas"][-1])
            tips = sorted(_number(each[0]) for each in history.get("reward") or [] if each)
            return max(1, base + max(tips[len(tips) // 2] if tips else 0, 1))
        except (ChainUnavailable, KeyError, TypeError, ValueError, IndexError):
            return max(1, _number(self._call("eth_gasPrice")))

    def balance_gap(self, block: BlockId, contract: str, holder: str, expected: int) -> int | None:
        """How much less a holder's balance of a token grew in a block than its logs say.

        0 for an honest token; None where the node no longer knows the balance before the block.
        """
        before = self._balance(contract, holder, block.parent)
        after = self._balance(contract, holder, block.hash)
        if before is None or after is None:
            return None
        return expected - (after - before)

    def valid_address(self, text: str) -> str:
        return checksummed(text)

    def key_of(self, address: str) -> str:
        return self.valid_address(address).lower()

    def _id(self, found: Any, height: int) -> BlockId:
        try:
            if _number(found["number"]) != height:
                raise ChainUnavailable(f"{self.rpc.place} gave another block than {height}")
            return BlockId(
                height=height,
                hash=_hash(found["hash"]),
                parent=_hash(found["parentHash"]),
                mined_at=datetime.fromtimestamp(_number(found["timestamp"]), UTC),
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise self._nonsense(f"block {height}") from None

    def _receipts(self, block: Any) -> list[Any]:
        """One for each transaction of the block, in order, and of this very block."""
        hashes = [_hash(tx["hash"]) for tx in block["transactions"]]
        if not hashes:
            return []
        receipts = self._all_receipts(block["hash"]) if self._receipts_at_once else None
        if receipts is None:
            try:
                receipts = self.rpc.batch("eth_getTransactionReceipt", [[h] for h in hashes])
            except RpcError as error:
                raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
        by_hash = {_hash(each["transactionHash"]): each for each in receipts if each}
        if set(by_hash) != set(hashes) or any(
            _hash(each["blockHash"]) != _hash(block["hash"]) for each in by_hash.values()
        ):
            raise ChainUnavailable(f"{self.rpc.place} changed its mind about a block just read")
        return [by_hash[each] for each in hashes]

    def _all_receipts(self, block_hash: str) -> list[Any] | None:
        """All receipts in one answer, None where the node has no such method."""
        try:
            found = self.rpc.call("eth_getBlockReceipts", block_hash)
        except RpcError as error:
            if _unknown_method(error):
                self._receipts_at_once = False
                return None
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
        if not isinstance(found, list):
            raise ChainUnavailable(f"{self.rpc.place} does not know the block that it just gave")
        return found

    def _received(
        self, block: Any, receipts: Sequence[Any], contracts: frozenset[str]
    ) -> Iterator[Received]:
        succeeded = set()
        for tx, receipt in zip(block["transactions"], receipts, strict=True):
            if _number(receipt["status"]) != 1:
                continue
            txid = _hash(tx["hash"])
            succeeded.add(txid)
            recipient = (tx.get("to") or receipt.get("contractAddress") or "").lower()
            if (units := _number(tx["value"])) and recipient:
                yield Received(txid, -1, recipient, units, sender=tx["from"].lower())
            for number, log in enumerate(receipt["logs"]):
                if transfer := _token_transfer(log, contracts):
                    yield transfer._replace(txid=txid, number=number)
        yield from _withdrawals(block)
        method = self._tracing_method()
        if method and succeeded:
            yield from (
                Received(
                    moved.txid,
                    -2 - moved.position,
                    moved.recipient,
                    moved.units,
                    sender=moved.sender,
                )
                for moved in self._internal(method, block)
                if moved.txid in succeeded
            )

    def _internal(self, method: str, block: Any) -> list[traces.Moved]:
        """What contracts sent on. A node that can trace, but not this block, stops the walk."""
        number = hex(_number(block["number"]))
        options = () if method == traces.PARITY else (traces.CALL_TRACER,)
        try:
            found = self.rpc.call(method, number, *options)
        except RpcError as error:
            raise ChainUnavailable(f"{self.rpc.place} can't trace: {error}") from None
        hashes = [_hash(tx["hash"]) for tx in block["transactions"]]
        return traces.moved(method, found, hashes, _hash(block["hash"]))

    def _tracing_method(self) -> str:
        """Which way of tracing the node knows, empty for none; asked again now and then."""
        age = time.monotonic() - self._tracing_asked
        if self._tracing is None or (not self._tracing and age > TRACING_ASKED_AGAIN_SECONDS):
            self._tracing = ""
            for method in (traces.PARITY, traces.GETH):
                options = () if method == traces.PARITY else (traces.CALL_TRACER,)
                try:
                    self.rpc.call(method, "latest", *options)
                except RpcError:
                    continue
                self._tracing = method
                break
            self._tracing_asked = time.monotonic()
        return self._tracing

    def _balance(self, contract: str, holder: str, block_hash: str) -> int | None:
        data = BALANCE_OF + "00" * 12 + holder.removeprefix("0x")
        try:
            found = self.rpc.call(
                "eth_call", {"to": contract, "data": data}, {"blockHash": block_hash}
            )
            return _number(found) if found not in ("0x", "") else 0
        except (RpcError, TypeError, ValueError):
            return None

    def _call(self, method: str, *params: Any) -> Any:
        try:
            return self.rpc.call(method, *params)
        except RpcError as error:
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None

    def _nonsense(self, about: str) -> ChainUnavailable:
        return ChainUnavailable(f"{self.rpc.place} answered nonsense about {about}")


def _withdrawals(block: Any) -> Iterator[Received]:
    """What validators were paid out (EIP-4895): no transaction carries it, so it stands under the
    block's own hash, its number being the withdrawal's, which no other ever has."""
    for each in block.get("withdrawals") or ():
        if units := _number(each["amount"]) * WEI_PER_GWEI:
            yield Received(
                _hash(block["hash"]), _number(each["index"]), each["address"].lower(), units
            )


def _token_transfer(log: Any, contracts: frozenset[str]) -> Received | None:
    """A Transfer of a token on the list. Four topics are an NFT's, and no amount."""
    topics = log["topics"]
    contract = log["address"].lower()
    if contract not in contracts or len(topics) != 3 or topics[0].lower() != TRANSFER:
        return None
    units = _number(log["data"])
    if not units or len(log["data"]) != 66:
        return None
    return Received(
        txid="",
        number=0,
        recipient="0x" + topics[2][-40:].lower(),
        units=units,
        contract=contract,
        sender="0x" + topics[1][-40:].lower(),
    )


def _sent(tx: Any, receipt: Any) -> Sent:
    """Who paid for a transaction, and all that it cost: gas, blobs, and the layer beneath."""
    fee = _number(receipt["gasUsed"]) * _number(receipt.get("effectiveGasPrice") or tx["gasPrice"])
    if receipt.get("blobGasUsed") and receipt.get("blobGasPrice"):
        fee += _number(receipt["blobGasUsed"]) * _number(receipt["blobGasPrice"])
    if receipt.get("l1Fee"):
        fee += _number(receipt["l1Fee"])
    return Sent(
        txid=_hash(tx["hash"]),
        sender=tx["from"].lower(),
        nonce=_number(tx["nonce"]),
        fee_units=fee,
        succeeded=_number(receipt["status"]) == 1,
    )


def _number(value: Any) -> int:
    """A quantity as nodes write it: hex text. Raises ValueError, TypeError."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("not a quantity")
    return int(value, 16)


def _hash(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 66:
        raise ValueError("not a hash")
    return value.lower()


def _unknown_method(error: RpcError) -> bool:
    words = error.message.casefold()
    return error.code == METHOD_NOT_FOUND or "not supported" in words or "does not exist" in words
