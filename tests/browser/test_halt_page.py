"""A halt reaches the page that is open: the banner, the form, and the end of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from exchange.accounts.models import Customer
from exchange.core import outbox
from exchange.markets import halt, publish
from exchange.streams.market import Market as Shown
from exchange.trading.queries import open_orders
from tests import factories
from tests.browser.conftest import Stream

COMMANDER = factories.officer("exchange.halt_market", label="commander@holdfast.example")


@pytest.fixture
def trade(logged_in: Customer, own_market: str, page: Page) -> Page:
    page.goto(f"/trade/{own_market}")
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def tell(stream: Stream, symbol: str) -> None:
    """What staff did travels as it does: outbox, Valkey, and the frame of the streams process."""
    outbox.deliver()
    kept = publish.valkey().get(f"md:status:{symbol}")
    frame = Shown(symbol=symbol).take_status(json.loads(kept))
    assert frame is not None
    said = json.loads(frame.event["text"])
    stream.push(said["table"], **said["data"][0])


def test_a_halt_closes_the_open_form_and_its_end_opens_it_again(
    trade: Page, own_market: str, stream: Stream, complaints: list[str]
) -> None:
    market = factories.market(own_market)
    banner, submit = trade.locator("#market-status"), trade.locator("#submit")
    trade.fill("#price", "99")
    trade.fill("#size", "1")
    expect(banner).to_be_hidden()
    expect(submit).to_be_enabled()
    assert f"spot/status:{own_market}" in stream.topics

    halt.halt(market_id=market.pk, actor=COMMANDER, reason="odd prices", told="We are looking.")
    tell(stream, own_market)

    expect(banner).to_be_visible()
    expect(banner).to_contain_text("This market is halted.")
    expect(banner).to_contain_text("We are looking.")
    expect(banner.locator("strong:visible")).to_have_count(1)
    expect(submit).to_be_disabled()
    expect(trade.locator("#price")).to_be_disabled()

    halt.cancel_only(market_id=market.pk, actor=COMMANDER, reason="let them out")
    tell(stream, own_market)
    expect(banner).to_contain_text("open orders can be cancelled")
    expect(submit).to_be_disabled()

    halt.reopen(market_id=market.pk, actor=COMMANDER, reason="all clear")
    tell(stream, own_market)

    expect(banner).to_be_hidden()
    expect(trade.locator("#market-status-said")).to_have_text("This market trades again.")
    expect(submit).to_be_enabled()
    assert trade.input_value("#price") == "99"
    submit.click()
    expect(trade.get_by_text("Order placed.")).to_be_visible()
    assert complaints == []


def test_a_question_that_stands_open_is_withdrawn_by_a_halt(
    trade: Page, own_market: str, stream: Stream, logged_in: Customer
) -> None:
    market = factories.market(own_market)
    trade.locator(".kinds").get_by_text("Market").click()
    trade.get_by_role("button", name="100%").click()
    trade.locator("#submit").click()
    expect(trade.locator("#confirm")).to_be_visible()

    halt.halt(market_id=market.pk, actor=COMMANDER, reason="odd prices")
    tell(stream, own_market)

    expect(trade.locator("#confirm")).to_be_hidden()
    assert open_orders(customer_id=logged_in.pk) == []


def test_a_page_opened_during_a_halt_is_closed_and_opens_with_the_market(
    logged_in: Customer, own_market: str, page: Page, stream: Stream
) -> None:
    market = factories.market(own_market)
    halt.halt(market_id=market.pk, actor=COMMANDER, reason="odd prices", told="Back at noon.")
    page.goto(f"/trade/{own_market}")
    expect(page.locator("#market-status")).to_contain_text("Back at noon.")
    expect(page.locator("#submit")).to_be_disabled()
    expect(page.locator("#connection")).to_have_text("Live")

    halt.reopen(market_id=market.pk, actor=COMMANDER, reason="noon")
    tell(stream, own_market)

    expect(page.locator("#market-status")).to_be_hidden()
    expect(page.locator("#submit")).to_be_enabled()
