"""The staff's page of the signer in a real browser: stopped by one, thawed by two operators."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_staff import (  # noqa: F401  fixtures
    DESKTOP,
    PHONE,
    open_page,
    root,
    sideways,
    violations,
)
from wallets.sending import signer as client


def test_staff_freeze_and_operators_thaw_in_their_browsers(open_page, root, signer):  # noqa: F811
    page = open_page(root, "/staff/signer/")
    expect(page.get_by_role("heading", name="Signer")).to_be_visible()
    assert violations(page) == []

    page.get_by_label("Reason").fill("strange payments")
    page.get_by_role("button", name="Freeze the signer").click()
    expect(page.get_by_text("Nothing is signed until operators thaw it.")).to_be_visible()
    assert client.status()["reason"] == "strange payments"
    assert violations(page) == []

    for name in ("first", "third"):
        page.get_by_label("Your key file").set_input_files(signer.home / f"{name}.json")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign exactly this").click()
    expect(page.get_by_text("It signs what its policy allows.")).to_be_visible()
    assert client.status()["frozen"] is False


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_and_fits(open_page, root, signer, size, theme):  # noqa: F811
    signer.freeze()

    page = open_page(root, "/staff/signer/", size=size, theme=theme)

    assert violations(page) == []
    assert sideways(page) <= 0
    assert "{#" not in page.inner_text("main")
