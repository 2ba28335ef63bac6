"""The order form: exact to the last unit, honest before the click, and refused where it must be."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exchange.accounts.models import Customer
from exchange.trading import queries
from exchange.trading.terms import Terms, buy_hold, fee, most_affordable
from tests import factories
from tests.browser.conftest import Stream


@pytest.fixture
def form(logged_in: Customer, own_market: str, page: Page) -> Page:
    """The trade page of a market of the test's own; `page.url` ends with its symbol."""
    factories.fund(logged_in, base_of(own_market), "3")
    page.goto(f"/trade/{own_market}")
    expect(page.locator("#asks .level").first).to_be_visible()
    return page


def base_of(symbol: str) -> str:
    return symbol.split("_")[0]


def write(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.fill(f"#{name}", text)


def facts(page: Page) -> dict[str, str]:
    names = ("expect", "fee", "total", "receive")
    return {name: page.locator(f'[data-fact="{name}"]').inner_text() for name in names}


def open_orders(customer: Customer) -> list[queries.OrderRow]:
    return queries.open_orders(customer_id=customer.pk)


ARITHMETIC = """async (cases) => {
  const { feeOf, mostAffordable, priced, termsOf } = await import('/static/js/trade/terms.js');
  return cases.map(([market, side, ticks, lots, available]) => {
    const terms = termsOf(market);
    const dearest = terms.maker > terms.taker ? terms.maker : terms.taker;
    const order = { side, kind: 'limit', ticks: BigInt(ticks), lots: BigInt(lots) };
    const told = priced(order, terms);
    return [told.notional, told.fee, told.needs, told.total,
            mostAffordable(BigInt(available), dearest)].map(String);
  });
}"""


def test_the_arithmetic_is_the_exchanges_own_to_the_last_unit(page: Page) -> None:
    chance = random.Random(2)
    cases: list[list[Any]] = []
    expected = []
    for _ in range(400):
        price, size = chance.randint(0, 8), chance.randint(0, 8)
        quote = price + size + chance.randint(0, 2)
        maker = chance.randint(0, 5000)
        taker = maker + chance.randint(0, 5000)
        ticks, lots = chance.randint(1, 10**9), chance.randint(1, 10**12)
        available = chance.randint(0, 10**24)
        side = chance.choice(["buy", "sell"])
        market = {
            "price_precision": price,
            "size_precision": size,
            "quote_precision": quote,
            "min_size": "1",
            "max_size": "9",
            "min_notional": "1",
            "maker_ppm": maker,
            "taker_ppm": taker,
        }
        cases.append([market, side, str(ticks), str(lots), str(available)])
        notional = ticks * lots * Terms(price, size, quote).scale
        charged = fee(notional, taker)
        buys = side == "buy"
        needs = buy_hold(notional, taker) if buys else lots
        total = notional + charged if buys else notional - charged
        numbers = (notional, charged, needs, total, most_affordable(available, taker))
        expected.append([str(number) for number in numbers])
    page.goto("/markets")

    assert page.evaluate(ARITHMETIC, cases) == expected


def test_text_becomes_units_and_text_again_without_a_rounding(page: Page) -> None:
    page.goto("/markets")
    told = page.evaluate(
        """async () => {
          const { fault, grouped, toText, toUnits } = await import('/static/js/exact.js');
          return [
            String(toUnits('0.1', 18)),
            String(toUnits('123456789012345678.000000000000000001', 18)),
            toText(toUnits('.5', 8), 8), toText(10n, 3, { trim: true }), toText(0n, 2),
            grouped('1234567.8901'), fault('', 2), fault('1,5', 2), fault('1e5', 2), fault('-1', 2),
            fault('.', 2), fault('1.234', 2), fault('1.2300', 2),
          ];
        }"""
    )

    assert told == [
        "100000000000000000", "123456789012345678000000000000000001",
        "0.50000000", "0.01", "0.00",
        "1,234,567.8901", "empty", "malformed", "malformed", "malformed",
        "malformed", "precise", "",
    ]  # fmt: skip


def test_fee_total_and_receipt_stand_there_before_the_click(form: Page) -> None:
    write(form, price="99.37", size="1.23456")

    # 99.37 x 1.23456 = 122.6782272; 0.2 % of it, rounded up at the quote's eighth digit
    assert facts(form)["fee"] == "0.24535646 USDT"
    assert facts(form)["total"] == "122.92358366 USDT"
    assert form.input_value("#notional") == "122.6782272"

    form.locator(".sides__sell").click()
    assert facts(form)["total"] == "122.43287074 USDT"
    assert facts(form)["receive"].startswith("1.23456 SPRAT")


def test_all_of_the_balance_pays_for_the_order_and_its_fee(
    form: Page, own_market: str, logged_in: Customer
) -> None:
    write(form, price="99.00")
    form.get_by_role("button", name="100%").click()
    form.locator("#submit").click()
    expect(form.get_by_text("Order placed.")).to_be_visible()

    (order,) = open_orders(logged_in)
    held = factories.held(logged_in, "USDT")
    assert order.size == Decimal("10.08084")
    assert order.size * 99 * Decimal("1.002") <= held <= 1000
    assert 1000 - held < Decimal("0.01")


def test_an_order_placed_here_is_held_shown_and_cancelled_here(
    form: Page, logged_in: Customer
) -> None:
    write(form, price="90", size="0.5")
    form.locator("#submit").click()
    row = form.locator("#panel-open tbody tr")
    expect(row).to_have_count(1)
    assert factories.held(logged_in, "USDT") == Decimal("45.09")

    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    assert factories.held(logged_in, "USDT") == 0
    assert open_orders(logged_in) == []


@pytest.mark.parametrize(
    ("price", "size", "said"),
    [
        ("", "1", "Enter a price."),
        ("100.001", "1", "at most 2 digits after the point"),
        ("abc", "1", "Write a plain number"),
        ("100", "0.000001", "at most 5 digits after the point"),
        ("100", "0", "The least you can order is 0.00001"),
        ("100", "5000", "The most you can order is 1,000"),
        ("100", "0.01", "An order must be worth at least 5 USDT; this one is worth 1 USDT."),
        ("100", "10", "With its fee this needs 1,002 USDT, and 1,000 USDT is available."),
    ],
)
def test_a_fault_is_named_at_its_field_with_its_limit_and_nothing_is_sent(
    form: Page, logged_in: Customer, price: str, size: str, said: str
) -> None:
    write(form, price=price, size=size)
    form.locator("#submit").click()

    errors = form.locator(".ticket .field__error:visible")
    assert said in errors.inner_text()
    assert form.locator('.ticket [aria-invalid="true"]').count() == 1
    assert open_orders(logged_in) == []
    assert factories.available(logged_in, "USDT") == 1000


def test_a_refusal_of_the_exchange_is_said_and_the_form_keeps_its_numbers(
    form: Page, own_market: str, logged_in: Customer
) -> None:
    market = factories.market(own_market)
    market.status, market.status_reason = "halted", "The network is being looked at."
    market.save()
    write(form, price="99", size="1")
    form.locator("#submit").click()

    expect(form.locator("#ticket-error")).to_contain_text("The network is being looked at.")
    assert form.input_value("#size") == "1"
    assert open_orders(logged_in) == []


def test_a_market_order_far_beyond_the_best_price_is_asked_about_first(
    form: Page, own_market: str, logged_in: Customer
) -> None:
    form.locator(".kinds").get_by_text("Market").click()
    write(form, notional="500")  # takes 1.5 at 100.10, 2 at 100.20, the rest at 103.00
    assert facts(form)["expect"] == "100.99 USDT"
    form.get_by_role("button", name="100%").click()
    expect(form.locator("#ticket-warning")).to_contain_text("The book holds less than this order")
    form.locator("#submit").click()

    expect(form.locator("#confirm")).to_be_visible()
    form.get_by_role("button", name="Back").click()
    assert factories.available(logged_in, "USDT") == 1000

    form.locator("#submit").click()
    form.get_by_role("button", name="Buy anyway").click()
    expect(form.get_by_text("Order placed.")).to_be_visible()
    assert factories.available(logged_in, base_of(own_market)) == Decimal("8.5")


def test_a_limit_far_beyond_the_best_price_is_asked_about_first(
    form: Page, logged_in: Customer
) -> None:
    write(form, price="102", size="1")
    form.locator("#submit").click()

    expect(form.locator("#confirm")).to_contain_text("more than 1% above the best offer")
    form.keyboard.press("Escape")
    assert queries.order_history(customer_id=logged_in.pk) == []


def test_a_click_on_a_price_in_the_book_writes_it_into_the_form(form: Page) -> None:
    form.locator("#bids .level").first.click()

    assert form.input_value("#price") == "99.90"


def test_keys_choose_the_side_and_walk_the_book(form: Page) -> None:
    form.locator("h2", has_text="Order book").click()
    form.keyboard.press("s")
    assert form.evaluate("document.activeElement.id") == "size"
    assert form.locator('input[value="sell"]').is_checked()

    form.locator("#bids .level").first.focus()
    form.keyboard.press("ArrowUp")
    form.keyboard.press("Enter")
    assert form.input_value("#price") == "100.10"


def test_a_comma_is_read_as_the_point_it_stands_for(form: Page) -> None:
    write(form, price="99,5", size="1")

    assert form.input_value("#price") == "99.5"
    assert facts(form)["fee"] == "0.199 USDT"


def test_a_visitor_is_asked_to_log_in_and_comes_back(page: Page, own_market: str) -> None:
    page.goto(f"/trade/{own_market}")

    link = page.get_by_role("link", name="Log in to trade")
    assert link.get_attribute("href") == f"/login?next=/trade/{own_market}"
    assert page.locator("#submit").count() == 0


def test_the_same_press_twice_places_one_order(
    form: Page, logged_in: Customer, stream: Stream
) -> None:
    write(form, price="90", size="0.5")
    form.evaluate("() => { const f = document.getElementById('ticket');"
                  " f.requestSubmit(); f.requestSubmit(); }")  # fmt: skip
    expect(form.get_by_text("Order placed.")).to_be_visible()

    assert len(open_orders(logged_in)) == 1
