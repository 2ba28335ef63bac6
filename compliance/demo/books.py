"""What the demo's customers did, in the ledger: an entry for every fact that moved something.

A history begins in the middle: what somebody spends before it came in they had before, and it is
booked as brought in earlier. So nobody is overdrawn, everything adds up to what custody owes, and
the development chains are given exactly that (`wallets/demo/funding.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core.facts import FactKind, NewFact
from exchange.core.money import ZERO
from exchange.ledger import accounts
from exchange.ledger.post import Batch

MAKER = "maker-bot@holdfast.example"  # on the other side of what is bought and sold
DOLLAR = "USDT"
TRADED = (DOLLAR, "BTC", "ETH", "SOL", "BMX")
AT_ONCE = 5_000  # entries a statement
OUTSIDE = 0  # in the place of a customer: what the world handed in, or took out
CAME = (FactKind.CRYPTO_DEPOSIT, FactKind.FIAT_DEPOSIT)
WENT = (FactKind.CRYPTO_WITHDRAWAL, FactKind.FIAT_WITHDRAWAL)


class Move(NamedTuple):
    """So much of an asset, from one to another."""

    giver: int
    taker: int
    asset: str
    amount: Decimal


class Entry(NamedTuple):
    kind: str
    reference: str
    moves: tuple[Move, ...]


def keep(told: Sequence[NewFact]) -> int:
    """Book what these facts, in the order of time, say. Returns how many entries that made."""
    maker = Customer.objects.filter(user__email=MAKER).values_list("pk", flat=True).first()
    entries = list(_entries(told, maker))
    opening = _brought_before(entries, maker)
    return _write([*opening, *entries])


def _entries(told: Iterable[NewFact], maker: int | None) -> Iterator[Entry]:
    for fact in told:
        moves = tuple(move for move in _moves(fact, maker) if move.amount > ZERO)
        if moves:
            yield Entry(_kind(fact), f"demo:told:{fact.reference}", moves)


def _kind(fact: NewFact) -> str:
    if fact.kind in CAME:
        return "deposit"
    if fact.kind in WENT:
        return "withdrawal"
    return "transfer" if fact.kind == FactKind.TRANSFER else "demo_trade"


def _moves(fact: NewFact, maker: int | None) -> Iterator[Move]:
    """A trade is booked once, by the side that took; without a market maker, only between two."""
    own, amount = fact.customer_id, fact.amount
    if own is None or amount is None or fact.usd is None:
        return
    if fact.kind in CAME:
        yield Move(OUTSIDE, own, fact.asset, amount)
    elif fact.kind in WENT:
        yield Move(own, OUTSIDE, fact.asset, amount)
    elif fact.kind == FactKind.TRANSFER and fact.counterparty_id:
        yield Move(own, fact.counterparty_id, fact.asset, amount)
    elif fact.kind == FactKind.TRADE and not fact.extra["maker"]:
        other = fact.counterparty_id or maker
        if other is not None:
            buyer, seller = (own, other) if fact.extra["side"] == "buy" else (other, own)
            yield Move(seller, buyer, fact.asset, amount)
            yield Move(buyer, seller, DOLLAR, fact.usd)


def _brought_before(entries: Sequence[Entry], maker: int | None) -> list[Entry]:
    """What each must have had of each asset when the history began, so that nobody falls short."""
    has: dict[tuple[int, str], Decimal] = _standing(maker)
    lacked: dict[tuple[int, str], Decimal] = {}
    for entry in entries:
        for move in entry.moves:
            for who, change in ((move.giver, -move.amount), (move.taker, move.amount)):
                key = (who, move.asset)
                has[key] = has.get(key, ZERO) + change
                if who != OUTSIDE and has[key] < lacked.get(key, ZERO):
                    lacked[key] = has[key]
    return [
        Entry("deposit", f"demo:before:{who}:{asset}", (Move(OUTSIDE, who, asset, -least),))
        for (who, asset), least in sorted(lacked.items())
    ]


def _standing(maker: int | None) -> dict[tuple[int, str], Decimal]:
    """What the market maker has free: the only one who was here before."""
    if maker is None:
        return {}
    assets = dict(Asset.objects.filter(code__in=TRADED).values_list("pk", "code"))
    seen = accounts.customer_balances((maker, pk) for pk in assets)
    return {(maker, assets[pk]): each.available for (_maker, pk), each in seen.items()}


def _write(entries: Sequence[Entry]) -> int:
    codes = {move.asset for entry in entries for move in entry.moves}
    assets = dict(Asset.objects.filter(code__in=codes).values_list("code", "pk"))
    pairs = {
        (who, assets[move.asset])
        for entry in entries
        for move in entry.moves
        for who in (move.giver, move.taker)
        if who != OUTSIDE
    }
    ids = accounts.customer_accounts(pairs)
    for pk in assets.values():
        ids[OUTSIDE, pk] = accounts.house_account(asset_id=pk, purpose=accounts.CUSTODY)
    for start in range(0, len(entries), AT_ONCE):
        batch = Batch()
        for each in entries[start : start + AT_ONCE]:
            entry = batch.entry(each.kind, each.reference)
            for move in each.moves:
                asset = assets[move.asset]
                batch.leg(entry, ids[move.giver, asset], f"-{move.amount:f}", "0")
                batch.leg(entry, ids[move.taker, asset], f"{move.amount:f}", "0")
        batch.write()
    return len(entries)
