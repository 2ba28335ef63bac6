"""A customer checks their own inclusion proof in a real browser; an altered one is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exchange.accounts.models import Customer
from tests.browser.test_every_page import PHONE, faults, settle
from tests.wallets.reserves.conftest import OPERATOR, inclusion
from wallets.reserves import progress, snapshot
from wallets.reserves.models import Snapshot


@pytest.fixture
def published(logged_in: Customer) -> Snapshot:
    """A snapshot of everybody in the browser tests' market, 1,000 USDT and 3 KELP of ours in it."""
    asked = snapshot.request(actor=OPERATOR, reason="test")
    progress.advance(snapshot_id=asked.pk)
    asked.refresh_from_db()
    assert asked.state == Snapshot.State.READY, asked.says
    Snapshot.objects.filter(pk=asked.pk).update(
        state=Snapshot.State.PUBLISHED, published_at=asked.taken_at
    )
    return asked


def test_the_page_verifies_the_proof_and_says_so_in_plain_words(
    published: Snapshot, logged_in: Customer, page: Page, complaints: list[str]
) -> None:
    page.goto("/proof-of-reserves")
    page.get_by_role("link", name="Check that I am counted").click()

    expect(page.locator("#verdict")).to_have_attribute("data-state", "right")
    expect(page.locator("#verdict-words")).to_have_text(
        "✓ Verified: your balances of 2 coins are counted."
    )
    steps = page.locator("#steps li")
    assert logged_in.user is not None
    expect(steps.nth(0)).to_contain_text(f"{logged_in.pk} {logged_in.user.email}")
    expect(steps.nth(1)).to_contain_text("KELP: your 3 is in")
    expect(steps.nth(2)).to_contain_text("USDT: your 1,000 is in")
    assert complaints == []


def altered(proof: dict[str, Any]) -> dict[str, Any]:
    chunk = proof["assets"][1]["chunks"][0]
    chunk["path"][0][1] = str(int(chunk["path"][0][1]) + 1)
    return proof


def test_an_altered_proof_shows_red_and_why(
    published: Snapshot, page: Page, complaints: list[str], tmp_path: Path
) -> None:
    page.goto(f"/proof-of-reserves/{published.name}/mine")
    expect(page.locator("#verdict")).to_have_attribute("data-state", "right")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download my proof").click()
    honest = tmp_path / "proof.json"
    started.value.save_as(honest)
    proof = json.loads(honest.read_text("utf8"))
    inclusion.check(proof, bytes(published.root or b"").hex())

    lie = tmp_path / "lie.json"
    lie.write_text(json.dumps(altered(proof)))
    page.locator("#file").set_input_files(lie)

    verdict = page.locator("#verdict")
    expect(verdict).to_have_attribute("data-state", "wrong")
    expect(page.locator("#verdict-words")).to_have_text("✕ Not verified: this proof does not hold.")
    expect(page.locator("#verdict-why")).to_contain_text("does not lead to the root")
    red = page.locator("#verdict-words").evaluate("node => getComputedStyle(node).color")
    assert red == "rgb(189, 36, 43)"

    page.locator("#file").set_input_files(honest)
    expect(verdict).to_have_attribute("data-state", "right")
    assert complaints == []


def test_a_lie_of_the_server_shows_red_as_well(published: Snapshot, page: Page) -> None:
    def lie(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=altered(answer.json()))

    page.route("**/mine.json*", lie)
    page.goto(f"/proof-of-reserves/{published.name}/mine")

    expect(page.locator("#verdict")).to_have_attribute("data-state", "wrong")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_pass_axe_and_fit_a_phone(
    published: Snapshot, page: Page, complaints: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for path in ("", f"/{published.name}", f"/{published.name}/mine"):
        address = f"/proof-of-reserves{path}"
        settle(page, address)
        assert page.locator("h1").count() == 1
        assert faults(page) == [], address
        page.set_viewport_size(PHONE)
        settle(page, address)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, address
    assert complaints == []
