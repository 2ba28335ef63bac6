"""The chain: Core's view of it, and an index of what is unspent beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pbk

from wallets.chains.kernel_node.errors import NOT_FOUND, RpcError
from wallets.chains.kernel_node.journal import Journal
from wallets.chains.wire import HEADER_BYTES, RawBlock, Transaction, display, parse_block, sha256d

OP_RETURN = 0x6A


class Coin(NamedTuple):
    """An output that can be spent."""

    value: int
    script: bytes
    height: int
    coinbase: bool


Outpoint = tuple[str, int]


class Chain:
    """What Core's library considers best, followed block by block."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(folder / "blocks.journal")
        self.manager = self._load(folder / "kernel")
        self.active = self.manager.get_active_chain()
        self.path: list[str] = []  # hashes of the followed chain, by height
        self.coins: dict[Outpoint, Coin] = {}
        self.mined_in: dict[str, str] = {}
        self._spent: dict[str, dict[Outpoint, Coin]] = {}
        # Told of every block: (block, whether it was connected).
        self.listeners: list[Callable[[RawBlock, bool], None]] = []
        self.follow()

    @property
    def height(self) -> int:
        return self.active.height

    def hash_at(self, height: int) -> str:
        return str(self.active.block_tree_entries[height].block_hash)

    @property
    def tip(self) -> str:
        return self.hash_at(self.height)

    def raw(self, block_hash: str) -> bytes:
        """A block's bytes, on whichever fork. Raises RpcError."""
        return bytes(self.manager.blocks[self._entry(block_hash)])

    def spent_in(self, block_hash: str) -> dict[Outpoint, Coin]:
        """What a block of the best chain spent; empty for others, as for a pruned node."""
        return self._spent.get(block_hash, {})

    def height_of(self, block_hash: str) -> int:
        return int(self._entry(block_hash).height)

    def submit(self, raw: bytes) -> str:
        """Let Core judge a block. Returns its hash; whether it became the best says `tip`.

        Raises RpcError when Core won't have it.
        """
        try:
            new = self.manager.process_block(pbk.Block(raw))
        except (pbk.ProcessBlockException, RuntimeError, ValueError) as error:
            raise RpcError(-25, f"block rejected: {type(error).__name__}") from None
        if new:
            self.journal.append(raw)
        self.follow()
        return display(sha256d(raw[:HEADER_BYTES]))

    def follow(self) -> None:
        """Bring the index to where Core is: back over what it gave up, then forward."""
        while self.path and (
            len(self.path) - 1 > self.height or self.hash_at(len(self.path) - 1) != self.path[-1]
        ):
            self._disconnect()
        while len(self.path) <= self.height:
            self._connect()

    def close(self) -> None:
        self.journal.close()

    def _load(self, folder: Path) -> pbk.ChainstateManager:
        """Core's own files, and the journal over what they had not got yet."""
        folder.mkdir(exist_ok=True)
        try:
            manager = pbk.load_chainman(str(folder), pbk.ChainType.REGTEST)
        except (RuntimeError, pbk.KernelException):
            # Damaged beyond what it repairs itself; the journal has all of it.
            shutil.rmtree(folder)
            folder.mkdir()
            manager = pbk.load_chainman(str(folder), pbk.ChainType.REGTEST)
        known = manager.block_tree_entries
        for raw in self.journal.read():
            block_hash = pbk.BlockHash(sha256d(raw[:HEADER_BYTES]))
            try:
                known[block_hash]
            except KeyError:
                manager.process_block(pbk.Block(raw))
        return manager

    def _entry(self, block_hash: str) -> pbk.BlockTreeEntry:
        try:
            return self.manager.block_tree_entries[pbk.BlockHash(bytes.fromhex(block_hash)[::-1])]
        except (KeyError, ValueError, TypeError, RuntimeError):
            raise RpcError(NOT_FOUND, "Block not found") from None

    def _connect(self) -> None:
        height = len(self.path)
        block_hash = self.hash_at(height)
        block = parse_block(self.raw(block_hash))
        spent: dict[Outpoint, Coin] = {}
        for position, transaction in enumerate(block.transactions):
            if position:
                self._spend(transaction, spent)
            self._create(transaction, height, coinbase=position == 0)
            self.mined_in[transaction.txid] = block_hash
        self._spent[block_hash] = spent
        self.path.append(block_hash)
        for listen in self.listeners:
            listen(block, True)

    def _spend(self, transaction: Transaction, spent: dict[Outpoint, Coin]) -> None:
        for source in transaction.inputs:
            outpoint = (source.txid, source.output_index)
            spent[outpoint] = self.coins.pop(outpoint)

    def _create(self, transaction: Transaction, height: int, *, coinbase: bool) -> None:
        if height == 0:  # the first block's reward can't be spent
            return
        for number, output in enumerate(transaction.outputs):
            if not output.script or output.script[0] != OP_RETURN:
                coin = Coin(output.value, output.script, height, coinbase)
                self.coins[transaction.txid, number] = coin

    def _disconnect(self) -> None:
        block_hash = self.path.pop()
        block = parse_block(self.raw(block_hash))
        spent = self._spent.pop(block_hash)
        for transaction in reversed(block.transactions):
            self.mined_in.pop(transaction.txid, None)
            for number in range(len(transaction.outputs)):
                self.coins.pop((transaction.txid, number), None)
                spent.pop((transaction.txid, number), None)  # made and spent in this block
        self.coins.update(spent)
        for listen in self.listeners:
            listen(block, False)
