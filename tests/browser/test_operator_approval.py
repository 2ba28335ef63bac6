"""An operator approves in a real browser what a real signer decoded; the key stays in the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from tests.factories.signer import USDT, RunningSigner, draft
from tests.wallets.signer.asking import ETHER, SOMEBODY, ask_evm, evm, refusal, token
from wallets.signer import people

POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'"
# One signer after another test: what it signs next has the nonce after what it signed before.
pytestmark = pytest.mark.xdist_group("operator approval")
LARGE = evm(value=str(15 * ETHER))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSigner]:
    running = RunningSigner(tmp_path_factory.mktemp("s") / "g", draft())
    people.make(running.home / "sealed.json", "sealed", "correct horse battery", iterations=1000)
    sealed = people.open_file(running.home / "sealed.json", "correct horse battery")[1]
    running.draft["operators"]["sealed"] = sealed.public_key().public_bytes_raw().hex()
    running.sign_policy()
    yield running.start()
    running.stop()


@pytest.fixture
def show(browser: Browser, server: str) -> Iterator[Any]:
    """A page that includes the part, under the site's strict policy; and what it sends."""
    context = browser.new_context(base_url=server)
    sent: list[dict[str, str]] = []
    complaints: list[str] = []

    def open_with(contents: str) -> tuple[Page, list[dict[str, str]]]:
        part = render_to_string(
            "wallets/parts/operator_approval.html",
            {
                "approval_contents": contents,
                "approvals_needed": 1,
                "approvals_given": [],
                "approval_url": "/approval-test/",
            },
        )
        sheets = "".join(
            f'<link rel="stylesheet" href="/static/admin-theme/css/{name}.css">'
            for name in ("ground", "parts", "blocks", "forms")
        )
        body = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Approval</title>'
            f"{sheets}</head><body><main><h1>Withdrawal</h1>{part}</main></body></html>"
        )

        def answer(route: Route) -> None:
            if route.request.method == "POST":
                fields = parse_qs(route.request.post_data or "", keep_blank_values=True)
                sent.append({name: values[0] for name, values in fields.items()})
                route.fulfill(body="<title>Thank you</title>", content_type="text/html")
            else:
                headers = {"Content-Security-Policy": POLICY}
                route.fulfill(body=body, content_type="text/html", headers=headers)

        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else 0)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route("**/approval-test/", answer)
        page.goto("/approval-test/")
        return page, sent

    yield open_with
    context.close()
    assert complaints == []


def contents_of(signer: RunningSigner, id: str, fields: dict[str, Any]) -> str:
    return str(ask_evm(signer, id, op="contents", evm=fields)["contents"])


def test_what_is_signed_in_the_page_is_what_the_signer_accepts(signer, show):
    text = contents_of(signer, "page:1", LARGE)
    page, sent = show(text)
    facts = page.locator("[data-approval-facts]")
    expect(facts).to_contain_text("15 ETH to 0x00000000000000000000000000000000DeaDBeef")
    expect(facts).to_contain_text("0.1 ETH")
    expect(facts).to_contain_text("page:1")

    page.get_by_label("Your key file").set_input_files(signer.home / "first.json")
    page.get_by_role("button", name="Sign exactly this").click()
    expect(page).to_have_title("Thank you")

    (form,) = sent
    assert set(form) == {"contents", "operator", "signature"}  # no key, no passphrase
    assert form["contents"] == text
    approval = {"operator": form["operator"], "signature": form["signature"]}
    assert approval == signer.approve(text, "first")[0]
    assert refusal(ask_evm(signer, "page:1", evm=LARGE)) == "approvals"
    assert ask_evm(signer, "page:1", evm=LARGE, approvals=[approval])["ok"]


def test_a_sealed_key_opens_with_its_passphrase_only(signer, show):
    fields = {**token(USDT, SOMEBODY, 2_500_500_000), "nonce": 1}
    page, sent = show(contents_of(signer, "page:2", fields))
    expect(page.locator("[data-approval-facts]")).to_contain_text("2,500.5 USDT to 0x0000")
    expect(page.locator("[data-approval-facts]")).to_contain_text(USDT)

    page.get_by_label("Your key file").set_input_files(signer.home / "sealed.json")
    page.get_by_label("Its passphrase").fill("wrong horse battery")
    page.get_by_role("button", name="Sign exactly this").click()
    expect(page.get_by_role("alert")).to_contain_text("passphrase does not open")
    assert sent == []

    page.get_by_label("Its passphrase").fill("correct horse battery")
    page.get_by_role("button", name="Sign exactly this").click()
    expect(page).to_have_title("Thank you")
    approval = {name: sent[0][name] for name in ("operator", "signature")}
    assert ask_evm(signer, "page:2", evm=fields, approvals=[approval])["ok"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"key":', ' "key":'),
        lambda text: text.replace('"id":"page:3"', '"id":"page:3","id":"page:3"'),
        lambda text: text.replace("holdfast.sign.v1", "holdfast.policy.v1"),
        lambda text: text[:-1],
        lambda text: "",
    ],
)
def test_contents_with_more_than_one_reading_are_not_signed(signer, show, change):
    page, sent = show(change(contents_of(signer, "page:3", {**LARGE, "nonce": 2})))

    expect(page.get_by_role("alert")).to_contain_text("Nothing was signed")
    expect(page.get_by_role("button", name="Sign exactly this")).to_be_disabled()
    assert sent == []


def test_another_file_is_refused_in_words(signer, show):
    page, sent = show(contents_of(signer, "page:4", {**LARGE, "nonce": 2}))

    page.get_by_label("Your key file").set_input_files(signer.folder / "policy.json")
    page.get_by_role("button", name="Sign exactly this").click()

    expect(page.get_by_role("alert")).to_contain_text("no operator’s key file")
    assert sent == []


def test_a_thaw_is_approved_in_the_same_way(signer, show):
    signer.freeze()
    text = signer.ask(**{"op": "contents", "for": "thaw"})["contents"]
    approvals = []
    for name in ("first", "third"):
        page, sent = show(text)
        expect(page.locator("[data-approval-facts]")).to_contain_text("a test")
        page.get_by_label("Your key file").set_input_files(signer.home / f"{name}.json")
        page.get_by_role("button", name="Sign exactly this").click()
        expect(page).to_have_title("Thank you")
        approvals.append({key: sent[-1][key] for key in ("operator", "signature")})

    assert signer.ask(op="thaw", approvals=approvals)["frozen"] is False


def test_what_was_signed_on_another_machine_is_pasted(signer, show):
    text = contents_of(signer, "page:5", {**LARGE, "nonce": 2})
    page, sent = show(text)
    page.get_by_text("Sign on another machine").click()
    page.get_by_label("What it printed").fill(json.dumps(signer.approve(text, "second")[0]))
    page.get_by_role("button", name="Hand it in").click()
    expect(page).to_have_title("Thank you")

    assert sent[0]["operator"] == "second"
    assert sent[0]["contents"] == text


def test_the_part_is_accessible(signer, show):
    page, _ = show(contents_of(signer, "page:6", {**LARGE, "nonce": 2}))
    page.get_by_text("Sign on another machine").click()

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]})

    assert [v["id"] for v in found.response["violations"]] == []
