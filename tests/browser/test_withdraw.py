"""Withdrawing in a browser: the total as one types, the code, the list, and the freeze page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, expect

from exchange.accounts.models import Customer
from exchange.core import clock
from tests import factories
from tests.browser.test_every_page import PHONE, faults
from tests.factories import wallets as rows
from tests.factories.accounts import authenticator, phone_shows
from tests.factories.identity import identified
from wallets.addresses import book
from wallets.chains.models import NetworkWatch
from wallets.withdrawals import freeze
from wallets.withdrawals.models import Withdrawal

ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
BOOKED = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"
PICTURES = os.environ.get("PICTURES", "")  # a folder to look at the pages afterwards


@pytest.fixture(autouse=True)
def bitcoin(server: str) -> Iterator[None]:
    node = {"BTC_RPC_URL": "http://127.0.0.1:1", "BTC_CHAIN": "regtest"}
    with override_settings(CHAIN_ENVIRONMENT=node):
        btc = rows.network("BTC")
        rows.asset_network("BTC", btc)
        NetworkWatch.objects.filter(network=btc).update(checked_at=clock.now())
        yield


@pytest.fixture
def holder(logged_in: Customer) -> Customer:
    identified(logged_in)
    factories.fund(logged_in, "BTC", "1.5")
    assert logged_in.user is not None
    authenticator(logged_in.user)
    entry = book.add(
        customer_id=logged_in.pk,
        network_code="BTC",
        address=BOOKED,
        label="Cold wallet",
        actor=factories.SYSTEM,
    )
    entry.usable_at = clock.now()
    entry.save()
    return logged_in


def look_at(page: Page, name: str) -> None:
    """Axe finds nothing, a phone needs no sideways scrolling; and a picture, if wanted."""
    assert faults(page) == [], name
    page.set_viewport_size(PHONE)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0, name
    page.set_viewport_size({"width": 1280, "height": 900})
    if PICTURES:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                path = Path(PICTURES) / f"{name}-{theme}-{width}.png"
                page.screenshot(path=str(path), full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})


def test_from_the_coin_to_the_list(page: Page, holder: Customer, complaints: list[str]) -> None:
    page.goto("/withdraw")
    look_at(page, "1-coin")
    page.get_by_role("link", name="BTC").click()
    look_at(page, "2-way")
    page.get_by_role("link", name="Fee 0.0002 BTC").click()
    page.get_by_label("Send to").select_option("")
    page.get_by_label("New address").fill(ADDRESS)
    page.get_by_label("Amount that arrives").fill("0.25")
    expect(page.locator("#total")).to_have_text("0.2502 BTC")
    look_at(page, "3-form")
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="Who receives it?")).to_be_visible()
    name = page.get_by_label("First and last name, or the company's name")
    expect(name).to_be_hidden()
    page.get_by_label("Somebody else: their account at an exchange or provider").check()
    expect(name).to_be_visible()
    look_at(page, "4-whose")
    page.get_by_label("Me: a wallet that I hold the keys of").check()
    expect(name).to_be_hidden()
    page.get_by_role("button", name="Go on").click()
    look_at(page, "5-confirm")
    page.get_by_label("Code from your authenticator app").fill(phone_shows())
    page.get_by_role("button", name="Send 0.25 BTC").click()

    expect(page.get_by_role("heading", name="Withdrawals")).to_be_visible()
    expect(page.locator(".arrival")).to_contain_text("0.25 BTC")
    look_at(page, "6-list")
    assert Withdrawal.objects.get(customer=holder).address == ADDRESS
    assert complaints == []


def test_an_address_of_the_book_hides_the_field_for_a_new_one(page: Page, holder: Customer) -> None:
    page.goto("/withdraw/BTC/BTC")

    expect(page.get_by_label("New address")).to_be_hidden()
    page.get_by_label("Send to").select_option("")
    expect(page.get_by_label("New address")).to_be_visible()


def test_the_freeze_page_needs_no_login_and_one_press(
    context: BrowserContext, holder: Customer, complaints: list[str]
) -> None:
    assert holder.user is not None
    context.clear_cookies()
    page = context.new_page()
    page.goto(f"/freeze/{freeze.token_for(holder.user)}")
    look_at(page, "6-freeze")
    page.get_by_role("button", name="Stop all withdrawals now").click()

    expect(page.get_by_role("heading", name="Withdrawals are stopped")).to_be_visible()
    look_at(page, "7-frozen")
    assert complaints == []
