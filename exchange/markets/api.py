"""Pairs and prices for integrators: what trades, at what, and what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import QUOTATION
from exchange.api.parameters import Choice, Moment, Symbol, Whole
from exchange.api.shapes import strings
from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.core.money import ZERO, plain
from exchange.markets import fees, queries
from exchange.markets.candles import STEPS
from exchange.markets.queries import MarketRow, TickerRow

room = Room("Market data")

SYMBOL = Symbol(name="symbol", required=True)
STEP = Choice(
    name="step", among=[str(step) for step in STEPS], default="1", about="Minutes of one candle."
)
AFTER = Moment(name="after", unit_ms=1000, about="Candles that open after this, in seconds.")
BEFORE = Moment(name="before", unit_ms=1000, about="Candles that open before this, in seconds.")
CANDLES = Whole(name="limit", least=1, most=200, default=100, clamp=True)
LEVELS = Whole(name="limit", least=1, most=50, default=35, clamp=True)
TRADES = Whole(name="limit", least=1, most=50, default=50, clamp=True)

TICKER = strings(
    "symbol last v_24h qv_24h open_24h high_24h low_24h fluctuation bid_px bid_sz ask_px ask_sz ts"
)
CANDLE_ROWS = [["string"]]
FEE_CLASSES = "ABCD"


@room.get("/spot/v1/symbols", gives={"symbols": ["string"]})
def symbols(call: Call) -> dict[str, Any]:
    """Every pair, by name."""
    return {"symbols": [market.symbol for market in _listed()]}


@room.get(
    "/spot/v1/symbols/details",
    gives={
        "symbols": [
            {
                "symbol": "string",
                "symbol_id": "integer",
                "base_currency": "string",
                "quote_currency": "string",
                "quote_increment": "string",
                "base_min_size": "string",
                "base_max_size": "string",
                "price_min_precision": "integer",
                "price_max_precision": "integer",
                "expiration": "string",
                "min_buy_amount": "string",
                "min_sell_amount": "string",
                "trade_status": "string",
                "planned_down_time": "string",
            }
        ]
    },
)
def symbol_details(call: Call) -> dict[str, Any]:
    """Every pair with its precisions, limits and status."""
    return {"symbols": [_details(market) for market in _listed()]}


@room.get("/spot/quotation/v3/ticker", takes=[SYMBOL], gives=TICKER, family=QUOTATION)
def ticker(call: Call) -> dict[str, str]:
    """The last 24 hours of one pair, and its best prices."""
    row = queries.ticker(call.read(SYMBOL))
    return dict(zip(TICKER, _ticker(row), strict=True))


@room.get("/spot/quotation/v3/tickers", gives=[["string"]], family=QUOTATION)
def tickers(call: Call) -> list[list[str]]:
    """Every pair's ticker, as rows in the order of the single ticker's fields."""
    return [_ticker(row) for row in queries.tickers()]


@room.get(
    "/spot/quotation/v3/lite-klines",
    takes=[SYMBOL, STEP, AFTER, BEFORE, CANDLES],
    gives=CANDLE_ROWS,
    family=QUOTATION,
)
def latest_candles(call: Call) -> list[list[str]]:
    """The latest candles, oldest first: open time (s), open, high, low, close, volumes."""
    return _candles(call)


@room.get(
    "/spot/quotation/v3/klines",
    takes=[SYMBOL, STEP, AFTER, BEFORE, CANDLES],
    gives=CANDLE_ROWS,
    family=QUOTATION,
)
def candles(call: Call) -> list[list[str]]:
    """Candles of a time range, oldest first: open time (s), open, high, low, close, volumes."""
    return _candles(call)


@room.get(
    "/spot/quotation/v3/books",
    takes=[SYMBOL, LEVELS],
    gives={"ts": "string", "symbol": "string", "asks": [["string"]], "bids": [["string"]]},
    family=QUOTATION,
)
def book(call: Call) -> dict[str, Any]:
    """The order book: price and size of each level, best first."""
    view = queries.book(call.read(SYMBOL), call.read(LEVELS))
    return {
        "ts": str(view.ms),
        "symbol": view.symbol,
        "asks": [[plain(price), plain(size)] for price, size in view.asks],
        "bids": [[plain(price), plain(size)] for price, size in view.bids],
    }


@room.get("/spot/quotation/v3/trades", takes=[SYMBOL, TRADES], gives=[["string"]], family=QUOTATION)
def trades(call: Call) -> list[list[str]]:
    """The latest trades, newest first: symbol, time (ms), price, size, side of the taker."""
    symbol = call.read(SYMBOL)
    return [
        [symbol, str(trade.ms), plain(trade.price), plain(trade.size), trade.side]
        for trade in queries.recent_trades(symbol, call.read(TRADES))
    ]


@room.get(
    "/spot/v1/user_fee",
    access=Access.KEYED,
    gives={
        "user_rate_type": "integer",
        "level": "string",
        **{
            f"{role}_fee_rate_{letter}": "string"
            for letter in FEE_CLASSES
            for role in ("taker", "maker")
        },
    },
)
def user_fee(call: Call) -> dict[str, Any]:
    """The caller's fee rates by class of pair."""
    rates: dict[str, Any] = {"user_rate_type": 0, "level": fees.level_of(call.customer_id)}
    left = fees.left_of(call.customer_id)
    by_class = {market.fee_class: market for market in reversed(queries.markets())}
    dearest = by_class.get("D") or by_class.get("C")
    for letter in FEE_CLASSES:
        market = by_class.get(letter, dearest)
        pays = fees.as_rates(left, market.maker_rate, market.taker_rate) if market else (ZERO, ZERO)
        rates[f"maker_fee_rate_{letter}"], rates[f"taker_fee_rate_{letter}"] = map(plain, pays)
    return rates


