"""Place orders: refuse at once what can be refused, hold the funds, and queue the rest.

When `place` returns, the order is durable, its funds are held and a command waits for the market's
matcher. One order is a batch of one; a batch is one transaction however many orders it has, which
is what makes it quick. A batch does not run slower for having a refused order in it: the others
are placed all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from exchange.accounts.models import Restriction
from exchange.accounts.standing import Standing, standings
from exchange.core import clock, copy, money, switches
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid, Refused
from exchange.ledger.accounts import customer_accounts, locked_available
from exchange.ledger.post import Batch
from exchange.markets.models import Market
from exchange.matching.commands import LARGEST, Kind, Side, Stp
from exchange.trading import queue, terms, wake
from exchange.trading.errors import (
    AboveMaximum,
    BelowMinimum,
    DuplicateClientOrderId,
    MarketClosed,
    TooPrecise,
    UnknownMarket,
)
from exchange.trading.live import OpenOrder, first_priority

MAX_BATCH = 1000
NULL = r"\N"  # as COPY writes it
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
KINDS = {kind.name.lower(): kind for kind in Kind}
STP_MODES = {mode.name.lower(): mode for mode in Stp}
CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a customer asks for. A market buy names its `notional`; every other order its `size`.

    `side` is buy or sell; `kind` limit, market, limit_maker, ioc or fok; `stp` none, cancel_maker,
    cancel_taker or cancel_both. Amounts in base (`size`) and quote (`price`, `notional`).
    """

    customer_id: int
    symbol: str
    side: str
    kind: str
    price: Decimal | None = None
    size: Decimal | None = None
    notional: Decimal | None = None
    client_order_id: str = ""
    stp: str = "cancel_maker"


class Checked(NamedTuple):
    """An order that its market accepts, in whole numbers, with what it must set aside."""

    order: NewOrder
    market: Market
    standing: Standing
    side: int
    kind: int
    stp: int
    price: int
    size: int
    budget: int
    hold: int
    maker_ppm: int
    taker_ppm: int

    @property
    def held_asset_id(self) -> int:
        return self.market.quote_id if self.side == Side.BUY else self.market.base_id

    @property
    def hold_precision(self) -> int:
        """Of the hold's units: quote units for a buy, lots for a sell."""
        market = self.market
        return market.quote_precision if self.side == Side.BUY else market.size_precision


def place(*, order: NewOrder, actor: Actor) -> int:
    """Place one order. Returns its id; raises a Refused, and then nothing has changed."""
    (outcome,) = place_many(orders=[order], actor=actor)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def place_many(*, orders: Sequence[NewOrder], actor: Actor) -> list[int | Refused]:
    """Place up to 1,000 orders in one transaction. Returns an id or a refusal for each, in order.

    A customer acts for themselves or their sub-accounts; staff may not place orders at all.
    """
    if not 0 < len(orders) <= MAX_BATCH:
        raise Invalid("Give between one and 1,000 orders.", field="orders", limit=MAX_BATCH)
    outcomes: list[int | Refused | None] = [None] * len(orders)
    try:
        with transaction.atomic():
            switches.refuse_if_closed(switches.TRADING)
            checked = _check_all(orders, actor, outcomes)
            placed = _fund_all(checked, outcomes)
            _write(placed, outcomes)
            wake.after_commit({c.market.pk for _, c, _, _ in placed})
    except IntegrityError as error:
        if "client_order_id_once" in str(error):  # lost a race with a twin
            raise DuplicateClientOrderId(field="client_order_id") from error
        raise
    return [o for o in outcomes if o is not None]


def _check_all(
    orders: Sequence[NewOrder], actor: Actor, outcomes: list[int | Refused | None]
) -> list[tuple[int, Checked]]:
    markets = {m.symbol: m for m in Market.objects.filter(symbol__in={o.symbol for o in orders})}
    known = standings(customer_ids={o.customer_id for o in orders}, kind=Restriction.Kind.TRADING)
    taken = _client_order_ids_in_use(orders)
    checked = []
    for index, order in enumerate(orders):
        try:
            standing = known[order.customer_id]
            refuse_stranger(actor=actor, standing=standing)
            standing.refuse_if_restricted()
            if order.client_order_id:
                key = (order.customer_id, order.client_order_id)
                if key in taken:
                    raise DuplicateClientOrderId(field="client_order_id")
                taken.add(key)
            checked.append((index, check(order, markets.get(order.symbol), standing)))
        except Refused as refusal:
            outcomes[index] = refusal
    return checked


