"""What holds for every page: the content policy, accessibility, direction, and no strangers."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, ViewportSize

from exchange.accounts.models import Customer
from tests.browser.conftest import SYMBOL

OPEN = ["/?stay=1", "/markets", f"/trade/{SYMBOL}", "/signup"]
OWN = [*OPEN, "/balances", "/orders", "/orders?view=history", "/orders?view=trades"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = ViewportSize(width=390, height=844)


def settle(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(150)  # the scripts ask for their lists after the page is loaded


def faults(page: Page, rules: list[str] = RULES) -> list[str]:
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [f"{fault['id']} at {[node['target'] for node in fault['nodes']]}" for fault in found]


def test_a_visitor_sees_every_open_page_without_a_complaint(
    page: Page, complaints: list[str]
) -> None:
    for address in OPEN:
        settle(page, address)
        assert complaints == [], address
        assert page.locator("h1").count() == 1, address


def test_a_customer_sees_every_page_without_a_complaint_or_a_stranger(
    logged_in: Customer, page: Page, complaints: list[str], server: str
) -> None:
    hosts: set[str] = set()

    def note(request: Request) -> None:
        hosts.add(request.url.split("/")[2])

    page.on("request", note)
    for address in OWN:
        settle(page, address)
        assert complaints == [], address

    assert hosts == {server.split("/")[2]}


@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", ["color-contrast"])])
def test_axe_finds_nothing_on_any_page(
    logged_in: Customer, page: Page, scheme: Any, rules: list[str]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for address in OWN:
        settle(page, address)
        found[address] = faults(page, rules)

    assert {address: said for address, said in found.items() if said} == {}


def test_in_arabic_on_a_phone_every_page_is_mirrored_fits_and_passes_axe(
    logged_in: Customer, context: BrowserContext, page: Page, server: str
) -> None:
    context.add_cookies([{"name": "django_language", "value": "ar", "url": server}])
    page.set_viewport_size(PHONE)
    for address in OWN:
        settle(page, address)
        assert page.locator("html").get_attribute("dir") == "rtl"
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, address
        assert faults(page) == [], address


def test_the_chosen_theme_is_in_the_page_before_any_script_runs(
    context: BrowserContext, page: Page
) -> None:
    settle(page, "/markets")
    page.locator("summary", has_text="Appearance").click()
    page.get_by_role("button", name="Dark").click()

    assert 'data-theme="dark"' in context.request.get("/markets").text()


def test_the_language_is_chosen_without_a_script(browser: Any, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/markets")
    page.locator("summary", has_text="Language").click()
    page.get_by_role("button", name="Deutsch").click()

    assert page.locator("html").get_attribute("lang") == "de"
    assert page.url.endswith("/markets")
    context.close()


def test_keys_open_help_search_and_places_and_can_be_switched_off(page: Page) -> None:
    settle(page, "/markets")
    page.keyboard.press("?")
    help_dialog = page.locator("#shortcuts")
    assert help_dialog.is_visible()
    page.get_by_label("Turn single-key shortcuts off").check()
    page.keyboard.press("Escape")
    assert not help_dialog.is_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "search"

    page.evaluate("localStorage.clear()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/trade/*")


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    settle(page, "/markets")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
