"""The deposit pages in a browser: live progress, both themes, a phone, and axe."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exchange.accounts.models import Customer
from exchange.assets.models import Network
from tests import factories
from tests.browser.conftest import Stream
from tests.browser.test_every_page import PHONE, faults, settle
from tests.factories import wallets as made
from tests.factories.blocks import Chain, pays
from wallets.addresses import book, issue
from wallets.deposits import queries
from wallets.deposits.pushes import wire

SHOTS = os.environ.get("SCREENSHOTS", "")
TABLE = "spot/user/deposit"


@pytest.fixture
def eth() -> Network:
    erc20 = made.network("ERC20", confirmations=12, name="Ethereum")
    made.evm_keys(erc20)
    made.asset_network("KETH", erc20, precision=18, decimals=18, contract="0xketh")
    bsc = made.network("BSC_BNB", family="evm", native_asset="BNB", confirmations=15)
    made.evm_keys(bsc)
    made.asset_network("KETH", bsc, precision=18, decimals=18, contract="0xketh2")
    return erc20


@pytest.fixture
def deposit(logged_in: Customer, eth: Network) -> dict[str, Any]:
    """2.5 KETH in the newest block, as the stream tells it."""
    own = issue.issue(customer_id=logged_in.pk, network_id=eth.pk, actor=factories.SYSTEM)
    listed = made.asset_network("KETH", eth)
    Chain(eth).mine(pays(own, "2.5", listed, name=f"browser {logged_in.pk}"))
    return wire(queries.of_customer(customer_id=logged_in.pk)[0])


def listening(page: Page, stream: Stream) -> None:
    """Wait until the page has asked for the customer's deposits."""
    for _ in range(100):
        if f"{TABLE}:DEPOSIT_UPDATE" in stream.topics:
            return
        page.wait_for_timeout(50)
    raise AssertionError(stream.topics)


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_deposit_advances_and_is_credited_before_the_customers_eyes(
    deposit: dict[str, Any], page: Page, stream: Stream, complaints: list[str]
) -> None:
    settle(page, "/deposit/KETH/ERC20")
    row = page.locator(".arrival").first
    expect(row).to_contain_text("2.5 KETH")
    expect(row).to_contain_text("1/12")
    listening(page, stream)

    stream.push(TABLE, **{**deposit, "confirmations": 7})
    expect(row).to_contain_text("7/12")
    assert row.locator("progress").get_attribute("value") == "7"
    shot(page, "address-light")

    stream.push(TABLE, **{**deposit, "state": "credited", "confirmations": 12})
    expect(row).to_contain_text("Credited")
    expect(row.locator("progress")).to_be_hidden()
    assert complaints == []


def test_a_deposit_that_was_not_there_appears_by_itself(
    logged_in: Customer, eth: Network, page: Page, stream: Stream, complaints: list[str]
) -> None:
    settle(page, "/deposit")
    expect(page.locator("#no-arrivals")).to_be_visible()
    listening(page, stream)

    stream.push(
        TABLE, id=999, asset="KETH", network="ERC20", network_name="Ethereum", amount="1234.5",
        state="confirming", confirmations=1, needed=12, txid="ab" * 32, address="0x1", ms=1,
    )  # fmt: skip

    assert complaints == []
    expect(page.locator(".arrival")).to_contain_text("1,234.5 KETH")
    expect(page.locator("#no-arrivals")).to_be_hidden()


def test_after_the_stream_was_away_the_page_reads_what_it_missed(
    deposit: dict[str, Any], page: Page, stream: Stream
) -> None:
    settle(page, "/deposit")
    listening(page, stream)
    page.evaluate("document.querySelector('.arrival').remove()")
    stream.drop()

    expect(page.locator(".arrival")).to_contain_text("2.5 KETH")


def test_coins_are_found_by_name(logged_in: Customer, eth: Network, page: Page) -> None:
    settle(page, "/deposit")
    page.fill("#find-coin", "zzz")
    expect(page.locator("#no-coin")).to_be_visible()
    page.fill("#find-coin", "keth")
    expect(page.locator("#coins li:visible")).to_have_count(1)


PAGES = ["/deposit", "/deposit/KETH", "/deposit/KETH/ERC20", "/funds/history", "/addresses"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True])
def test_every_page_fits_passes_axe_and_complains_of_nothing(
    deposit: dict[str, Any], page: Page, complaints: list[str], scheme: Any, phone: bool,
    logged_in: Customer,
) -> None:  # fmt: skip
    book.add(
        customer_id=logged_in.pk,
        network_code="ERC20",
        address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        label="My hardware wallet",
        actor=factories.SYSTEM,
    )
    if phone:
        page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for address in PAGES:
        settle(page, address)
        name = address.strip("/").replace("/", "-")
        shot(page, f"{name}-{scheme}-{'phone' if phone else 'desk'}")
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, address
        assert faults(page) == [], address
    assert complaints == []