def refuse_stranger(*, actor: Actor, standing: Standing) -> None:
    """Customers trade for themselves; the system trades for anybody; staff for nobody."""
    if actor.customer_id in (standing.customer_id, standing.self_trade_id):
        return
    if actor.kind != "system":
        actor.require("exchange.trade_for_customer")


def check(order: NewOrder, market: Market | None, standing: Standing) -> Checked:
    """Everything that can be refused by looking at the order and its market alone."""
    if market is None:
        raise UnknownMarket(f"There is no market {order.symbol[:40]}.", field="symbol")
    if market.status != Market.Status.TRADING:
        raise MarketClosed(market.status_reason, field="symbol", limit=market.status)
    side, kind, stp = (
        _word(order.side, SIDES, "side"),
        _word(order.kind, KINDS, "type"),
        _word(order.stp, STP_MODES, "stp"),
    )
    if order.client_order_id and not CLIENT_ORDER_ID.fullmatch(order.client_order_id):
        raise Invalid(
            "client_order_id may have up to 32 letters, digits, - and _.",
            field="client_order_id",
            limit=32,
        )
    by_notional = kind == Kind.MARKET and side == Side.BUY
    price = 0 if kind == Kind.MARKET else tick_price(order.price, market)
    size = 0 if by_notional else sized(order.size, market)
    unit = market.price_precision + market.size_precision
    budget = _budget(order.notional, unit) if by_notional else 0
    _check_notional(market, budget or price * size, unit, known=kind != Kind.MARKET or by_notional)
    maker_ppm, taker_ppm = _ppm(market.maker_rate), _ppm(market.taker_rate)
    if side == Side.BUY:
        scale = 10 ** (market.quote_precision - unit)
        hold = terms.buy_hold((budget or price * size) * scale, max(maker_ppm, taker_ppm))
    else:
        hold = size
    return Checked(
        order, market, standing, side, kind, stp, price, size, budget, hold, maker_ppm, taker_ppm
    )


def _word(word: str, words: Mapping[str, int], field: str) -> int:
    if word not in words:
        raise Invalid(f"{field} must be one of {', '.join(words)}.", field=field, limit=list(words))
    return words[word]


def _ppm(rate: Decimal) -> int:
    return int(rate * terms.PPM)


def _units(amount: Decimal | None, precision: int, field: str) -> int:
    if amount is None:
        raise Invalid(f"{field} is required.", field=field)
    if not amount.is_finite() or amount <= 0:
        raise Invalid(f"{field} must be greater than zero.", field=field, limit=0)
    units = amount.scaleb(precision)
    if units > LARGEST:
        raise AboveMaximum(f"{field} is too large.", field=field)
    if units != units.to_integral_value():
        raise TooPrecise(
            f"{field} may have at most {precision} digits after the point.",
            field=field,
            limit=precision,
        )
    return int(units)


def tick_price(price: Decimal | None, market: Market) -> int:
    """A price as ticks. Raises Invalid, TooPrecise, AboveMaximum."""
    return _units(price, market.price_precision, "price")


def sized(size: Decimal | None, market: Market) -> int:
    """A size as lots. Raises Invalid, TooPrecise, BelowMinimum, AboveMaximum."""
    lots = _units(size, market.size_precision, "size")
    assert size is not None
    if size < market.min_size:
        least = money.plain(market.min_size)
        raise BelowMinimum(f"size must be at least {least}.", field="size", limit=least)
    if size > market.max_size:
        most = money.plain(market.max_size)
        raise AboveMaximum(f"size may be at most {most}.", field="size", limit=most)
    return lots


def _budget(notional: Decimal | None, precision: int) -> int:
    """A market buy's notional, rounded down to a tick times a lot: no lot costs less than one."""
    if notional is None:
        raise Invalid("notional is required.", field="notional")
    if not notional.is_finite() or notional <= 0:
        raise Invalid("notional must be greater than zero.", field="notional", limit=0)
    budget = int(notional.scaleb(precision))
    if budget > LARGEST:
        raise AboveMaximum("notional is too large.", field="notional")
    return budget


