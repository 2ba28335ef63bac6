"""The list of markets: found by typing, kept as favourites, moved by the stream once a second."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SYMBOL, Stream


@pytest.fixture
def markets(page: Page) -> Page:
    page.goto("/markets")
    expect(page.locator("[data-star]").first).to_be_visible()
    return page


def shown(page: Page) -> list[str]:
    rows = page.locator("#market-rows tr")
    return [rows.nth(i).get_attribute("data-symbol") or "" for i in range(rows.count())]


def test_the_pairs_are_there_before_any_script(browser: Any, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/markets")

    assert SYMBOL in shown(page)
    assert page.locator(f'tr[data-symbol="{SYMBOL}"] .price').inner_text() == "100.10"
    context.close()


@pytest.mark.parametrize("words", ["reef", "REEF/USDT", "reef usdt"])
def test_search_finds_a_pair_however_it_is_written(markets: Page, words: str) -> None:
    markets.fill("#search", words)

    assert shown(markets) == ["REEF_USDT"]


def test_enter_in_the_search_opens_the_first_find(markets: Page) -> None:
    markets.fill("#search", "cove")
    markets.keyboard.press("Enter")

    markets.wait_for_url("**/trade/COVE_BTC")


def test_arrow_keys_walk_from_the_search_through_the_rows(markets: Page) -> None:
    markets.focus("#search")
    markets.keyboard.press("ArrowDown")
    markets.keyboard.press("ArrowDown")
    symbols = shown(markets)
    focused = markets.evaluate("document.activeElement.closest('tr').dataset.symbol")

    assert focused == symbols[1]


def test_a_favourite_is_still_one_after_a_reload(markets: Page) -> None:
    markets.get_by_role("button", name="TIDE/USDT as a favourite").click()
    markets.reload()
    markets.get_by_role("button", name="Favourites").click()

    assert shown(markets) == ["TIDE_USDT"]


def test_a_tab_shows_one_quote_and_an_empty_search_says_so(markets: Page) -> None:
    markets.get_by_role("button", name="BTC", exact=True).click()
    assert sorted(shown(markets)) == ["COVE_BTC", "KELP_BTC"]

    markets.fill("#search", "nothing of this name")
    assert markets.get_by_role("heading", name="No market matches").is_visible()


def test_a_column_sorts_both_ways(markets: Page) -> None:
    head = markets.locator('[data-column="symbol"]')
    head.get_by_role("button").click()
    assert shown(markets) == sorted(shown(markets))
    assert head.get_attribute("aria-sort") == "ascending"

    head.get_by_role("button").click()
    assert shown(markets) == sorted(shown(markets), reverse=True)


def test_a_hundred_pushes_a_second_are_painted_once(markets: Page, stream: Stream) -> None:
    price = markets.locator(f'tr[data-symbol="{SYMBOL}"] .price')
    expect(price).to_have_text("100.10")
    markets.wait_for_function("() => true")
    markets.wait_for_timeout(500)  # the rows in view are subscribed a moment after they are seen
    assert f"spot/ticker:{SYMBOL}" in stream.topics
    markets.evaluate(
        """() => { window.paints = 0;
             new MutationObserver(() => { window.paints += 1; }).observe(
               document.querySelector('tr[data-symbol="KELP_USDT"] .price'),
               { childList: true, characterData: true, subtree: true }); }"""
    )
    for cents in range(100):
        stream.push(
            "spot/ticker",
            symbol=SYMBOL,
            last_price=f"101.{cents:02}",
            fluctuation="0.0123",
            quote_volume_24h="5000",
        )
    expect(price).to_have_text("101.99")
    expect(markets.locator(f'tr[data-symbol="{SYMBOL}"] .change')).to_have_text("▲ +1.23%")

    assert markets.evaluate("window.paints") <= 2
