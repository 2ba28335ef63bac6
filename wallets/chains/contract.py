"""Look at a contract as it stands at one block: its code, what it answers, who holds it, and what a
transfer would do. Nothing is sent; a transfer is tried out in the node's memory only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eth_utils import keccak

from wallets.chains.evm import BALANCE_OF, TRANSFER, EvmAdapter
from wallets.chains.interface import BlockId, ChainUnavailable
from wallets.chains.rpc import RpcError

BLOCKS_AT_ONCE = 2_000
MOST_LOGS = 200_000
MOST_BLOCKS = 2_000_000
TRY_GAS = 3_000_000
# keccak-256 of the name, less one: where EIP-1967 proxies keep what they stand for.
IMPLEMENTATION = int.from_bytes(keccak(text="eip1967.proxy.implementation")) - 1
CLONE = bytes.fromhex("363d3d373d3d3d363d73")  # EIP-1167: the address follows
# An ordinary wallet that has never been used: no key of it is known to anybody.
FRESH, NEXT = (
    "0x" + keccak(text=f"holdfast: a wallet to try transfers with, {word}")[-20:].hex()
    for word in ("first", "second")
)
PUSH1, PUSH4, PUSH32 = 0x60, 0x63, 0x7F


class Scan(NamedTuple):
    """Who received a token: net flows by address, and whether the scan began at its beginning."""

    flows: dict[str, int]
    transfers: int
    since: int
    whole: bool


class Hop(NamedTuple):
    """What one tried transfer did."""

    succeeded: bool
    sent: int  # how much less the sender has
    arrived: int  # how much more the recipient has


class ContractReader:
    """One contract at one block. Raises ChainUnavailable where the node does not answer."""

    def __init__(self, adapter: EvmAdapter, contract: str, block: BlockId) -> None:
        self.adapter, self.contract, self.block = adapter, contract.lower(), block

    def code(self, address: str = "") -> bytes:
        found = self._ask("eth_getCode", address or self.contract, hex(self.block.height))
        return _bytes(found)

    def call(self, data: str, *, sender: str = "", to: str = "") -> bytes | None:
        """What the contract answers; None when it refuses."""
        asked = {"to": to or self.contract, "data": data}
        if sender:
            asked["from"] = sender
        try:
            found = self.adapter.rpc.call("eth_call", asked, hex(self.block.height))
        except RpcError:
            return None
        return _bytes(found)

    def balances(self, holders: Sequence[str]) -> dict[str, int]:
        """What each of these holds now, by many calls at once."""
        asked = [
            [
                {"to": self.contract, "data": BALANCE_OF + "00" * 12 + each.removeprefix("0x")},
                hex(self.block.height),
            ]
            for each in holders
        ]
        try:
            found = self.adapter.rpc.batch("eth_call", asked)
        except RpcError as error:
            raise ChainUnavailable(f"{self.adapter.rpc.place}: {error}") from None
        return {
            holder: int.from_bytes(_bytes(answer)[:32])
            for holder, answer in zip(holders, found, strict=True)
        }

    def stands_for(self, code: bytes) -> str:
        """Whose code a proxy runs; empty for a contract that is no proxy."""
        if (place := code.find(CLONE)) >= 0:
            return "0x" + code[place + len(CLONE) :][:20].hex()
        try:
            found = self.adapter.rpc.call(
                "eth_getStorageAt", self.contract, hex(IMPLEMENTATION), hex(self.block.height)
            )
        except RpcError:
            return ""
        kept = _bytes(found)[-20:]
        return "0x" + kept.hex() if any(kept) else ""

    def scan(self, *, most_logs: int = MOST_LOGS, most_blocks: int = MOST_BLOCKS) -> Scan | None:
        """Every Transfer of the token, backwards from its block and bounded; None where the node
        keeps no logs."""
        flows: dict[str, int] = {}
        count, top = 0, self.block.height
        lowest = max(0, top - most_blocks + 1)
        while top >= lowest:
            start = max(lowest, top - BLOCKS_AT_ONCE + 1)
            logs = self._logs(start, top)
            if logs is None:
                return None
            for sender, recipient, units in logs:
                flows[sender] = flows.get(sender, 0) - units
                flows[recipient] = flows.get(recipient, 0) + units
                count += 1
            if count >= most_logs:
                return Scan(flows, count, start, start == 0)
            top = start - 1
        return Scan(flows, count, lowest, lowest == 0)

    def try_transfer(self, *, holder: str, units: int) -> list[Hop] | None:
        """Move some from a holder to a fresh wallet, and half of what arrived on to another.

        Runs a little program of ours in the holder's and the fresh wallet's place (the node's
        state override); None where the node can't do that.
        """
        words = [self.contract, FRESH, hex(units), NEXT, hex(units // 2)]
        data = "0x" + "".join(f"{int(each, 16):064x}" for each in words)
        program = {"code": "0x" + PROGRAM.hex()}
        call = {"from": holder, "to": holder, "data": data, "gas": hex(TRY_GAS)}
        try:
            found = self.adapter.rpc.call(
                "eth_call", call, hex(self.block.height), {holder: program, FRESH: program}
            )
        except RpcError:
            return None
        answer = _bytes(found)
        if len(answer) != ANSWER_BYTES:
            return None  # the node took no notice of our program
        numbers = [int.from_bytes(answer[at : at + 32]) for at in range(0, ANSWER_BYTES, 32)]
        return [_hop(numbers[:6]), _hop(numbers[9:15])]

    def _logs(self, start: int, end: int) -> list[tuple[str, str, int]] | None:
        asked = {
            "address": self.contract,
            "fromBlock": hex(start),
            "toBlock": hex(end),
            "topics": [TRANSFER],
        }
        try:
            found = self.adapter.rpc.call("eth_getLogs", asked)
        except RpcError:
            return None
        return list(_transfers(found))

    def _ask(self, method: str, *params: object) -> object:
        try:
            return self.adapter.rpc.call(method, *params)
        except RpcError as error:
            raise ChainUnavailable(f"{self.adapter.rpc.place}: {error}") from None


def selectors(code: bytes) -> frozenset[str]:
    """Every four-byte constant that the code pushes: among them its functions' names, hashed."""
    found, place = set(), 0
    while place < len(code):
        op = code[place]
        width = op - PUSH1 + 1 if PUSH1 <= op <= PUSH32 else 0
        if op == PUSH4:
            found.add(code[place + 1 : place + 5].hex())
        place += 1 + width
    return frozenset(found)