def _check_notional(market: Market, units: int, precision: int, *, known: bool) -> None:
    """A market sell's notional is unknown until it trades; all others keep the minimum."""
    if known and money.from_units(units, precision) < market.min_notional:
        least = money.plain(market.min_notional)
        raise BelowMinimum(f"notional must be at least {least}.", field="notional", limit=least)


def _client_order_ids_in_use(orders: Iterable[NewOrder]) -> set[tuple[int, str]]:
    wanted = [(o.customer_id, o.client_order_id) for o in orders if o.client_order_id]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.customer_id, o.client_order_id FROM exchange_spotorder o"
            " JOIN unnest(%s::bigint[], %s::text[]) AS w(customer_id, client_order_id)"
            " USING (customer_id, client_order_id)",
            [[c for c, _ in wanted], [i for _, i in wanted]],
        )
        return set(cursor.fetchall())


# An order's place in the batch, what was checked, and its base and quote account.
Placed = tuple[int, Checked, int, int]


def _fund_all(
    checked: list[tuple[int, Checked]], outcomes: list[int | Refused | None]
) -> list[Placed]:
    """Lock the accounts to be held from, and let through what they pay for, in their order."""
    accounts = customer_accounts(
        {
            (c.order.customer_id, asset_id)
            for _, c in checked
            for asset_id in (c.market.base_id, c.market.quote_id)
        }
    )
    payers = {(c.order.customer_id, c.held_asset_id) for _, c in checked}
    left = locked_available(accounts[payer] for payer in payers)
    placed: list[Placed] = []
    for index, c in checked:
        account = accounts[c.order.customer_id, c.held_asset_id]
        amount = money.from_units(c.hold, c.hold_precision)
        if amount > left[account]:
            outcomes[index] = InsufficientFunds(field="size", limit=money.plain(left[account]))
            continue
        left[account] -= amount
        placed.append(
            (
                index,
                c,
                accounts[c.order.customer_id, c.market.base_id],
                accounts[c.order.customer_id, c.market.quote_id],
            )
        )
    return placed


ORDER_COLUMNS = (
    "id, customer_id, market_id, client_order_id, side, kind, stp, price, size, budget,"
    " filled_size, filled_notional, state, cancel_source, priority, held, maker_ppm, taker_ppm,"
    " base_account_id, quote_account_id, self_trade_id, created_at, updated_at"
).split(", ")


def _write(placed: list[Placed], outcomes: list[int | Refused | None]) -> None:
    if not placed:
        return
    ids = copy.next_ids("exchange_spotorder_id_seq", len(placed))
    now = clock.now()
    made, made_ms = now.isoformat(), clock.to_ms(now)
    lines, holds = [], Batch()
    by_market: dict[int, list[OpenOrder]] = {}
    entry = holds.entry(
        "order_hold", f"order:{ids[0]}" if len(ids) == 1 else f"orders:{ids[0]}+{len(ids)}"
    )
    for order_id, (index, c, base_account, quote_account) in zip(ids, placed, strict=True):
        outcomes[index] = order_id
        asked, market = c.order, c.market
        order = OpenOrder(
            order_id,
            asked.customer_id,
            int(c.side),
            int(c.kind),
            int(c.stp),
            c.price,
            c.size,
            c.budget,
            0,
            0,
            "new",
            "",
            first_priority(order_id),
            c.hold,
            c.maker_ppm,
            c.taker_ppm,
            base_account,
            quote_account,
            c.standing.self_trade_id,
            asked.client_order_id or None,
            made_ms,
        )
        by_market.setdefault(market.pk, []).append(order)
        lines.append(
            f"{order_id}\t{order.customer_id}\t{market.pk}\t{asked.client_order_id or NULL}"
            f"\t{order.side}\t{order.kind}\t{order.stp}\t{c.price}\t{c.size}\t{c.budget}\t0\t0\tnew\t"
            f"\t{order.priority}\t{c.hold}\t{c.maker_ppm}\t{c.taker_ppm}\t{base_account}"
            f"\t{quote_account}\t{order.self_trade_id}\t{made}\t{made}"
        )
        payer = quote_account if order.side == Side.BUY else base_account
        amount = f"{c.hold}e-{c.hold_precision}"
        holds.leg(entry, payer, f"-{amount}", amount)
    holds.write()
    copy.copy_lines("exchange_spotorder", ORDER_COLUMNS, lines)
    queue.ask_to_place(by_market)
