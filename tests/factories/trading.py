"""Orders placed and matched the way customers and workers do it, without a worker."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal

import pytest

from exchange.accounts.models import Customer
from exchange.core.actors import Actor
from exchange.ledger import reconcile
from exchange.markets.models import Market
from exchange.trading import replay, wake
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.place import place
from tests import factories


def himself(holder: Customer) -> Actor:
    return Actor(kind="customer", label="c", customer_id=holder.pk)


def trader(*, base: str = "10", quote: str = "1000000", symbol: str = "BTC_USDT") -> Customer:
    """A customer with money in both assets of a market."""
    who = factories.customer()
    for code, amount in zip(symbol.split("_"), (base, quote), strict=True):
        if Decimal(amount):
            factories.fund(who, code, amount)
    return who


def limit(holder: Customer, side: str, price: str, size: str, **terms: str) -> int:
    """Place a limit order (or another `kind` with a price); returns its id."""
    return place(
        order=NewOrder(
            customer_id=holder.pk,
            symbol=terms.pop("symbol", "BTC_USDT"),
            side=side,
            kind=terms.pop("kind", "limit"),
            price=Decimal(price),
            size=Decimal(size),
            **terms,
        ),
        actor=himself(holder),
    )


def market_order(
    holder: Customer, side: str, *, size: str = "", notional: str = "", symbol: str = "BTC_USDT"
) -> int:
    """A market order: a sell (or a buy) by size, or a buy by notional."""
    return place(
        order=NewOrder(
            customer_id=holder.pk,
            symbol=symbol,
            side=side,
            kind="market",
            size=Decimal(size) if size else None,
            notional=Decimal(notional) if notional else None,
        ),
        actor=himself(holder),
    )


def some_trading(market: Market, *, rounds: int = 3) -> list[Customer]:
    """Orders that rest, trade in part and whole, and are still open in the end. Two customers."""
    seller, buyer = trader(symbol=market.symbol), trader(symbol=market.symbol)
    for number in range(rounds):
        price = 50_000 + number
        limit(seller, "sell", f"{price}", "1", symbol=market.symbol)
        limit(buyer, "buy", f"{price}.5", "0.33333", symbol=market.symbol)
        limit(buyer, "buy", f"{40_000 + number}.01", "0.12345", symbol=market.symbol)
        match(market_id=market.pk)
    return [seller, buyer]


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Wake-ups are lost: commands wait until the test calls the matcher. Lists who was woken."""
    woken: list[int] = []
    monkeypatch.setattr(wake, "wake", woken.append)
    return woken


@pytest.fixture
def in_our_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconciliation and replay read what the test has not committed, and never will."""
    for module in (reconcile, replay):
        monkeypatch.setattr(module, "one_moment", nullcontext)
