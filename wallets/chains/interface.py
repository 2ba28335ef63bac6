"""What a chain adapter answers, whatever its family: blocks in, signed bytes out.

One adapter a family, one object a network. The adapter knows the node's RPC and nothing of our
tables; `chains.watch` walks blocks and hands them to the rooms that registered (`follows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class ChainUnavailable(Exception):
    """The node does not answer, or answers nonsense. Nothing is known; try again later."""


class BroadcastRefused(Exception):
    """The node looked at the transaction and will not take it. `args[0]` is its reason."""


class BlockId(NamedTuple):
    height: int
    hash: str
    parent: str
    mined_at: datetime


class Received(NamedTuple):
    """An output, a native transfer or a token transfer, to whomever; amounts in base units.

    `number` is unique within the transaction: the output's number on UTXO chains; the log's place
    among the transaction's own logs for token transfers; -1 for the transaction's own value; -2 and
    below for internal transfers; what a validator is paid out has the block's hash for its `txid`
    and the withdrawal's own index. It stays the same when a fork mines the transaction again.
    `contract` is empty for the native asset, lower-case hex otherwise.
    """

    txid: str
    number: int
    recipient: str  # an address's `key`: bech32 as it is, EVM in lower case
    units: int
    contract: str = ""
    sender: str = ""  # account chains only
    coinbase: bool = False
    # How much less the recipient's balance grew in this block than its logs say: 0 for an honest
    # token, more for one that takes a fee on its way, None where the node could not tell. Only
    # looked at for addresses that somebody recognises (`watch.recognises`).
    balance_gap: int | None = 0
    memo: str = ""  # what the payer wrote beside it, on networks whose deposit address is shared


class Spent(NamedTuple):
    """An input on a UTXO chain: which output it spends."""

    txid: str
    output_txid: str
    output_index: int


class Sent(NamedTuple):
    """A transaction on an account chain: who paid its fee, and whether it succeeded."""

    txid: str
    sender: str
    nonce: int
    fee_units: int
    succeeded: bool


class Block(NamedTuple):
    id: BlockId
    received: Sequence[Received]
    spent: Sequence[Spent] = ()
    sent: Sequence[Sent] = ()


class Status(NamedTuple):
    """The node's own word about itself."""

    chain: str  # "regtest", "main", "31337": compared with what the network is configured to be
    height: int
    catching_up: bool
    can_trace: bool | None
    genesis: str = ""  # the hash of its block 0


class Adapter(Protocol):
    """Raises ChainUnavailable from every method when the node can't be relied on."""

    network: str  # Network.code

    def status(self) -> Status: ...

    def block_id(self, height: int) -> BlockId | None:
        """The node's main-chain block at a height; None above its tip."""
        ...

    def block(self, height: int, contracts: Sequence[str] = ()) -> Block:
        """One whole block, token transfers only of the given contracts (lower-case hex)."""
        ...

    def balance_gap(self, block: BlockId, contract: str, holder: str, expected: int) -> int | None:
        """`expected` minus what a holder's token balance grew by in a block; None: unknown."""
        ...

    def broadcast(self, signed: str) -> str:
        """Send a signed transaction (hex). Returns its txid; sending it twice is sending it once.

        Raises BroadcastRefused.
        """
        ...

    def in_mempool(self, txid: str) -> bool: ...

    def fee_rate(self, target_blocks: int = 2) -> int:
        """Satoshi per virtual byte, or wei per gas (priority included), at least 1."""
        ...

    def valid_address(self, text: str) -> str:
        """The address as people should see it. Raises exchange.core.errors.Invalid saying why."""
        ...

    def key_of(self, address: str) -> str:
        """The form in which addresses are compared."""
        ...
