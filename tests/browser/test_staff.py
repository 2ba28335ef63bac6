"""The staff site in a real browser: nothing inline, nothing inaccessible, usable by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from exchange.accounts import roles
from exchange.core.models import Switch
from exchange.markets.models import Market
from exchange.portal import cards, dashboard
from tests import factories
from tests.exchange.portal.conftest import one_of_everything, verified
from tests.factories.accounts import authenticator, phone_shows

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP, PHONE = (1440, 900), (390, 844)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def world(server: str) -> dict[str, Any]:
    """Made once: the tests of this folder share a database that is not emptied between them."""
    return one_of_everything()


@pytest.fixture(scope="module")
def root(server: str) -> Client:
    return verified(factories.user(is_staff=True, is_superuser=True))


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Open]:
    """Open an address as somebody; whatever the console complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_as(
        client: Client | None,
        path: str,
        *,
        size: tuple[int, int] = DESKTOP,
        theme: str = "light",
        language: str = "en",
    ) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": size[0], "height": size[1]},
            extra_http_headers={"Accept-Language": language},
        )
        contexts.append(context)
        cookies = {"theme": theme}
        if client is not None:
            cookies["sessionid"] = client.cookies["sessionid"].value
        context.add_cookies([{"name": k, "value": v, "url": server} for k, v in cookies.items()])
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else 0)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def sideways(page: Page) -> int:
    """How far the page scrolls sideways, in pixels."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_no_page_breaks_the_rules_of_accessibility(open_page, root, world, size, theme):
    market = world["market"].pk
    paths = [
        "/staff/",
        "/staff/desk/markets/",
        "/staff/exchange/spotorder/",
        "/staff/exchange/auditevent/",
        "/staff/exchange/posting/",
        f"/staff/exchange/customer/{world['seller'].pk}/change/",
        f"/staff/exchange/market/{market}/change/?edit=1",
        f"/staff/exchange/market/act/halt/?ids={market}",
        "/staff/exchange/trade/?q=nothing",
        "/staff/treasury/trial-balance/",
        "/staff/find/?q=1",
        "/staff/exchange/staffinvitation/",
        "/staff/system/invite/",
    ]
    page = open_page(root, paths[0], size=size, theme=theme)

    for path in paths:
        page.goto(path)
        assert violations(page) == [], path
        assert sideways(page) <= 0, path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_log_in_page_is_accessible_too(open_page, theme):
    page = open_page(None, "/staff/login/", theme=theme)

    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert violations(page) == []


def test_staff_log_in_with_all_three_and_land_at_home(open_page):
    roles.sync_roles()
    person = factories.user(email="auditor@holdfast.example", is_staff=True)
    person.groups.set(Group.objects.filter(name=roles.AUDITOR))
    authenticator(person)
    page = open_page(None, "/staff/")

    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Code").fill(phone_shows())
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("navigation", name="Desks")).to_be_visible()


def test_arabic_runs_from_right_to_left(open_page, root, world):
    page = open_page(root, "/staff/exchange/spotorder/", language="ar", size=PHONE)

    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert sideways(page) <= 0
    assert violations(page) == []


def test_the_keyboard_finds_rows_and_desks(open_page, root, world):
    page = open_page(root, "/staff/exchange/market/?q=BTC_USDT")

    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "BTC_USDT"
    page.keyboard.press("x")
    expect(page.locator("[data-actionbar]")).to_be_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "finder"
    page.keyboard.press("g")  # typed into the box, not a command
    assert page.input_value("#finder") == "g"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/staff/desk/treasury/")


def test_single_keys_can_be_switched_off(open_page, root, world):
    page = open_page(root, "/staff/exchange/market/")
    page.keyboard.press("?")
    page.get_by_label("Turn single keys off").check()
    page.get_by_role("button", name="Close", exact=True).click()

    page.reload()
    page.keyboard.press("j")

    assert page.locator(".row-here").count() == 0


def test_rows_are_cards_on_a_phone_and_name_their_values(open_page, root, world):
    page = open_page(root, "/staff/exchange/spotorder/", size=PHONE)
    cell = page.locator("td.field-state").first

    assert cell.evaluate("each => getComputedStyle(each).display") == "grid"
    assert cell.evaluate("each => getComputedStyle(each, '::before').content") == '"State"'


def test_the_menu_opens_and_closes_on_a_phone(open_page, root, world):
    page = open_page(root, "/staff/", size=PHONE)
    menu = page.get_by_role("navigation", name="Desks")
    expect(menu).not_to_be_visible()

    page.get_by_role("button", name="Menu", exact=True).click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()


def test_a_market_is_halted_from_the_list(open_page, root, world):
    market = factories.market("HALT_USDT")
    page = open_page(root, "/staff/exchange/market/?q=HALT_USDT")

    expect(page.locator("[data-actionbar]")).not_to_be_visible()
    page.locator("input.action-select").first.check()
    page.get_by_role("button", name="Halt…").click()
    expect(page.get_by_text("Trading → Halted")).to_be_visible()
    page.get_by_role("button", name="Halt").click()
    expect(page.get_by_text("Nothing was done.")).not_to_be_visible()  # the browser asks first
    page.get_by_label("Reason").fill("drill")
    page.get_by_role("button", name="Halt").click()

    expect(page.get_by_text("Done for 1 row.")).to_be_visible()
    assert Market.objects.get(pk=market.pk).status == "halted"


def test_the_dashboard_reads_itself_again_and_leaves_the_focus_alone(
    open_page, root, world, monkeypatch
):  # fmt: skip
    monkeypatch.setattr(dashboard, "REFRESH_SECONDS", 0.3)
    monkeypatch.setattr(cards, "KEPT_SECONDS", 0)
    page = open_page(root, "/staff/")
    card = page.locator('[data-key="switches"]')
    expect(card).to_contain_text("everything is open")
    card.get_by_role("link").focus()
    page.evaluate("document.querySelector('[data-key=queues]').dataset.untouched = 'yes'")

    Switch.objects.create(name="withdrawals", closed=True, reason="drill")

    expect(card).to_contain_text("withdrawals")
    assert page.evaluate("document.activeElement.closest('[data-key]').dataset.key") == "switches"
    assert page.locator('[data-key="queues"]').get_attribute("data-untouched") == "yes"


def test_the_theme_is_chosen_and_stays(open_page, root, world):
    page = open_page(root, "/staff/", theme="auto")
    page.get_by_text("Appearance").locator("..").click()
    page.get_by_role("button", name="Dark").click()

    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_menu_is_put_away_on_a_wide_screen_and_stays_away(open_page, root, world):
    page = open_page(root, "/staff/exchange/spotorder/")
    menu = page.get_by_role("navigation", name="Desks")
    opener = page.get_by_role("button", name="Menu", exact=True)
    expect(menu).to_be_visible()

    opener.click()
    expect(menu).not_to_be_visible()
    page.reload()
    expect(menu).not_to_be_visible()
    assert opener.get_attribute("aria-expanded") == "false"

    opener.click()
    expect(menu).to_be_visible()


def test_the_finder_names_screens_while_one_types(open_page, root, world):
    page = open_page(root, "/staff/")

    page.keyboard.press("Control+k")
    page.keyboard.type("trad")
    expect(page.get_by_role("option").first).to_contain_text("Trades")
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/staff/exchange/trade/")


def test_what_is_typed_and_no_screen_is_looked_up_as_before(open_page, root, world):
    page = open_page(root, "/staff/")

    page.keyboard.press("/")
    page.keyboard.type(world["seller"].user.email)
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/staff/exchange/customer/{world['seller'].pk}/change/")


def test_an_edit_that_was_not_saved_is_not_lost_without_a_question(open_page, root, world):
    path = f"/staff/exchange/market/{world['market'].pk}/change/?edit=1"
    page = open_page(root, path)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    expect(page.get_by_text("Not saved yet")).not_to_be_visible()

    page.get_by_label("Rank").fill("7")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("link", name="Leave as it is").click()

    page.wait_for_url("**/change/")
    assert asked == ["beforeunload"]
