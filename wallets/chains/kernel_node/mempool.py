"""What waits to be mined. Core's interpreter says what is valid, this file what is polite.

The policy is Core's in outline: fees at least the relay minimum, no dust, no spending of young
coinbases, replacement by BIP 125, and a memory that is bounded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pbk

from wallets.chains.kernel_node.chain import OP_RETURN, Chain, Coin, Outpoint
from wallets.chains.kernel_node.errors import (
    ALREADY_IN_CHAIN,
    MISSING_INPUTS,
    NOT_DECODED,
    REJECTED,
    RpcError,
)
from wallets.chains.wire import Malformed, RawBlock, Transaction, parse_transaction

MATURITY = 100
MIN_FEE_RATE = 1  # satoshi per virtual byte
DUST = 294  # what a P2WPKH output must hold
LARGEST_VSIZE = 100_000
MOST_WAITING = 5_000
MOST_REPLACED = 100  # BIP 125, rule 5


class Waiting(NamedTuple):
    transaction: Transaction
    fee: int


class Mempool:
    """Unmined transactions by txid. `kept` is where they survive a restart."""

    def __init__(self, chain: Chain, kept: Path) -> None:
        self.chain, self.kept = chain, kept
        self.waiting: dict[str, Waiting] = {}
        self._returning: list[Transaction] = []
        self._kept_last: list[str] = []
        chain.listeners.append(self._heard)
        self._restore()

    def accept(self, raw: bytes) -> str:
        """Take a transaction in. Returns its txid. Raises RpcError with Core's words."""
        waiting, replaced = self.judge(raw)
        for txid in replaced:
            self._drop(txid)
        self.waiting[waiting.transaction.txid] = waiting
        self._keep()
        return waiting.transaction.txid

    def judge(self, raw: bytes) -> tuple[Waiting, list[str]]:
        """Whether it would be taken, and what it would replace."""
        try:
            transaction = parse_transaction(raw)
        except Malformed as error:
            raise RpcError(NOT_DECODED, f"TX decode failed: {error}") from None
        txid = transaction.txid
        if txid in self.waiting:
            raise RpcError(ALREADY_IN_CHAIN, "txn-already-in-mempool")
        if txid in self.chain.mined_in:
            raise RpcError(ALREADY_IN_CHAIN, "Transaction outputs already in utxo set")
        if transaction.coinbase:
            raise RpcError(REJECTED, "coinbase")
        if transaction.vsize > LARGEST_VSIZE:
            raise RpcError(REJECTED, "tx-size")
        if len(self.waiting) >= MOST_WAITING:
            raise RpcError(REJECTED, "mempool full")
        coins = self._coins(transaction)
        fee = self._fee(transaction, coins)
        self._check_scripts(raw, coins)
        return Waiting(transaction, fee), self._replaced(transaction, fee)

    def in_order(self) -> list[Waiting]:
        """Parents before children: the order in which a block must have them."""
        placed: dict[str, Waiting] = {}
        for txid in list(self.waiting):
            path = [txid]
            while path:
                current = path[-1]
                parents = [
                    source.txid
                    for source in self.waiting[current].transaction.inputs
                    if source.txid in self.waiting and source.txid not in placed
                ]
                if parents and current not in placed:
                    path.append(parents[0])
                else:
                    placed.setdefault(current, self.waiting[current])
                    path.pop()
        return list(placed.values())

    def settle(self) -> None:
        """After the chain has moved: take back what a fork unmined, drop what can't be any more."""
        returning, self._returning = self._returning, []
        for transaction in returning:
            if not transaction.coinbase and transaction.txid not in self.chain.mined_in:
                self._try(transaction.raw)
        for txid in list(self.waiting):
            entry = self.waiting.get(txid)
            if entry and any(self._coin(outpoint) is None for outpoint in _spends(entry)):
                self._drop(txid)
        self._keep()

    def _heard(self, block: RawBlock, connected: bool) -> None:
        if not connected:
            self._returning = [*block.transactions, *self._returning]
            return
        for transaction in block.transactions:
            self.waiting.pop(transaction.txid, None)

    def _coins(self, transaction: Transaction) -> list[Coin]:
        coins = []
        for source in transaction.inputs:
            coin = self._coin((source.txid, source.output_index))
            if coin is None:
                raise RpcError(MISSING_INPUTS, "bad-txns-inputs-missingorspent")
            if coin.coinbase and self.chain.height + 1 - coin.height < MATURITY:
                raise RpcError(REJECTED, "bad-txns-premature-spend-of-coinbase")
            coins.append(coin)
        if len(set(_outpoints(transaction))) != len(transaction.inputs):
            raise RpcError(REJECTED, "bad-txns-inputs-duplicate")
        return coins

    def _coin(self, outpoint: Outpoint) -> Coin | None:
        if (coin := self.chain.coins.get(outpoint)) is not None:
            return coin
        parent = self.waiting.get(outpoint[0])
        if parent is None or outpoint[1] >= len(parent.transaction.outputs):
            return None
        output = parent.transaction.outputs[outpoint[1]]
        return Coin(output.value, output.script, self.chain.height + 1, False)

    def _fee(self, transaction: Transaction, coins: Iterable[Coin]) -> int:
        if any(
            output.value < DUST and output.script[:1] != bytes([OP_RETURN])
            for output in transaction.outputs
        ):
            raise RpcError(REJECTED, "dust")
        fee = sum(coin.value for coin in coins) - sum(o.value for o in transaction.outputs)
        if fee < 0:
            raise RpcError(REJECTED, "bad-txns-in-belowout")
        if fee < transaction.vsize * MIN_FEE_RATE:
            raise RpcError(REJECTED, "min relay fee not met")
        return fee

    def _check_scripts(self, raw: bytes, coins: list[Coin]) -> None:
        """Every input by Core's interpreter, all flags on."""
        try:
            judged = pbk.Transaction(raw)
        except (RuntimeError, ValueError, TypeError):
            raise RpcError(NOT_DECODED, "TX decode failed") from None
        outputs = [pbk.TransactionOutput(pbk.ScriptPubkey(c.script), c.value) for c in coins]
        shared = pbk.script.PrecomputedTransactionData(judged, outputs)
        for number, coin in enumerate(coins):
            script = pbk.ScriptPubkey(coin.script)
            flags = pbk.ScriptVerificationFlags.ALL
            if not script.verify(coin.value, judged, shared, number, flags):
                raise RpcError(REJECTED, f"mandatory-script-verify-flag-failed (input {number})")

    def _replaced(self, transaction: Transaction, fee: int) -> list[str]:
        """What it takes the place of, by the rules of BIP 125."""
        spends = set(_outpoints(transaction))
        direct = [txid for txid, entry in self.waiting.items() if spends & set(_spends(entry))]
        if not direct:
            return []
        if not all(self.waiting[txid].transaction.replaceable for txid in direct):
            raise RpcError(REJECTED, "txn-mempool-conflict")
        doomed = {txid for each in direct for txid in (each, *self._descendants(each))}
        if len(doomed) > MOST_REPLACED:
            raise RpcError(REJECTED, "too many potential replacements")
        old_fees = sum(self.waiting[txid].fee for txid in doomed)
        if fee < old_fees + transaction.vsize * MIN_FEE_RATE:
            raise RpcError(REJECTED, "insufficient fee, rejecting replacement")
        for txid in direct:  # rule 6 of Core: a better rate than each that it replaces itself
            old = self.waiting[txid]
            if fee * old.transaction.vsize <= old.fee * transaction.vsize:
                raise RpcError(REJECTED, "insufficient fee, rejecting replacement")
        return list(doomed)

    def _descendants(self, txid: str) -> list[str]:
        found, waiting = [], [txid]
        while waiting:
            parent = waiting.pop()
            for child, entry in self.waiting.items():
                if child not in found and any(s[0] == parent for s in _spends(entry)):
                    found.append(child)
                    waiting.append(child)
        return found

    def _drop(self, txid: str) -> None:
        for each in (txid, *self._descendants(txid)):
            self.waiting.pop(each, None)

    def _try(self, raw: bytes) -> None:
        try:
            waiting, replaced = self.judge(raw)
        except RpcError:
            return
        if not replaced:
            self.waiting[waiting.transaction.txid] = waiting

    def _keep(self) -> None:
        """Written only when it has changed: a rename makes some file systems wait for the disk."""
        if list(self.waiting) == self._kept_last:
            return
        self._kept_last = list(self.waiting)
        draft = self.kept.with_suffix(".draft")
        draft.write_text(json.dumps([each.transaction.raw.hex() for each in self.in_order()]))
        os.replace(draft, self.kept)

    def _restore(self) -> None:
        try:
            found = json.loads(self.kept.read_text())
        except (FileNotFoundError, ValueError):
            return
        for raw in found:
            self._try(bytes.fromhex(raw))


def _outpoints(transaction: Transaction) -> list[Outpoint]:
    return [(source.txid, source.output_index) for source in transaction.inputs]


def _spends(entry: Waiting) -> list[Outpoint]:
    return _outpoints(entry.transaction)
