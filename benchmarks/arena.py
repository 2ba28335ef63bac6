"""One market with funded people, and the two ways of serving them that are compared."""

from __future__ import annotations

import os
import time
from decimal import Decimal

from django.db import connection, connections

from benchmarks.naive import NaiveExchange
from benchmarks.stream import MIDDLE, commands
from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core.actors import system
from exchange.core.longlived import spare
from exchange.core.money import from_units
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from exchange.ledger.queries import trial_balance
from exchange.markets.models import Market
from exchange.matching.commands import Command, Kind, Op, Side, Stp
from exchange.trading import match
from exchange.trading.cancel import cancel_many
from exchange.trading.check import NewOrder
from exchange.trading.models import MatchCommand, SpotOrder, Trade
from exchange.trading.place import place_many

ACTOR = system("benchmark")
PLENTY = Decimal(10) ** 9

Batches = list[tuple[list[Command], list[Command]]]
Asked = list[tuple[list[tuple[int, NewOrder]], list[int]]]


def people(count: int) -> None:
    """Customers 1 to `count`."""
    Customer.objects.bulk_create(Customer(id=n, parent_id=1) for n in range(1, count + 1))


class Arena:
    """A market of its own. Price in cents, size in 0.00001 of the base."""

    def __init__(self, symbol: str) -> None:
        base, quote = (self._asset(f"{code}") for code in symbol.split("_"))
        self.market = Market.objects.create(
            symbol=symbol,
            base=base,
            quote=quote,
            price_precision=2,
            size_precision=5,
            quote_precision=8,
            min_size=Decimal("0.00001"),
            max_size=10**9,
            min_notional=0,
            maker_rate=Decimal("0.001"),
            taker_rate=Decimal("0.002"),
            reference_price=500,
        )
        self.owners = list(Customer.objects.values_list("id", flat=True))
        self.accounts = accounts.customer_accounts(
            [(o, a.pk) for o in self.owners for a in (base, quote)]
        )
        self.fees = accounts.house_account(asset_id=quote.pk, purpose=accounts.FEES)
        for coin in (base, quote):
            self._fund(coin)
        self.before = self._balances()

    def stream(self, count: int) -> list[Command]:
        """The seeded stream; its market buys by size become market buys by notional."""
        return [
            c._replace(size=0, budget=c.size * MIDDLE)
            if c.kind == Kind.MARKET and c.side == Side.BUY and c.op == Op.PLACE
            else c
            for c in commands(count, owners=len(self.owners), stp=Stp.NONE)
        ]

    def run_naive(self, batches: Batches) -> tuple[float, object]:
        """Commands a second, and what came out."""
        exchange = NaiveExchange(self.market, self.accounts, self.fees)
        began = time.perf_counter()
        for orders, cancels in batches:
            for command in (*orders, *cancels):
                exchange.apply(command)
        took = time.perf_counter() - began
        return sum(len(o) + len(c) for o, c in batches) / took, self._outcome()

    def run_batched(self, batches: Batches) -> object:
        """Place and match in step. Returns what came out."""
        ids: dict[int, int] = {}
        for orders, cancels in self._asked(batches):
            self._pass_on(orders, cancels, ids)
            match.match(market_id=self.market.pk)
        return self._outcome()

    def run_apart(self, gateways: list[Batches]) -> float:
        """A process for each gateway places, this process matches. Returns commands a second."""
        asked = [self._asked(batches) for batches in gateways]
        spare()  # as workers do when they start
        connections.close_all()
        began = time.perf_counter()
        running = {self._gateway(each) for each in asked}
        while True:
            applied = match.match(market_id=self.market.pk)
            if not running and not applied:
                break
            running -= {pid for pid in running if os.waitpid(pid, os.WNOHANG)[0] == pid}
            if not applied and running:
                time.sleep(0.001)
        commands = sum(len(o) + len(c) for batches in gateways for o, c in batches)
        return commands / (time.perf_counter() - began)

    def _gateway(self, asked: Asked) -> int:
        """Pass everything on in a process of its own. Returns its id."""
        if pid := os.fork():
            return pid
        ids: dict[int, int] = {}
        for orders, cancels in asked:
            self._pass_on(orders, cancels, ids)
        connections.close_all()
        os._exit(0)

    def run_matching(self, batches: Batches) -> float:
        """Place everything first, then match: the matcher alone. Returns commands a second."""
        ids: dict[int, int] = {}
        for orders, cancels in self._asked(batches):
            self._pass_on(orders, cancels, ids)
        rows = MatchCommand.objects.filter(market=self.market).values_list("order_ids", flat=True)
        waiting = sum(map(len, rows))
        spare()
        began = time.perf_counter()
        match.match(market_id=self.market.pk)
        return waiting / (time.perf_counter() - began)

    def _asked(self, batches: Batches) -> Asked:
        """As an API would hand it on: parsed, in decimals."""
        return [
            (
                [(c.order_id, self._new_order(c)) for c in orders],
                [c.order_id for c in cancels],
            )
            for orders, cancels in batches
        ]

    def _pass_on(
        self, orders: list[tuple[int, NewOrder]], cancels: list[int], ids: dict[int, int]
    ) -> None:
        placed = place_many(orders=[order for _, order in orders], actor=ACTOR)
        for (stream_id, _), order_id in zip(orders, placed, strict=True):
            assert isinstance(order_id, int), order_id
            ids[stream_id] = order_id
        # The stream also cancels orders that are long gone: they are refused, as they should be.
        wanted = [(self.owner_of(s), ids[s]) for s in cancels if s in ids]
        if wanted:
            cancel_many(requests=wanted, actor=ACTOR)

    def verify(self) -> None:
        """Nothing waits, nothing is held for a final order, and money is where it was or moved."""
        assert not MatchCommand.objects.filter(market=self.market).exists()
        orders = SpotOrder.objects.filter(market=self.market)
        final = orders.exclude(state__in=SpotOrder.OPEN_STATES)
        assert not final.exclude(held=0).exists()
        assert all(total == 0 for _, total in trial_balance())

    def owner_of(self, stream_id: int) -> int:
        return 1 + (stream_id * 7919) % len(self.owners)

    def _new_order(self, c: Command) -> NewOrder:
        return NewOrder(
            customer_id=c.owner,
            symbol=self.market.symbol,
            side="buy" if c.side == Side.BUY else "sell",
            kind=Kind(c.kind).name.lower(),
            price=from_units(c.price, 2) if c.price else None,
            size=from_units(c.size, 5) if c.size else None,
            notional=from_units(c.budget, 7) if c.budget else None,
            stp="none",
        )

    def _outcome(self) -> object:
        """What changed for whom, how orders ended, and every trade, without the ids."""
        after = self._balances()
        moved = [(o, n - b) for (o, n), (_, b) in zip(after, self.before, strict=True)]
        orders = SpotOrder.objects.filter(market=self.market).order_by("id")
        trades = Trade.objects.filter(market=self.market).order_by("id")
        return (
            moved,
            list(orders.values_list("customer_id", "state", "filled_size", "held")),
            list(trades.values_list("taker_id", "maker_id", "price", "size")),
        )

    def _balances(self) -> list[tuple[int, Decimal]]:
        ids = sorted(self.accounts.values())
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT owner_id, available + held FROM exchange_ledgeraccount"
                " WHERE id = ANY(%s) ORDER BY asset_id, owner_id",
                [ids],
            )
            return cursor.fetchall()

    def _asset(self, code: str) -> Asset:
        # Assets of its own, so that two arenas can be compared balance by balance.
        return Asset.objects.create(
            code=f"{code}{Asset.objects.count()}", name=code, precision=8, kind="coin"
        )

    def _fund(self, coin: Asset) -> None:
        custody = accounts.house_account(asset_id=coin.pk, purpose=accounts.CUSTODY)
        legs = [Leg(self.accounts[o, coin.pk], PLENTY) for o in self.owners]
        post(
            kind="deposit",
            reference=f"arena:{coin.pk}",
            legs=[*legs, Leg(custody, -PLENTY * len(legs))],
        )
