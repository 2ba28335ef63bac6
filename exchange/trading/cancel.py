"""Take orders back, make them smaller, move them: commands to the market's matcher.

Only the matcher knows what an order has become, so a cancel is a request that it answers. `cancel`
waits a moment for that answer, because a customer who reads "cancelled" must not be told later
that the order had traded.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection, transaction

from exchange.accounts.models import Restriction
from exchange.accounts.standing import Standing, standings
from exchange.core import copy, money, switches
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid
from exchange.ledger.accounts import locked_available
from exchange.ledger.post import Batch
from exchange.markets.models import Market
from exchange.matching.commands import Kind, Op, Side
from exchange.trading import queries, queue, terms, wake
from exchange.trading.check import SIDES, Rules, sized, tick_price
from exchange.trading.errors import MarketClosed, OrderFinal, OrderNotFound
from exchange.trading.models import MatchCommand, SpotOrder
from exchange.trading.place import MAX_BATCH, refuse_stranger

MAX_CANCELS = 10_000
_OWNERS = """
SELECT o.id, o.customer_id, o.state, o.market_id, m.status
  FROM exchange_spotorder o JOIN exchange_market m ON m.id = o.market_id
 WHERE o.id = ANY(%s::bigint[])
"""
CANCELLABLE = {Market.Status.TRADING, Market.Status.CANCEL_ONLY, Market.Status.DELISTED}


def cancel(
    *,
    customer_id: int,
    actor: Actor,
    order_id: int | None = None,
    client_order_id: str | None = None,
    wait_seconds: float = 2.0,
) -> queries.OrderRow:
    """Cancel one order, and return it as the matcher left it.

    Waits up to `wait_seconds` for the matcher; should it be busy longer, the order comes back as
    it stood, still open, and will be cancelled. Raises OrderNotFound; OrderFinal when the order is
    final already, or traded whole before the cancel reached it.
    """
    with transaction.atomic():
        order = _open_order(customer_id, actor, order_id, client_order_id)
        row_id = queue.ask(market_id=order.market_id, op=Op.CANCEL, order_ids=[order.pk])
        wake.after_commit([order.market_id])
    _wait_until_applied(row_id, wait_seconds)
    row = queries.order(customer_id=customer_id, order_id=order.pk)
    if row.state == SpotOrder.State.FILLED:
        raise OrderFinal(field="order_id", limit=row.state)
    return row


def cancel_all(
    *,
    customer_id: int,
    actor: Actor,
    symbol: str | None = None,
    side: str | None = None,
    wait_seconds: float = 2.0,
) -> int:
    """Cancel every open order of a customer, or those of one market or side. Returns how many.

    At most 10,000 at a time, oldest first. Orders of a halted market stay.
    """
    if side is not None and side not in SIDES:
        raise Invalid("side must be buy or sell.", field="side", limit=list(SIDES))
    with transaction.atomic():
        _standing(customer_id, actor)
        orders = SpotOrder.objects.filter(
            customer_id=customer_id,
            state__in=SpotOrder.OPEN_STATES,
            market__status__in=CANCELLABLE,
        ).order_by("id")
        if symbol is not None:
            orders = orders.filter(market__symbol=symbol)
        if side is not None:
            orders = orders.filter(side=SIDES[side])
        rows = list(orders.values_list("id", "market_id")[:MAX_CANCELS])
        row_ids = _ask_to_cancel(rows)
    if row_ids:
        _wait_until_applied(row_ids[-1], wait_seconds)
    return len(rows)


def reduce(*, order_id: int, customer_id: int, new_size: Decimal, actor: Actor) -> None:
    """Ask for a smaller order that keeps its place in the queue. `new_size` counts what has traded.

    Raises OrderNotFound, OrderFinal, and the refusals of a size.
    """
    with transaction.atomic():
        order = _open_order(customer_id, actor, order_id, None)
        lots = sized(new_size, Rules.of(order.market))
        if not order.filled_size < lots < order.size:
            raise Invalid(
                "size must be smaller than now and larger than what has traded.",
                field="size",
                limit=money.plain(money.from_units(order.size, order.market.size_precision)),
            )
        queue.ask(market_id=order.market_id, op=Op.REDUCE, order_ids=[order.pk], size=lots)
        wake.after_commit([order.market_id])


def replace(
    *, order_id: int, customer_id: int, price: Decimal, size: Decimal, actor: Actor
) -> None:
    """Ask for another price or size; the order goes to the back of the queue and may trade at once.

    What the new terms need beyond what the order holds is set aside now. Raises InsufficientFunds,
    OrderNotFound, OrderFinal, MarketClosed, and the refusals of a price and a size.
    """
    with transaction.atomic():
        switches.refuse_if_closed(switches.TRADING)
        order = _open_order(customer_id, actor, order_id, None)
        market = order.market
        if market.status != Market.Status.TRADING:
            raise MarketClosed(market.status_reason, field="symbol", limit=market.status)
        _standing(customer_id, actor).refuse_if_restricted()
        if order.kind not in (Kind.LIMIT, Kind.LIMIT_MAKER):
            raise Invalid("Only a limit order can be replaced.", field="order_id")
        rules = Rules.of(market)
        ticks, lots = tick_price(price, rules), sized(size, rules)
        if lots <= order.filled_size:
            raise Invalid(
                "size must be larger than what has traded.",
                field="size",
                limit=money.plain(money.from_units(order.filled_size, market.size_precision)),
            )
        extra = _extra_hold(order, ticks, lots - order.filled_size)
        row_id = queue.ask(
            market_id=market.pk,
            op=Op.REPLACE,
            order_ids=[order.pk],
            price=ticks,
            size=lots,
            held=extra,
        )
        _set_aside(order, extra, row_id)
        wake.after_commit([market.pk])


def _extra_hold(order: SpotOrder, ticks: int, open_lots: int) -> int:
    """What new terms need beyond what is held, in the order's own units."""
    if order.side == Side.SELL:
        return max(0, open_lots - int(order.held))
    market = order.market
    scale = terms.Terms(market.price_precision, market.size_precision, market.quote_precision).scale
    needed = terms.buy_hold(ticks * open_lots * scale, max(order.maker_ppm, order.taker_ppm))
    # One unit more than the difference: fills on the way may round once more than we can see.
    return max(0, needed - int(order.held) + 1)


