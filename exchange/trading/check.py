"""What can be refused by looking at an order and its market alone, in whole numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from exchange.accounts.standing import Standing
from exchange.core import clock, money
from exchange.core.errors import Invalid
from exchange.markets.models import Market
from exchange.matching.commands import LARGEST, Kind, Side, Stp
from exchange.trading import terms
from exchange.trading.errors import (
    AboveMaximum,
    BelowMinimum,
    MarketClosed,
    TooPrecise,
    UnknownMarket,
)

BUY, MARKET = int(Side.BUY), int(Kind.MARKET)
SIDES = {"buy": int(Side.BUY), "sell": int(Side.SELL)}
KINDS = {kind.name.lower(): int(kind) for kind in Kind}
STP_MODES = {mode.name.lower(): int(mode) for mode in Stp}
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


class Rules(NamedTuple):
    """A market's terms, read from its row once for all orders of a batch."""

    market_id: int
    base_id: int
    quote_id: int
    status: str
    status_reason: str
    price_precision: int
    size_precision: int
    quote_precision: int
    min_size: Decimal
    max_size: Decimal
    min_notional: Decimal
    least_units: Decimal  # the smallest notional, in ticks times lots
    scale: int  # quote units in one tick times one lot
    maker_ppm: int
    taker_ppm: int

    @classmethod
    def of(cls, market: Market) -> Rules:
        unit = market.price_precision + market.size_precision
        return cls(
            market.pk,
            market.base_id,
            market.quote_id,
            market.status,
            market.status_reason,
            market.price_precision,
            market.size_precision,
            market.quote_precision,
            market.min_size,
            market.max_size,
            market.min_notional,
            Decimal(market.min_notional).scaleb(unit),
            10 ** (market.quote_precision - unit),
            int(market.maker_rate * terms.PPM),
            int(market.taker_rate * terms.PPM),
        )


def is_guarded(market: Market) -> bool:
    """Whether insiders must keep out still: true of a market in its first days."""
    return market.guarded_until is not None and market.guarded_until > clock.now()


class Checked(NamedTuple):
    """An order that its market accepts, in whole numbers, with what it must set aside."""

    order: NewOrder
    rules: Rules
    standing: Standing
    side: int
    kind: int
    stp: int
    price: int
    size: int
    budget: int
    hold: int
    held_asset_id: int
    hold_precision: int  # of the hold's units: quote units for a buy, lots for a sell


def check(order: NewOrder, rules: Rules | None, standing: Standing) -> Checked:
    """Raises UnknownMarket, MarketClosed, Invalid, TooPrecise, BelowMinimum, AboveMaximum."""
    if rules is None:
        raise UnknownMarket(f"There is no market {order.symbol[:40]}.", field="symbol")
    if rules.status != Market.Status.TRADING:
        raise MarketClosed(rules.status_reason, field="symbol", limit=rules.status)
    side = _word(order.side, SIDES, "side")
    kind = _word(order.kind, KINDS, "type")
    stp = _word(order.stp, STP_MODES, "stp")
    if order.client_order_id and not CLIENT_ORDER_ID.fullmatch(order.client_order_id):
        raise Invalid(
            "client_order_id may have up to 32 letters, digits, - and _.",
            field="client_order_id",
            limit=32,
        )
    by_notional = kind == MARKET and side == BUY
    price = 0 if kind == MARKET else tick_price(order.price, rules)
    size = 0 if by_notional else sized(order.size, rules)
    budget = _budget(order.notional, rules) if by_notional else 0
    units = budget or price * size
    # A market sell's notional is unknown until it trades; all others keep the minimum.
    if (by_notional or kind != MARKET) and units < rules.least_units:
        least = money.plain(rules.min_notional)
        raise BelowMinimum(f"notional must be at least {least}.", field="notional", limit=least)
    if side == BUY:
        hold = terms.buy_hold(units * rules.scale, max(rules.maker_ppm, rules.taker_ppm))
        held_asset_id, hold_precision = rules.quote_id, rules.quote_precision
    else:
        hold, held_asset_id, hold_precision = size, rules.base_id, rules.size_precision
    return Checked(
        order,
        rules,
        standing,
        side,
        kind,
        stp,
        price,
        size,
        budget,
        hold,
        held_asset_id,
        hold_precision,
    )


def _word(word: str, words: Mapping[str, int], field: str) -> int:
    if word not in words:
        raise Invalid(f"{field} must be one of {', '.join(words)}.", field=field, limit=list(words))
    return words[word]


def _units(amount: Decimal | None, precision: int, field: str) -> int:
    if amount is None:
        raise Invalid(f"{field} is required.", field=field)
    if not amount.is_finite() or amount <= 0:
        raise Invalid(f"{field} must be greater than zero.", field=field, limit=0)
    scaled = amount.scaleb(precision)
    if scaled > LARGEST:
        raise AboveMaximum(f"{field} is too large.", field=field)
    units = int(scaled)
    if scaled != units:
        raise TooPrecise(
            f"{field} may have at most {precision} digits after the point.",
            field=field,
            limit=precision,
        )
    return units


def tick_price(price: Decimal | None, rules: Rules) -> int:
    """A price as ticks. Raises Invalid, TooPrecise, AboveMaximum."""
    return _units(price, rules.price_precision, "price")


def sized(size: Decimal | None, rules: Rules) -> int:
    """A size as lots. Raises Invalid, TooPrecise, BelowMinimum, AboveMaximum."""
    lots = _units(size, rules.size_precision, "size")
    assert size is not None
    if size < rules.min_size:
        least = money.plain(rules.min_size)
        raise BelowMinimum(f"size must be at least {least}.", field="size", limit=least)
    if size > rules.max_size:
        most = money.plain(rules.max_size)
        raise AboveMaximum(f"size may be at most {most}.", field="size", limit=most)
    return lots


def _budget(notional: Decimal | None, rules: Rules) -> int:
    """A market buy's notional, rounded down to a tick times a lot: no lot costs less than one."""
    if notional is None:
        raise Invalid("notional is required.", field="notional")
    if not notional.is_finite() or notional <= 0:
        raise Invalid("notional must be greater than zero.", field="notional", limit=0)
    scaled = notional.scaleb(rules.price_precision + rules.size_precision)
    if scaled > LARGEST:
        raise AboveMaximum("notional is too large.", field="notional")
    return int(scaled)
