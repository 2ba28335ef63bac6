"""An EVM chain in Python (py-evm), for machines without Node: mines when asked, forgets nothing.

What is sent waits until a block is made, may be replaced under the same nonce for a tenth more,
and is dropped by a fork, as on anvil. It can't trace.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from eth.abc import SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.consensus import ConsensusApplier, NoProofConsensus
from eth.constants import (
    GENESIS_PARENT_HASH,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_MIX_HASH,
    POST_MERGE_NONCE,
)
from eth.db.atomic import AtomicDB
from eth.exceptions import CanonicalHeadNotFound, HeaderNotFound
from eth.vm.forks import CancunVM
from eth.vm.forks.shanghai.withdrawals import Withdrawal
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import ValidationError, keccak, to_canonical_address

from wallets.chains.evm_node.kept import KeptDB
from wallets.chains.node_server import RpcError

REJECTED = -32000
ACCOUNTS, BALANCE = 10, 10**27
GAS_LIMIT = 30_000_000
NOBODY = bytes(20)
FURTHEST_NONCE = 256
MOST_WAITING = 2_000


class PythonChain:
    """One chain: the mined part is py-evm's, what waits is ours."""

    def __init__(self, chain_id: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.accounts = {
            account.address: account
            for account in (
                Account.from_key(keccak(text=f"holdfast development account {n}"))
                for n in range(ACCOUNTS)
            )
        }
        self.db = KeptDB(folder / "state.log")
        self.chain: Any = _load(_chain_class(chain_id), self.db, list(self.accounts.values()))
        self.waiting: dict[bytes, SignedTransactionAPI] = {}
        self.paid_out = 0
        self.coinbase = NOBODY
        self.db.keep()

    @property
    def head(self) -> Any:
        return self.chain.get_canonical_head()

    def header_at(self, height: int) -> Any:
        if not 0 <= height <= self.head.block_number:
            return None
        return self.chain.get_canonical_block_header_by_number(height)

    def header_of(self, block_hash: bytes) -> Any:
        """A block of the present chain, by its hash."""
        try:
            found = self.chain.get_block_header_by_hash(block_hash)
        except HeaderNotFound:
            return None
        there = self.header_at(found.block_number)
        return found if there is not None and there.hash == block_hash else None

    def block(self, header: Any) -> Any:
        return self.chain.get_block_by_header(header)

    def state(self, header: Any = None) -> Any:
        """Balances, nonces and code after a block."""
        return self.chain.get_vm(header or self.head).state

    def accept(self, raw: bytes) -> bytes:
        """Take a signed transaction in. Returns its hash. Raises RpcError."""
        try:
            transaction = self.chain.get_vm().get_transaction_builder().decode(raw)
            transaction.validate()
            transaction.check_signature_validity()
            sender = transaction.sender
        except Exception as error:  # noqa: BLE001  rlp, keys and py-evm each raise their own
            raise RpcError(REJECTED, f"not a transaction: {error}") from None
        if transaction.chain_id != self.chain.chain_id:
            raise RpcError(REJECTED, "invalid chain id")
        if transaction.hash in self.waiting:
            raise RpcError(REJECTED, "already known")
        state = self.state()
        nonce = state.get_nonce(sender)
        if not nonce <= transaction.nonce < nonce + FURTHEST_NONCE:
            raise RpcError(REJECTED, "nonce too low" if transaction.nonce < nonce else "nonce gap")
        if state.get_balance(sender) < transaction.gas * _price(transaction) + transaction.value:
            raise RpcError(REJECTED, "insufficient funds for gas * price + value")
        if transaction.gas < transaction.intrinsic_gas or transaction.gas > GAS_LIMIT:
            raise RpcError(REJECTED, "intrinsic gas too low or above the block's limit")
        if len(self.waiting) >= MOST_WAITING:
            raise RpcError(REJECTED, "txpool is full")
        self._replace(transaction)
        self.waiting[transaction.hash] = transaction
        return bytes(transaction.hash)

    def next_nonce(self, address: bytes) -> int:
        """What an account's next transaction needs, with those that wait."""
        nonces = {t.nonce for t in self.waiting.values() if t.sender == address}
        nonce = int(self.state().get_nonce(address))
        while nonce in nonces:
            nonce += 1
        return nonce

    def mine(self, *, empty: bool = False) -> None:
        """One block, with all that fits unless `empty`."""
        chain = self.chain
        chain.set_header_timestamp(max(chain.header.timestamp, int(time.time())))
        for transaction in [] if empty else self._in_order():
            try:
                chain.apply_transaction(transaction)
            except ValidationError:
                continue  # too little for the present base fee, or no room left: it waits
            del self.waiting[transaction.hash]
        chain.mine_block(coinbase=self.coinbase, mix_hash=os.urandom(32))
        self._drop_outdated()
        self.db.keep()

    def pay_out(self, address: bytes, gwei: int, validator: int = 0) -> int:
        """One block that pays a validator out, as the beacon chain has it done (EIP-4895). Returns
        the withdrawal's index."""
        self.paid_out += 1
        index = self.head.block_number * 1_000 + self.paid_out
        self.chain.set_header_timestamp(max(self.chain.header.timestamp, int(time.time())))
        self.chain.mine_all(
            [],
            coinbase=self.coinbase,
            mix_hash=os.urandom(32),
            withdrawals=[Withdrawal(index, validator, to_canonical_address(address), gwei)],
        )
        self.db.keep()
        return index

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by as many empty ones; what was in them is gone."""
        ancestor = self.header_at(self.head.block_number - depth)
        if ancestor is None or depth < 1:
            raise RpcError(REJECTED, "no such depth")
        chaindb = self.chain.chaindb
        chaindb._set_as_canonical_chain_head(chaindb.db, ancestor, GENESIS_PARENT_HASH)
        self.chain.header = self.chain.create_header_from_parent(ancestor)
        # py-evm scores a chain by its length, and this one must not lose against the old.
        for _block in range(depth):
            self.mine(empty=True)

    def _replace(self, transaction: SignedTransactionAPI) -> None:
        for old in list(self.waiting.values()):
            if (old.sender, old.nonce) == (transaction.sender, transaction.nonce):
                if 10 * _price(transaction) < 11 * _price(old):
                    raise RpcError(REJECTED, "replacement transaction underpriced")
                del self.waiting[old.hash]

    def _in_order(self) -> list[SignedTransactionAPI]:
        return sorted(self.waiting.values(), key=lambda t: (t.sender, t.nonce))

    def _drop_outdated(self) -> None:
        state = self.state()
        for waiting in list(self.waiting.values()):
            if waiting.nonce < state.get_nonce(waiting.sender):
                del self.waiting[waiting.hash]


def _price(transaction: Any) -> int:
    """The most that a transaction pays for a gas."""
    return int(getattr(transaction, "max_fee_per_gas", 0) or transaction.gas_price)


def _chain_class(number: int) -> type[MiningChain]:
    class DevelopmentChain(MiningChain):
        chain_id = number
        vm_configuration = ConsensusApplier(NoProofConsensus).amend_vm_configuration(
            ((0, CancunVM),)
        )

        def create_header_from_parent(self, parent_header: Any, **fields: Any) -> Any:
            return super().create_header_from_parent(
                parent_header, **{**fields, "gas_limit": parent_header.gas_limit}
            )

    return DevelopmentChain


def _load(chain_class: type[MiningChain], db: KeptDB, accounts: list[LocalAccount]) -> Any:
    """The chain as it was left, or its first block."""
    base = AtomicDB(db)
    try:
        return chain_class(base)
    except (CanonicalHeadNotFound, HeaderNotFound):
        state: Any = {
            bytes.fromhex(account.address[2:]): {
                "balance": BALANCE,
                "nonce": 0,
                "code": b"",
                "storage": {},
            }
            for account in accounts
        }
        first: Any = {
            "coinbase": NOBODY,
            "difficulty": POST_MERGE_DIFFICULTY,
            "extra_data": b"",
            "gas_limit": GAS_LIMIT,
            "mix_hash": POST_MERGE_MIX_HASH,
            "nonce": POST_MERGE_NONCE,
            "timestamp": int(time.time()),
        }
        return chain_class.from_genesis(base, first, state)