@room.get(
    "/spot/v1/trade_fee",
    access=Access.KEYED,
    takes=[SYMBOL],
    gives=strings(
        "symbol buy_taker_fee_rate sell_taker_fee_rate buy_maker_fee_rate "
        "sell_maker_fee_rate taker_fee_rate maker_fee_rate"
    ),
)
def trade_fee(call: Call) -> dict[str, str]:
    """What the caller pays to trade one pair."""
    market = queries.market(call.read(SYMBOL))
    maker, taker = map(plain, fees.rates_of(call.customer_id, market.maker_rate, market.taker_rate))
    return {
        "symbol": market.symbol,
        "buy_taker_fee_rate": taker,
        "sell_taker_fee_rate": taker,
        "buy_maker_fee_rate": maker,
        "sell_maker_fee_rate": maker,
        # ccxt reads these two and no others.
        "taker_fee_rate": taker,
        "maker_fee_rate": maker,
    }


def _listed() -> list[MarketRow]:
    return [market for market in queries.markets() if market.status != "delisted"]


def _details(market: MarketRow) -> dict[str, Any]:
    # ccxt and hummingbot take the smallest size for the step of sizes, BitMart's guide takes the
    # increment: where the three are one number, every client rounds to a size that is accepted.
    step = plain(market.min_size)
    least = plain(market.min_notional)
    return {
        "symbol": market.symbol,
        "symbol_id": market.market_id,
        "base_currency": market.base,
        "quote_currency": market.quote,
        "quote_increment": step,
        "base_min_size": step,
        "base_max_size": plain(market.max_size),
        "price_min_precision": market.price_precision,
        "price_max_precision": market.price_precision,
        "expiration": "NA",
        "min_buy_amount": least,
        "min_sell_amount": least,
        "trade_status": "trading" if market.status == "trading" else "pre-trade",
        "planned_down_time": "",
    }


def _ticker(row: TickerRow) -> list[str]:
    amounts = (
        row.last,
        row.base_volume_24h,
        row.quote_volume_24h,
        row.open_24h,
        row.high_24h,
        row.low_24h,
        row.fluctuation,
        row.bid_price,
        row.bid_size,
        row.ask_price,
        row.ask_size,
    )
    return [row.symbol, *(_written(amount) for amount in amounts), str(row.ms)]


def _written(amount: Decimal | None) -> str:
    return plain(amount) if amount is not None else "0"


def _candles(call: Call) -> list[list[str]]:
    after, before = call.read(AFTER), call.read(BEFORE)
    if after is not None and before is not None and after > before:
        raise TimeRange("after is later than before.", field="after")
    rows = queries.candles(
        call.read(SYMBOL),
        minutes=int(call.read(STEP)),
        after=after,
        before=before,
        limit=call.read(CANDLES),
    )
    return [
        [
            str(clock.to_ms(row.opened_at) // 1000),
            *(plain(price) for price in (row.open, row.high, row.low, row.close)),
            plain(row.base_volume),
            plain(row.quote_volume),
        ]
        for row in rows
    ]


class TimeRange(Invalid):
    code = "time_range"


urlpatterns = room.urlpatterns()
