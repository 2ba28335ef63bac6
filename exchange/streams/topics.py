"""Topic names: `spot/ticker:BTC_USDT` is the table `spot/ticker` of the scope `BTC_USDT`."""

from __future__ import annotations

import re
from typing import NamedTuple

from exchange.streams.protocol import Refusal

CANDLE_STEPS = (
    "1m", "3m", "5m", "15m", "30m", "45m", "1H", "2H", "3H", "4H", "1D", "1W", "1M",
)  # fmt: skip
DEPTHS = (5, 20, 50, 100)

TICKER = "spot/ticker"
BOOK_TICKER = "spot/bookTicker"
TRADE = "spot/trade"
INCREASE = "spot/depth/increase100"
DEPTH_TABLES = {f"spot/depth{size}": size for size in DEPTHS}
CANDLE_TABLES = {f"spot/kline{step}": step for step in CANDLE_STEPS}
STATUS = "spot/status"  # not BitMart's: whether the market trades, for our own pages
MARKET_TABLES = frozenset({TICKER, BOOK_TICKER, TRADE, INCREASE, *DEPTH_TABLES, *CANDLE_TABLES})

ORDER = "spot/user/order"
ORDERS = "spot/user/orders"
BALANCE = "spot/user/balance"
DEPOSIT = "spot/user/deposit"
WITHDRAWAL = "spot/user/withdrawal"  # not BitMart's: which withdrawal moved, for our own pages
ONLY_SCOPE = {
    ORDERS: "ALL_SYMBOLS",
    BALANCE: "BALANCE_UPDATE",
    DEPOSIT: "DEPOSIT_UPDATE",
    WITHDRAWAL: "WITHDRAWAL_UPDATE",
}
PRIVATE_TABLES = frozenset({ORDER, ORDERS, BALANCE, DEPOSIT, WITHDRAWAL})

SYMBOL = re.compile(r"[A-Z0-9]{1,32}_[A-Z0-9]{1,32}")


class Topic(NamedTuple):
    table: str
    scope: str

    @property
    def private(self) -> bool:
        return self.table in PRIVATE_TABLES

    @property
    def symbol(self) -> str | None:
        """The market this topic is about; None for topics about the whole account."""
        return None if self.table in ONLY_SCOPE else self.scope

    def __str__(self) -> str:
        return f"{self.table}:{self.scope}"


def parse(text: str) -> Topic:
    """The topic of that name. Raises Refusal: 90004 for the channel, 92001 for the symbol."""
    table, _, scope = text.partition(":")
    if table not in MARKET_TABLES and table not in PRIVATE_TABLES and table != STATUS:
        raise Refusal("90004", text)
    if table in ONLY_SCOPE:
        if scope != ONLY_SCOPE[table]:
            raise Refusal("90004", text)
    elif not SYMBOL.fullmatch(scope):
        raise Refusal("92001", text)
    return Topic(table, scope)