def _set_aside(order: SpotOrder, units: int, command_id: int) -> None:
    if not units:
        return
    buys = order.side == Side.BUY
    account = order.quote_account_id if buys else order.base_account_id
    market = order.market
    precision = market.quote_precision if buys else market.size_precision
    available = locked_available([account])[account]
    if money.from_units(units, precision) > available:
        raise InsufficientFunds(field="size", limit=money.plain(available))
    holds = Batch()
    entry = holds.entry("order_hold", f"replace:{command_id}")
    holds.leg(entry, account, f"-{units}e-{precision}", f"{units}e-{precision}")
    holds.write()


def _standing(customer_id: int, actor: Actor) -> Standing:
    standing = standings(customer_ids=[customer_id], kind=Restriction.Kind.TRADING)[customer_id]
    if not actor.may("exchange.cancel_any_order"):
        refuse_stranger(actor=actor, standing=standing)
    return standing


def _open_order(
    customer_id: int, actor: Actor, order_id: int | None, client_order_id: str | None
) -> SpotOrder:
    """The order, if it is the customer's, still open, and its market lets it be touched."""
    _standing(customer_id, actor)
    if order_id is None and not client_order_id:
        raise Invalid("order_id or client_order_id is required.", field="order_id")
    orders = SpotOrder.objects.filter(customer_id=customer_id).select_related("market")
    order = (
        orders.filter(pk=order_id).first()
        if order_id is not None
        else orders.filter(client_order_id=client_order_id).first()
    )
    if order is None:
        raise OrderNotFound(field="order_id" if order_id is not None else "client_order_id")
    if order.state not in SpotOrder.OPEN_STATES:
        raise OrderFinal(field="order_id", limit=order.state)
    if order.market.status not in CANCELLABLE:
        raise MarketClosed(order.market.status_reason, field="symbol", limit=order.market.status)
    return order


def _wait_until_applied(command_id: int, seconds: float) -> None:
    """Look until the matcher has deleted the command: often at first, then seldom."""
    if connection.in_atomic_block:
        return  # an outer transaction has not committed, so nobody can have seen it
    deadline, pause = time.monotonic() + seconds, 0.003
    while time.monotonic() < deadline:
        time.sleep(pause)
        if not MatchCommand.objects.filter(pk=command_id).exists():
            return
        pause = min(pause * 1.5, 0.05)


def cancel_many(
    *, requests: Sequence[tuple[int, int]], actor: Actor, wait_seconds: float = 0
) -> list[OrderNotFound | OrderFinal | MarketClosed | None]:
    """Cancel up to 1,000 orders, given as (customer id, order id), in one transaction.

    Returns for each what refused it, or None when its cancel is under way.
    """
    if not 0 < len(requests) <= MAX_BATCH:
        raise Invalid("Give between one and 1,000 orders.", field="order_ids", limit=MAX_BATCH)
    outcomes: list[OrderNotFound | OrderFinal | MarketClosed | None] = []
    accepted: list[tuple[int, int]] = []
    with transaction.atomic():
        for standing in standings(
            customer_ids={customer_id for customer_id, _ in requests},
            kind=Restriction.Kind.TRADING,
        ).values():
            if not actor.may("exchange.cancel_any_order"):
                refuse_stranger(actor=actor, standing=standing)
        with connection.cursor() as cursor:
            cursor.execute(_OWNERS, [copy.array(order_id for _, order_id in requests)])
            known = {row[0]: row[1:] for row in cursor.fetchall()}
        for customer_id, order_id in requests:
            owner, state, market_id, status = known.get(order_id, (None, "", 0, ""))
            if owner != customer_id:
                outcomes.append(OrderNotFound(field="order_ids"))
            elif state not in SpotOrder.OPEN_STATES:
                outcomes.append(OrderFinal(field="order_ids", limit=state))
            elif status not in CANCELLABLE:
                outcomes.append(MarketClosed(field="order_ids", limit=status))
            else:
                outcomes.append(None)
                accepted.append((order_id, market_id))
        row_ids = _ask_to_cancel(accepted)
    if row_ids and wait_seconds:
        _wait_until_applied(row_ids[-1], wait_seconds)
    return outcomes


def _ask_to_cancel(orders: Sequence[tuple[int, int]]) -> list[int]:
    """Queue the cancels of (order id, market id), one row a market, and wake the matchers."""
    by_market: dict[int, list[int]] = {}
    for order_id, market_id in orders:
        by_market.setdefault(market_id, []).append(order_id)
    row_ids = [
        queue.ask(market_id=market_id, op=Op.CANCEL, order_ids=order_ids)
        for market_id, order_ids in by_market.items()
    ]
    wake.after_commit(by_market)
    return row_ids
