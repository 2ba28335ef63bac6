"""The trade page and its sockets: what is pushed is shown, what is lost is fetched once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from exchange.accounts.models import Customer
from tests.browser.conftest import SYMBOL, Stream


@pytest.fixture
def trade(logged_in: Customer, page: Page) -> Page:
    page.goto(f"/trade/{SYMBOL}")
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def level(price: str, size: str) -> list[str]:
    return [price, size]


def test_the_page_is_whole_before_the_first_push(trade: Page) -> None:
    assert trade.locator("#last").inner_text() == "100.10"
    assert trade.locator("#spread").inner_text() == "0.20 (0.199%)"
    assert trade.locator("#tape tr").count() == 1
    best = trade.locator("#asks .level").last
    assert best.locator("span").all_inner_texts() == ["100.10", "1.50000", "1.50000"]


def test_depth_tape_and_ticker_follow_the_stream(trade: Page, stream: Stream) -> None:
    stream.push(
        "spot/depth50",
        symbol=SYMBOL,
        asks=[level("101.00", "1"), level("101.50", "2")],
        bids=[level("100.50", "4")],
        ms_t=1,
    )
    stream.push(
        "spot/trade", symbol=SYMBOL, price="101.00", size="0.25", side="buy", ms_t=1, trade_id="9"
    )
    stream.push("spot/ticker", symbol=SYMBOL, **ticker("101.00"))

    expect(trade.locator("#spread")).to_have_text("0.50 (0.495%)")
    expect(trade.locator("#asks .level").first.locator("span")).to_have_text(
        ["101.50", "2.00000", "3.00000"]
    )
    expect(trade.locator("#tape tr").first).to_contain_text("0.25000")
    expect(trade.locator("#last")).to_have_text("101.00")
    expect(trade).to_have_title("101.00 KELP/USDT · Holdfast")


def ticker(last: str) -> dict[str, str]:
    return {
        "last_price": last,
        "high_24h": last,
        "low_24h": "100.10",
        "base_volume_24h": "1",
        "quote_volume_24h": "100",
        "fluctuation": "0.009",
    }


def test_grouped_prices_never_flatter(trade: Page, stream: Stream) -> None:
    stream.push(
        "spot/depth50",
        symbol=SYMBOL,
        asks=[level("100.11", "1"), level("100.19", "1"), level("100.25", "1")],
        bids=[level("99.99", "1"), level("99.91", "1"), level("99.85", "1")],
        ms_t=1,
    )
    trade.locator("#grouping").select_option("10")

    expect(trade.locator("#asks .level__price")).to_have_text(["100.30", "100.20"])
    expect(trade.locator("#bids .level__price")).to_have_text(["99.90", "99.80"])


def test_an_own_fill_moves_the_tables_and_the_balance(trade: Page, stream: Stream) -> None:
    stream.push(
        "spot/user/orders", symbol=SYMBOL, order_id="77", side="buy", type="limit", price="99.00",
        size="1.00000", notional="99", filled_size="0.40000", filled_notional="39.6",
        order_state="partially_filled", create_time="1", update_time="2", detail_id="",
    )  # fmt: skip
    stream.push(
        "spot/user/balance",
        event_type="TRANSACTION_COMPLETED",
        balance_details=[{"ccy": "USDT", "av_bal": "900.5", "fz_bal": "59.4"}],
    )

    row = trade.locator("#panel-open tbody tr")
    expect(row).to_contain_text("0.4")
    expect(trade.locator("#available")).to_have_text("900.5 USDT")
    expect(trade.get_by_text("KELP/USDT: Partly filled · 0.4")).to_be_visible()
    expect(trade.locator("#open-count")).to_have_text("1")


def test_a_late_word_that_an_order_is_new_does_not_open_it_again(
    trade: Page, stream: Stream
) -> None:
    told = {
        "symbol": SYMBOL, "order_id": "78", "side": "buy", "type": "limit", "price": "99.00",
        "size": "1", "notional": "99", "filled_notional": "99", "create_time": "1",
        "update_time": "2", "detail_id": "",
    }  # fmt: skip
    stream.push("spot/user/orders", **told, order_state="filled", filled_size="1")
    stream.push("spot/user/orders", **told, order_state="new", filled_size="0")

    expect(trade.get_by_text("KELP/USDT: Filled · 1")).to_be_visible()
    expect(trade.locator("#panel-open tbody tr")).to_have_count(0)


def test_after_a_lost_connection_everything_is_asked_for_once(trade: Page, stream: Stream) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.split("?")[0].rsplit("/", 1)[-1])

    trade.on("request", note)
    logins = stream.logins
    stream.drop()
    expect(trade.locator("#connection")).to_contain_text("Reconnecting")
    expect(trade.locator("#connection")).to_have_text("Live")
    trade.wait_for_timeout(2500)

    assert sorted(asked) == ["klines", "mine.json", "stream-token", "trades"]
    assert stream.logins == logins + 1


def test_every_topic_is_subscribed_once_and_again_after_the_loss(
    trade: Page, stream: Stream
) -> None:
    wanted = {
        f"spot/{table}:{SYMBOL}" for table in ("ticker", "status", "depth50", "trade", "kline15m")
    }
    wanted |= {"spot/user/orders:ALL_SYMBOLS", "spot/user/balance:BALANCE_UPDATE"}
    expect(trade.locator("#connection")).to_have_text("Live")
    assert sorted(stream.topics) == sorted(wanted)

    stream.topics.clear()
    stream.drop()
    expect(trade.locator("#connection")).to_contain_text("Reconnecting")
    expect(trade.locator("#connection")).to_have_text("Live")
    assert sorted(stream.topics) == sorted(wanted)


def test_another_step_is_fetched_followed_and_remembered(trade: Page, stream: Stream) -> None:
    trade.get_by_role("button", name="1H").click()
    trade.reload()

    assert trade.get_by_role("button", name="1H").get_attribute("aria-pressed") == "true"
    assert f"spot/kline1H:{SYMBOL}" in stream.topics


def test_the_candles_can_be_read_as_a_table(trade: Page) -> None:
    trade.get_by_role("button", name="As a table").click()
    rows = trade.locator("#candle-table tbody tr")  # the newest first: a new minute may have begun
    newest = [rows.nth(n).locator("td").all_inner_texts() for n in (0, 1)]

    assert ["100.10", "100.10", "100.10", "100.10", "0.5"] in newest


def test_the_chooser_opens_on_slash_and_goes_to_what_is_typed(trade: Page) -> None:
    trade.locator("h2", has_text="Order book").click()
    trade.keyboard.press("/")
    trade.keyboard.type("tide")
    expect(trade.locator("#chooser-rows [data-symbol]")).to_have_count(1)
    trade.keyboard.press("Enter")

    trade.wait_for_url("**/trade/TIDE_USDT")


def test_on_a_phone_one_part_is_shown_at_a_time(trade: Page) -> None:
    trade.set_viewport_size({"width": 390, "height": 844})
    chart, book, ticket = (trade.locator(part) for part in (".chart", ".book", ".ticket"))
    assert [part.is_visible() for part in (chart, book, ticket)] == [True, False, False]

    trade.get_by_role("button", name="Book", exact=True).click()
    trade.locator("#bids .level").first.click()
    assert [part.is_visible() for part in (chart, book, ticket)] == [False, False, True]
    assert trade.input_value("#price") == "99.90"


def test_balances_are_valued_by_the_stream(
    logged_in: Customer, page: Page, stream: Stream, complaints: list[str]
) -> None:
    page.goto("/balances")
    worth = page.locator("#worth")
    expect(worth).to_have_text("1,300.30")  # 1,000 USDT, and 3 KELP at 100.10
    page.wait_for_function("() => document.querySelector('[data-trade-link]').href !== ''")
    expect(page.locator('tr[data-asset="KELP"] a')).to_have_attribute("href", f"/trade/{SYMBOL}")
    moved: dict[str, Any] = ticker("200.001")
    page.wait_for_timeout(300)
    stream.push("spot/ticker", symbol=SYMBOL, **moved)

    expect(worth).to_have_text("1,600.00")
    page.get_by_role("button", name="Hide amounts").click()
    page.reload()
    assert page.locator(".amounts-hidden").count() == 1
    assert complaints == []
