"""One market's memory: what is shown, in any order of arrival."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from exchange.streams.frames import Picture, book_changes
from exchange.streams.market import WRITER_RESTARTED_MS, Market

CANDLE = "spot/kline1m"
INCREASE = "spot/depth/increase100"


def rows(frame):
    return json.loads(frame.event["text"])["data"]


def shown(market, update, *tables):
    assert market.take(update)
    return {table: rows(frame) for table, frame in market.show(list(tables)).items()}


levels = st.dictionaries(st.integers(1, 40).map(str), st.integers(1, 9).map(str), max_size=50).map(
    lambda side: [list(level) for level in side.items()]
)


def book(bids, asks):
    return Picture(
        symbol="A_B", version=1, ms=1, bids=bids, asks=asks, ticker={}, candles={}, closed={}
    )


@given(levels, levels)
def test_changes_turn_any_book_into_any_other(before, now):
    bids, asks = book_changes(book(before, []), book(now, []))
    mine = dict(before)
    for price, size in bids:
        if size == "0":
            del mine[price]
        else:
            mine[price] = size
    assert mine == dict(now)
    assert asks == []


def test_an_older_update_changes_nothing(symbol, picture):
    market, older, newer = Market(symbol=symbol), picture(), picture(bids=[["5", "5"]])
    shown(market, newer, INCREASE)

    assert not market.take(older)
    assert market.show([INCREASE, CANDLE]) == {}


def test_trades_of_an_older_update_are_still_told(symbol, picture):
    market = Market(symbol=symbol)
    older = picture(trades=[[1, "1", "1", "buy", 5]])
    shown(market, picture(trades=[[2, "1", "1", "buy", 6]]), "spot/trade")

    [trade] = shown(market, older, "spot/trade")["spot/trade"]
    assert trade["trade_id"] == "1"


def test_a_batch_read_twice_tells_its_trades_once_however_many(symbol, picture):
    market = Market(symbol=symbol)
    batch = picture(trades=[[i, "1", "1", "buy", 5] for i in range(400)])

    assert len(shown(market, batch, "spot/trade")["spot/trade"]) == 400
    assert not market.take(batch)
    assert market.show(["spot/trade"]) == {}


def test_a_missed_update_costs_nothing_but_time(symbol, picture):
    market = Market(symbol=symbol)
    [first] = shown(market, picture(), INCREASE)[INCREASE]
    picture(bids=[["1", "1"]])  # published and lost

    [change] = shown(market, picture(bids=[["100.00", "1.5"]], asks=[]), INCREASE)[INCREASE]
    assert change["version"] == first["version"] + 1
    assert change["bids"] == [["99.50", "0"]]
    assert change["asks"] == [["101.00", "0"], ["102.00", "0"]]


def test_a_writer_that_counts_from_one_again_is_believed_after_a_while(symbol, picture):
    market = Market(symbol=symbol)
    update = picture(version=900)
    shown(market, update, INCREASE)

    reset = update | {"version": 1, "bids": [["7", "7"]]}
    assert not market.take(reset | {"ms": update["ms"] + WRITER_RESTARTED_MS})
    assert market.take(reset | {"ms": update["ms"] + WRITER_RESTARTED_MS + 1})


def test_a_candle_that_closes_between_two_pushes_is_told_with_its_last_values(symbol, picture):
    market = Market(symbol=symbol)
    shown(market, picture(candles={"1m": [60, "1", "1", "1", "1", "1", "1"]}), CANDLE)
    market.take(picture(candles={"1m": [60, "1", "9", "1", "9", "3", "20"]}))
    market.take(picture(candles={"1m": [120, "9", "9", "9", "9", "1", "9"]}))

    told = rows(market.show([CANDLE])[CANDLE])
    assert [row["candle"] for row in told] == [
        [60, "1", "9", "1", "9", "3"],
        [120, "9", "9", "9", "9", "1"],
    ]
    assert len(rows(market.snapshot(CANDLE))) == 1


def test_candles_that_an_update_does_not_mention_stand_as_they_were(symbol, picture):
    market = Market(symbol=symbol)
    shown(market, picture(candles={"1m": [60, "1", "1", "1", "1", "1", "1"]}), CANDLE)

    assert shown(market, picture(candles={}), CANDLE) == {}
    assert rows(market.snapshot(CANDLE))[0]["candle"] == [60, "1", "1", "1", "1", "1"]


def test_whoever_joins_between_two_pushes_gets_what_the_others_hold(symbol, picture):
    market = Market(symbol=symbol)
    shown(market, picture(trades=[[1, "1", "1", "buy", 5]]), INCREASE)
    market.take(picture(bids=[["5", "5"]], trades=[[2, "1", "1", "buy", 6]]))

    [snapshot] = rows(market.snapshot(INCREASE))
    assert snapshot["bids"] == [["100.00", "1.5"], ["99.50", "2"]]
    assert [t["trade_id"] for t in rows(market.snapshot("spot/trade"))] == ["1"]
    told = market.show([INCREASE, "spot/trade"])
    assert rows(told[INCREASE])[0]["version"] == snapshot["version"] + 1
    assert [t["trade_id"] for t in rows(told["spot/trade"])] == ["2"]
