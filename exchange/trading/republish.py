"""Give Valkey back what it lost: the last state of every market that has one."""

from __future__ import annotations

from django.db import connection, transaction

from exchange.core import clock, locks
from exchange.markets import publish, queries, tickers
from exchange.markets.models import Market, Ticker
from exchange.trading import live as books


def republish_missing(*, limit: int = 200) -> int:
    """Publish markets that have traded or have orders, and whose state Valkey does not know.

    Returns how many. Each is read under its market's lock, so that no batch is overtaken.
    """
    publish.announce_symbols([market.symbol for market in queries.markets()])
    active = dict(Ticker.objects.values_list("market__symbol", "market_id"))
    lost = publish.missing(list(active))[:limit]
    for symbol in lost:
        with transaction.atomic():
            locks.hold(locks.Lock.MARKET, active[symbol])
            _republish(active[symbol])
    return len(lost)


def _republish(market_id: int) -> None:
    market = Market.objects.get(pk=market_id)
    version, digest = books.last_batch(market_id)
    live = books.rebuild(market_id, version, digest)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {tickers.COLUMNS} FROM exchange_ticker WHERE market_id = %s",  # noqa: S608
            [market_id],
        )
        ticker = tickers.Live(*cursor.fetchone())
    publish.batch(
        market=market,
        version=version,
        at=clock.now(),
        trades=[],
        depth=live.book.depth(publish.DEPTH),
        ticker=ticker,
        candles={},
        memory=live.memory,
    )
