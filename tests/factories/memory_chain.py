"""A chain of the Bitcoin family in memory: blocks, forks and a mempool, all at a test's command.

What a node decides by consensus is decided here too: an input is spent once, and of two rivals in
the mempool the dearer one stays. Signatures are not checked; the kernel node's tests do that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from embit.psbt import PSBT
from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from wallets.chains import parameters, scripts
from wallets.chains.interface import (
    Block,
    BlockId,
    BroadcastRefused,
    ChainUnavailable,
    Received,
    Spent,
    Status,
)
from wallets.sending.signer import Signed

COIN = parameters.COINS["BTC", "regtest"]
START = datetime(2026, 1, 1, tzinfo=UTC)
Outpoint = tuple[str, int]


def sign(row: object) -> Signed:
    """What a signer gives back: here without signatures, which this chain does not miss."""
    transaction = PSBT.from_string(row.unsigned).tx  # type: ignore[attr-defined]
    return Signed(transaction.serialize().hex(), transaction.txid().hex())


class MemoryChain:
    """An adapter, and the node behind it."""

    network = "BTC"

    def __init__(self) -> None:
        self.blocks: list[tuple[BlockId, list[Transaction]]] = []
        self.mempool: dict[str, Transaction] = {}
        self.broadcasts: list[Transaction] = []  # all that was ever taken, in order
        self.rate, self.away, self._made = 2, False, 0
        self._append([])

    # What a node answers

    def status(self) -> Status:
        self._there()
        return Status("regtest", self.height, False, None, COIN.genesis)

    def block_id(self, height: int) -> BlockId | None:
        self._there()
        return self.blocks[height][0] if 0 <= height <= self.height else None

    def block(self, height: int, contracts: Sequence[str] = ()) -> Block:
        self._there()
        block_id, transactions = self.blocks[height]
        return Block(
            block_id,
            received=[
                Received(tx.txid().hex(), n, address, out.value)
                for tx in transactions
                for n, out in enumerate(tx.vout)
                if (address := scripts.address_of(out.script_pubkey.data, COIN))
            ],
            spent=[
                Spent(tx.txid().hex(), vin.txid.hex(), vin.vout)
                for tx in transactions
                for vin in tx.vin
            ],
        )

    def broadcast(self, signed: str) -> str:
        self._there()
        tx = Transaction.from_string(signed)
        txid = tx.txid().hex()
        if txid in self.mempool or txid in self._mined():
            return txid
        unspent = self.unspent()
        if any(outpoint not in unspent for outpoint in spends(tx)):
            raise BroadcastRefused("bad-txns-inputs-missingorspent")
        rivals = [each for each in self.mempool.values() if spends(each) & spends(tx)]
        if any(self._fee(tx) <= self._fee(rival) for rival in rivals):
            raise BroadcastRefused("insufficient fee, rejecting replacement")
        for rival in rivals:
            del self.mempool[rival.txid().hex()]
        self.mempool[txid] = tx
        self.broadcasts.append(tx)
        return txid

    def in_mempool(self, txid: str) -> bool:
        self._there()
        return txid in self.mempool

    def fee_rate(self, target_blocks: int = 2) -> int:
        self._there()
        return self.rate

    def balance_gap(self, block: BlockId, contract: str, holder: str, expected: int) -> int:
        return 0

    # What tests do to it

    @property
    def height(self) -> int:
        return len(self.blocks) - 1

    def mine(self, *, empty: bool = False) -> None:
        """A block with what waits in the mempool, or an empty one."""
        taken = [] if empty else self._valid(list(self.mempool.values()))
        for tx in taken:
            del self.mempool[tx.txid().hex()]
        self._append(taken)

    def give(self, address: str, units: int) -> None:
        """A block that pays an address, out of nowhere."""
        self._made += 1
        source = hashlib.sha256(f"nowhere {self._made}".encode()).digest()
        out = TransactionOutput(units, Script(scripts.script_of(address, COIN)))
        self._append([Transaction(vin=[TransactionInput(source, 0)], vout=[out])])

    def reorg(self, depth: int, *, back_to_mempool: bool = True) -> None:
        """The last blocks give way to a longer chain without their transactions."""
        undone = [tx for _, txs in self.blocks[-depth:] for tx in txs]
        del self.blocks[-depth:]
        for _ in range(depth + 1):
            self._append([])
        pool = [*undone, *self.mempool.values()] if back_to_mempool else []
        self.mempool = {tx.txid().hex(): tx for tx in self._valid(pool)}

    def forget(self) -> None:
        """The mempool is lost, as after a restart."""
        self.mempool.clear()

    def unspent(self) -> dict[Outpoint, TransactionOutput]:
        found: dict[Outpoint, TransactionOutput] = {}
        for _, transactions in self.blocks:
            for tx in transactions:
                for outpoint in spends(tx):
                    found.pop(outpoint, None)
                for n, out in enumerate(tx.vout):
                    found[tx.txid().hex(), n] = out
        return found

    def worth(self, addresses: set[str]) -> int:
        """What these addresses hold in the chain."""
        return sum(
            out.value
            for out in self.unspent().values()
            if scripts.address_of(out.script_pubkey.data, COIN) in addresses
        )

    def _mined(self) -> set[str]:
        return {tx.txid().hex() for _, txs in self.blocks for tx in txs}

    def _valid(self, pool: list[Transaction]) -> list[Transaction]:
        """Those that can be mined next, in order, each input once."""
        unspent, taken = set(self.unspent()), []
        for tx in pool:
            if spends(tx) <= unspent:
                unspent -= spends(tx)
                taken.append(tx)
        return taken

    def _fee(self, tx: Transaction) -> int:
        known = self.unspent()
        return sum(known[o].value for o in spends(tx)) - sum(out.value for out in tx.vout)

    def _append(self, transactions: list[Transaction]) -> None:
        self._made += 1
        height = len(self.blocks)
        parent = self.blocks[-1][0].hash if self.blocks else "00" * 32
        block_hash = hashlib.sha256(f"{parent} {self._made}".encode()).hexdigest()
        if not height:
            block_hash = COIN.genesis
        at = START + timedelta(minutes=height)
        self.blocks.append((BlockId(height, block_hash, parent, at), transactions))

    def _there(self) -> None:
        if self.away:
            raise ChainUnavailable("the node is away")


def spends(tx: Transaction) -> set[Outpoint]:
    """The outputs that a transaction spends."""
    return {(vin.txid.hex(), vin.vout) for vin in tx.vin}
