"""The Bitcoin family: what a bitcoind, a litecoind or the embedded node says, by RPC.

Blocks are read raw and measured by ourselves: their hash is computed, their transactions are
checked against the header. Node wallets are never used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from wallets.chains import wire
from wallets.chains.interface import (
    Block,
    BlockId,
    BroadcastRefused,
    ChainUnavailable,
    Received,
    Spent,
    Status,
)
from wallets.chains.parameters import Coin
from wallets.chains.rpc import Rpc, RpcError
from wallets.chains.scripts import address_of, script_of

# bitcoind's RPCErrorCode
NOT_FOUND, OUT_OF_RANGE, NOT_DECODED = -5, -8, -22
VERIFY_ERROR, VERIFY_REJECTED, ALREADY_IN_CHAIN = -25, -26, -27
SATOSHI_PER_KVB = Decimal(100_000_000) / 1000  # from coins a kilobyte to satoshi a byte


class BitcoinAdapter:
    """One network of the family."""

    def __init__(self, network: str, rpc: Rpc, coin: Coin) -> None:
        self.network, self.rpc, self.coin = network, rpc, coin

    def status(self) -> Status:
        info = self._call("getblockchaininfo")
        try:
            return Status(
                chain=str(info["chain"]),
                height=int(info["blocks"]),
                # A regtest node without fresh blocks says that it is in its initial download.
                catching_up=bool(info["initialblockdownload"]) and info["chain"] != "regtest",
                can_trace=None,
                genesis=str(self._call("getblockhash", 0)),
            )
        except (KeyError, TypeError, ValueError):
            raise self._nonsense("getblockchaininfo") from None

    def block_id(self, height: int) -> BlockId | None:
        found = self._hash(height)
        if found is None:
            return None
        try:
            header = self._call("getblockheader", found)
            return BlockId(
                height=height,
                hash=found,
                parent=str(header.get("previousblockhash", wire.NO_TXID)),
                mined_at=datetime.fromtimestamp(int(header["time"]), UTC),
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise self._nonsense("getblockheader") from None

    def block(self, height: int, contracts: Sequence[str] = ()) -> Block:
        found = self._hash(height)
        if found is None:
            raise ChainUnavailable(f"{self.rpc.place} has no block {height}")
        try:
            raw = wire.parse_block(bytes.fromhex(self._call("getblock", found, 0)))
        except (wire.Malformed, TypeError, ValueError) as error:
            raise ChainUnavailable(
                f"{self.rpc.place} gave a block {height} that does not add up: {error}"
            ) from None
        if raw.hash != found:
            raise ChainUnavailable(f"{self.rpc.place} gave another block than {found}")
        return Block(
            id=BlockId(height, raw.hash, raw.parent, datetime.fromtimestamp(raw.time, UTC)),
            received=list(self._received(raw)),
            spent=[
                Spent(tx.txid, source.txid, source.output_index)
                for tx in raw.transactions[1:]
                for source in tx.inputs
            ],
        )

    def senders(self, block_hash: str, txids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Whose outputs these transactions of a block spent, by transaction.

        The node keeps what a block spent beside the block (Bitcoin Core from 24.0 on shows it), so
        no index of transactions is needed. An output without an address names nobody.
        """
        found: dict[str, tuple[str, ...]] = {}
        try:
            for shown in self._call("getblock", block_hash, 3)["tx"]:
                if shown["txid"] in txids:
                    scripts = [
                        bytes.fromhex(source["prevout"]["scriptPubKey"]["hex"])
                        for source in shown["vin"]
                        if "prevout" in source
                    ]
                    addresses = [address_of(script, self.coin) for script in scripts]
                    found[shown["txid"]] = tuple(dict.fromkeys(filter(None, addresses)))
        except (KeyError, TypeError, ValueError):
            raise self._nonsense("getblock") from None
        return found

    def broadcast(self, signed: str) -> str:
        try:
            txid = wire.parse_transaction(bytes.fromhex(signed)).txid
        except (wire.Malformed, ValueError) as error:
            raise BroadcastRefused(f"not a transaction: {error}") from None
        try:
            self.rpc.call("sendrawtransaction", signed)
        except RpcError as error:
            if error.code == ALREADY_IN_CHAIN or "already-in-mempool" in error.message:
                return txid
            if error.code in (NOT_DECODED, VERIFY_ERROR, VERIFY_REJECTED):
                raise BroadcastRefused(error.message) from None
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
        return txid

    def waiting(self) -> set[str]:
        """Transactions that the node knows of and no block has yet."""
        return {str(txid) for txid in self._call("getrawmempool")}

    def outputs_of_waiting(self, txid: str) -> list[Received]:
        """Whom such a transaction pays; nobody when it is gone meanwhile."""
        try:
            raw = wire.parse_transaction(bytes.fromhex(self.rpc.call("getrawtransaction", txid)))
        except RpcError:
            return []
        except (wire.Malformed, TypeError, ValueError):
            raise self._nonsense("getrawtransaction") from None
        return [
            Received(txid=raw.txid, number=number, recipient=address, units=output.value)
            for number, output in enumerate(raw.outputs)
            if (address := address_of(output.script, self.coin))
        ]

    def in_mempool(self, txid: str) -> bool:
        try:
            self.rpc.call("getmempoolentry", txid)
        except RpcError as error:
            if error.code == NOT_FOUND:
                return False
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
        return True

    def fee_rate(self, target_blocks: int = 2) -> int:
        estimate = self._call("estimatesmartfee", target_blocks)
        # A node that has seen too few transactions has no estimate; then its own minimum counts.
        rate = estimate.get("feerate") if isinstance(estimate, dict) else None
        if rate is None:
            rate = self._call("getmempoolinfo").get("mempoolminfee")
        if not isinstance(rate, Decimal | int):
            raise self._nonsense("estimatesmartfee")
        return max(1, int((rate * SATOSHI_PER_KVB).to_integral_value(ROUND_CEILING)))

    def balance_gap(self, block: BlockId, contract: str, holder: str, expected: int) -> int | None:
        """There are no tokens here."""
        return 0

    def valid_address(self, text: str) -> str:
        return address_of(script_of(text, self.coin), self.coin)

    def key_of(self, address: str) -> str:
        return self.valid_address(address)

    def _received(self, block: wire.RawBlock) -> Iterator[Received]:
        for position, transaction in enumerate(block.transactions):
            for number, output in enumerate(transaction.outputs):
                if address := address_of(output.script, self.coin):
                    yield Received(
                        txid=transaction.txid,
                        number=number,
                        recipient=address,
                        units=output.value,
                        coinbase=position == 0,
                    )

    def _hash(self, height: int) -> str | None:
        try:
            found = self.rpc.call("getblockhash", height)
        except RpcError as error:
            if error.code == OUT_OF_RANGE:
                return None
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None
        if not isinstance(found, str) or len(found) != 64:
            raise self._nonsense("getblockhash")
        return found

    def _call(self, method: str, *params: Any) -> Any:
        try:
            return self.rpc.call(method, *params)
        except RpcError as error:
            raise ChainUnavailable(f"{self.rpc.place}: {error}") from None

    def _nonsense(self, method: str) -> ChainUnavailable:
        return ChainUnavailable(f"{self.rpc.place} answered {method} with nonsense")
