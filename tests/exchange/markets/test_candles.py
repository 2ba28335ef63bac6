"""Candles and tickers: exact, without gaps, and the same whether or not anybody restarted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from exchange.markets import candles, queries, tickers
from exchange.markets.candles import Fold, following, opening
from exchange.markets.models import Candle, Ticker
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def btc():
    queries.forget_lists()
    yield factories.market("BTC_USDT")
    queries.forget_lists()


def trade(market, at, *fills: tuple[int, int]) -> None:
    """What a batch does: (ticks, lots) of each trade."""
    fold = Fold.of(list(fills), price_precision=2, size_precision=5)
    candles.write(market_id=market.pk, fold=fold, at=at)
    tickers.update(market=market, fold=fold, bid=(99, 10), ask=(101, 20), at=at)


@pytest.mark.parametrize(
    ("minutes", "opened"),
    [
        (1, "2026-03-04T12:34"),
        (3, "2026-03-04T12:33"),
        (45, "2026-03-04T12:00"),
        (240, "2026-03-04T12:00"),
        (1440, "2026-03-04T00:00"),
        (10080, "2026-03-02T00:00"),
        (43200, "2026-03-01T00:00"),
    ],
)
def test_a_candle_opens_on_its_step_weeks_on_monday_months_on_the_first(minutes, opened):
    at = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
    assert opening(at, minutes) == datetime.fromisoformat(opened + "+00:00")


def test_the_candle_after_january_opens_in_february():
    january = datetime(2026, 1, 1, tzinfo=UTC)
    assert following(january, 43200) == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_batch_moves_the_candle_of_every_step(btc):
    trade(btc, NOON, (10_000, 100_000), (10_300, 100_000), (9_900, 200_000))

    rows = Candle.objects.filter(market=btc)
    assert {row.minutes for row in rows} == set(candles.STEPS)
    for row in rows:
        assert (row.open, row.high, row.low, row.close) == (D(100), D(103), D(99), D(99))
        assert (row.base_volume, row.quote_volume, row.trades) == (D(4), D(401), 3)


def test_a_second_batch_continues_the_candle_and_keeps_its_open(btc):
    trade(btc, NOON, (10_000, 100_000))
    trade(btc, NOON + timedelta(seconds=30), (9_800, 100_000))
    trade(btc, NOON + timedelta(seconds=59), (10_100, 100_000))

    row = Candle.objects.get(market=btc, minutes=1)
    assert (row.open, row.high, row.low, row.close) == (D(100), D(101), D(98), D(101))
    assert row.base_volume == 3


def test_steps_without_a_trade_are_flat_at_the_last_close(btc):
    trade(btc, NOON, (10_000, 100_000))
    trade(btc, NOON + timedelta(minutes=4), (10_500, 100_000))

    with clock.held_at(NOON + timedelta(minutes=6)):
        shown = queries.candles("BTC_USDT", 1, after=NOON - timedelta(minutes=3))

    assert [(c.opened_at.minute, c.close, c.base_volume) for c in shown] == [
        (0, D(100), D(1)),
        (1, D(100), D(0)),
        (2, D(100), D(0)),
        (3, D(100), D(0)),
        (4, D(105), D(1)),
        (5, D(105), D(0)),
        (6, D(105), D(0)),
    ]


def test_a_window_that_starts_after_the_last_trade_carries_its_price_in(btc):
    trade(btc, NOON, (10_000, 100_000))
    with clock.held_at(NOON + timedelta(hours=2)):
        shown = queries.candles("BTC_USDT", 60, after=NOON)
    assert [(c.open, c.close, c.base_volume) for c in shown] == [(D(100), D(100), D(0))] * 2


def test_without_after_the_newest_candles_are_given(btc):
    for minute in range(10):
        trade(btc, NOON + timedelta(minutes=minute), (10_000 + minute, 100_000))
    with clock.held_at(NOON + timedelta(minutes=9)):
        shown = queries.candles("BTC_USDT", 1, limit=3)
    assert [c.close for c in shown] == [D("100.07"), D("100.08"), D("100.09")]


def test_a_market_that_never_traded_has_no_candles(btc):
    assert queries.candles("BTC_USDT", 1) == []


def test_the_ticker_adds_up_a_day_and_lets_go_of_what_is_older(btc):
    trade(btc, NOON - timedelta(hours=30), (50_000, 100_000))
    trade(btc, NOON - timedelta(hours=1), (10_000, 100_000))
    trade(btc, NOON, (11_000, 200_000))
    before = queries.ticker("BTC_USDT")
    assert (before.high_24h, before.base_volume_24h) == (D(500), D(4))

    tickers.roll(at=NOON)

    after = queries.ticker("BTC_USDT")
    assert (after.last, after.open_24h, after.high_24h, after.low_24h) == (
        D(110),
        D(100),
        D(110),
        D(100),
    )
    assert (after.base_volume_24h, after.quote_volume_24h) == (D(3), D(320))
    assert after.fluctuation == D("0.1")
    assert (after.bid_price, after.ask_size) == (D("0.99"), D("0.0002"))


def test_a_day_without_trades_empties_the_ticker_but_keeps_the_last_price(btc):
    trade(btc, NOON, (10_000, 100_000))
    tickers.roll(at=NOON + timedelta(hours=25))
    row = Ticker.objects.get(market=btc)
    assert (row.last, row.high_24h, row.base_volume_24h) == (D(100), D(100), D(0))
    assert tickers.roll(at=NOON + timedelta(hours=26)) == 0
