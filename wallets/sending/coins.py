"""Which coins pay for a transaction of the Bitcoin family, and what it will weigh.

Pure arithmetic on whole satoshis. A bounded branch-and-bound search looks for coins that fit
without change (as Bitcoin Core does first); failing that, the largest coins pay and the rest
comes back as change, which keeps the number of inputs small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_INPUTS = 200  # 200 P2WPKH inputs weigh 13.6 kvB: far below the 100 kvB that nodes relay
MOST_TRIES = 20_000
OVERHEAD = 42  # weight units: version, lock time, counts (4 each), segwit marker and flag
TXIN = 41 * 4  # outpoint, empty script, sequence
P2WPKH_WITNESS = 1 + 1 + 72 + 1 + 33  # count, signature (low s, low or high r), public key


class Spendable(NamedTuple):
    """A coin that may be spent: its row's id and its satoshis."""

    id: int
    units: int


class Selection(NamedTuple):
    """Which coins, what the network gets, and what comes back (0: no change output)."""

    coins: list[Spendable]
    fee: int
    change: int


class Terms(NamedTuple):
    """What weighs how much in this transaction: weight units, and satoshi per virtual byte."""

    outputs_weight: int
    input_weight: int
    change_weight: int
    fee_rate: int
    dust: int

    def fee(self, inputs: int, *, change: bool) -> int:
        weight = OVERHEAD + self.outputs_weight + inputs * self.input_weight
        return vbytes(weight + (self.change_weight if change else 0)) * self.fee_rate


def vbytes(weight: int) -> int:
    return -(-weight // 4)


def output_weight(script: bytes) -> int:
    return (8 + 1 + len(script)) * 4


def input_weight(*, threshold: int, signers: int) -> int:
    """Of a P2WPKH input, or (more than one signer) of a P2WSH sortedmulti input."""
    if signers == 1:
        return TXIN + P2WPKH_WITNESS
    witness_script = 1 + 34 * signers + 1 + 1
    size_prefix = 1 if witness_script < 253 else 3
    return TXIN + 1 + 1 + 73 * threshold + size_prefix + witness_script


def dust(script: bytes, *, relay_rate: int = 3) -> int:
    """What an output must be worth for nodes to relay it: Core's rule at 3 sat/vB."""
    spend = 67 if script[:1] in (b"\x00", b"\x51") else 148
    return (8 + 1 + len(script) + spend) * relay_rate


def select(coins: Sequence[Spendable], wanted: int, terms: Terms) -> Selection | None:
    """Coins worth `wanted` and the fee; None when even all (or the 200 largest) are not enough."""
    useful = sorted(
        (c for c in coins if c.units > _cost_of_input(terms)), key=lambda c: (-c.units, c.id)
    )[:MOST_INPUTS]
    return _without_change(useful, wanted, terms) or _largest_first(useful, wanted, terms)


def everything(coins: Sequence[Spendable], terms: Terms) -> Selection | None:
    """The largest coins into one output: the fee is taken from it. None when nothing is left."""
    useful = sorted(
        (c for c in coins if c.units > _cost_of_input(terms)), key=lambda c: (-c.units, c.id)
    )[:MOST_INPUTS]
    fee = terms.fee(len(useful), change=False)
    if not useful or sum(c.units for c in useful) - fee < terms.dust:
        return None
    return Selection(useful, fee, 0)


def _cost_of_input(terms: Terms) -> int:
    return vbytes(terms.input_weight) * terms.fee_rate


def _largest_first(coins: Sequence[Spendable], wanted: int, terms: Terms) -> Selection | None:
    taken: list[Spendable] = []
    total = 0
    for coin in coins:
        taken.append(coin)
        total += coin.units
        with_change = total - wanted - terms.fee(len(taken), change=True)
        if with_change >= terms.dust:
            return Selection(taken, terms.fee(len(taken), change=True), with_change)
        if total - wanted >= terms.fee(len(taken), change=False):
            return Selection(taken, total - wanted, 0)  # change would be dust: the miner's
    return None


def _without_change(coins: Sequence[Spendable], wanted: int, terms: Terms) -> Selection | None:
    """Coins that exceed what is wanted by less than a change output would cost, now and later."""
    slack = vbytes(terms.change_weight + terms.input_weight) * terms.fee_rate
    remaining = [0] * (len(coins) + 1)
    for index in range(len(coins) - 1, -1, -1):
        remaining[index] = remaining[index + 1] + coins[index].units
    chosen: list[int] = []
    total, index = 0, 0
    for _ in range(MOST_TRIES):
        target = wanted + terms.fee(len(chosen), change=False)
        if chosen and target <= total <= target + slack:
            return Selection([coins[i] for i in chosen], total - wanted, 0)
        hopeless = total > target + slack or total + remaining[index] < target
        if hopeless or index == len(coins):
            if not chosen:
                return None
            index = chosen.pop()
            total -= coins[index].units
        else:
            chosen.append(index)
            total += coins[index].units
        index += 1
    return None