def selector(signature: str) -> str:
    """ "mint(address,uint256)" as four bytes, in hex."""
    return keccak(text=signature)[:4].hex()


def _hop(numbers: Sequence[int]) -> Hop:
    theirs_before, mine_before, called, theirs_after, mine_after, said = numbers
    # Some old tokens answer nothing; those that answer zero have refused.
    succeeded = bool(called) and (theirs_after != theirs_before or said != 0)
    return Hop(succeeded, mine_before - mine_after, theirs_after - theirs_before)


def _transfers(logs: object) -> Iterator[tuple[str, str, int]]:
    if not isinstance(logs, list):
        raise ChainUnavailable("the node answered nonsense about logs")
    try:
        for log in logs:
            topics = log["topics"]
            if len(topics) == 3 and len(log["data"]) == 66:
                yield (
                    "0x" + topics[1][-40:].lower(),
                    "0x" + topics[2][-40:].lower(),
                    int(log["data"], 16),
                )
    except (KeyError, TypeError, ValueError):
        raise ChainUnavailable("the node answered nonsense about logs") from None


def _bytes(found: object) -> bytes:
    if not isinstance(found, str) or not found.startswith("0x"):
        raise ChainUnavailable("the node answered nonsense about a contract")
    text = found[2:]
    return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)


# The program, with (token, recipient, units, next recipient, next units) as its input. It asks the
# token for both balances, transfers, asks again, has the recipient (who runs it too) do the same
# with half, and returns all of it. Words of its answer: recipient before, own before, whether the
# call succeeded, recipient after, own after, what transfer answered; three words of the inner
# call's input; the same six of the recipient; and what that one's own recipient did not answer.
_TOKEN, _RECIPIENT = "600035", "602035"
_NOTHING = "6000"  # of the chain's own coin
_RECIPIENT_AS_ARGUMENT = f"{_RECIPIENT}600452"
_SELF_AS_ARGUMENT = "30600452"
_BALANCE_SELECTOR = "6370a0823160e01b600052"
_TRANSFER_SELECTOR = "63a9059cbb60e01b600052"


def _ask_balance(into: int) -> str:
    return f"602061{into:04x}60246000{_TOKEN}5afa50"


PROGRAM = bytes.fromhex(
    _BALANCE_SELECTOR
    + _RECIPIENT_AS_ARGUMENT
    + _ask_balance(0x80)
    + _SELF_AS_ARGUMENT
    + _ask_balance(0xA0)
    + _TRANSFER_SELECTOR
    + _RECIPIENT_AS_ARGUMENT
    + "604035602452"
    + f"602061012060446000{_NOTHING}{_TOKEN}5af160c052"
    + _BALANCE_SELECTOR
    + _RECIPIENT_AS_ARGUMENT
    + _ask_balance(0xE0)
    + _SELF_AS_ARGUMENT
    + _ask_balance(0x100)
    + f"{_TOKEN}61014052"
    + "60603561016052"
    + "60803561018052"
    + f"60c06101a06060610140{_NOTHING}{_RECIPIENT}5af150"
    + "6101e06080f3"
)
ANSWER_BYTES = 0x1E0
