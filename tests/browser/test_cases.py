"""An officer's case in a real browser: by keyboard alone, the graph included, on desk and phone."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import Page, expect

from compliance.cases import collect, hold, quality, questions
from compliance.cases.models import Case
from compliance.identity.models import Identity
from exchange.accounts import restrictions, roles
from exchange.core import clock
from exchange.core.actors import system
from tests import factories
from tests.browser.test_staff import (  # noqa: F401  fixtures
    DESKTOP,
    PHONE,
    open_page,
    sideways,
    violations,
)
from tests.exchange.portal.conftest import verified
from tests.factories import cases as f

SYSTEM = system("tests")


@pytest.fixture
def officer(server: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(quality, "SHARE_PERCENT", 0)
    Case.objects.filter(state="open").update(owner=factories.user(is_staff=True))
    roles.sync_roles()
    person = factories.user(is_staff=True)
    person.groups.add(Group.objects.get(name=roles.COMPLIANCE_OFFICER))
    client = verified(person)
    client.person = person  # type: ignore[attr-defined]
    return client


@pytest.fixture
def story(officer: Client) -> dict[str, Any]:
    """Ten days of deposits below a threshold, paid on to others who share a phone."""
    holder = factories.customer(country="CA")
    mules = [factories.customer() for _ in range(3)]
    Identity.objects.create(
        customer=holder,
        given_names="Mira",
        family_name="Kessel",
        country="CA",
        nationality="CA",
        occupation="bookkeeper",
        risk="high",
        tier=2,
    )
    now, known = clock.now(), []
    for day in range(10):
        at = now - timedelta(days=day + 1)
        known.append(
            f.fact(
                holder,
                usd=f"{8800 + 90 * day}",
                at=at,
                address="bc1q9d4ywgfnd8h43da5tpcxcn6ajv590cg6d3tg6",
            )
        )
        f.fact(
            holder, kind="transfer", usd=f"{2500 + day}", at=at, counterparty_id=mules[day % 3].pk
        )
        f.fact(
            holder,
            kind="login",
            usd=None,
            at=at,
            device="ab12" * 8,
            ip="203.0.113.5",
            ip_country="CA",
        )
    for mule in mules:
        f.fact(mule, kind="crypto_withdrawal", usd="7400", address="bc1qcommonsink0000000000000")
        f.fact(mule, kind="login", usd=None, device="cd34" * 8, ip="203.0.113.77", ip_country="CY")
    restrictions.restrict(
        customer_id=holder.pk, kind="withdrawal", actor=SYSTEM, reason="sudden outflow"
    )
    case = f.case(holder, severity=4, known=known)
    collect.collect(alert_id=f.alert(holder, severity=5, scenario="fan_out").pk)
    return {"case": case, "holder": holder, "mules": mules}


def url(case: Case) -> str:
    return f"/staff/compliance/case/{case.pk}/change/"


def shot(page: Page, name: str) -> None:
    """A picture for whoever asks for pictures."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_an_officer_takes_notes_and_ends_cases_without_a_mouse(open_page, officer, story):  # noqa: F811
    other = f.case(severity=1)
    page = open_page(officer, "/staff/compliance/cases/")

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name=f"Case {story['case'].pk}")).to_be_visible()
    page.keyboard.press("o")
    page.keyboard.type("Deposits stay just below the threshold.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Noted.")).to_be_visible()
    page.keyboard.press("d")
    page.keyboard.type("Docum")  # the ending, by the first letters of its words
    page.keyboard.press("Tab")
    page.keyboard.type("Payslips and the contract explain every deposit.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name=f"Case {other.pk}")).to_be_visible()
    done = Case.objects.get(pk=story["case"].pk)
    assert (done.disposition, done.decisions.get().reason_code) == ("explained", "documents")
    assert Case.objects.get(pk=other.pk).owner == officer.person


def test_single_keys_can_be_turned_off(open_page, officer):  # noqa: F811
    f.case()
    page = open_page(officer, "/staff/compliance/cases/")
    page.evaluate("localStorage.setItem('holdfast.shortcuts-off', '1')")

    page.keyboard.press("n")
    page.wait_for_timeout(300)

    assert page.url.endswith("/staff/compliance/cases/")


def test_the_graph_is_walked_and_looked_further_into_by_keyboard(open_page, officer, story):  # noqa: F811
    case = hold.claim(case_id=story["case"].pk, actor=f.officer(officer.person))
    page = open_page(officer, url(case))
    nodes = page.locator(".graph g[role=button]")
    expect(nodes).to_have_count(7)  # the holder, three mules, an address, a device, an IP

    root = nodes.first
    root.focus()
    expect(page.locator("[data-says]")).to_contain_text(f"#{story['holder'].pk}")
    page.keyboard.press("ArrowRight")
    expect(nodes.nth(1)).to_be_focused()
    mule = page.locator(".graph g[role=button]", has_text=f"#{story['mules'][0].pk}").first
    mule.focus()
    page.keyboard.press("Enter")
    expect(nodes).to_have_count(10)  # and the mule's sink, device and IP

    slider = page.locator("[data-until]")
    slider.focus()
    page.keyboard.press("Home")  # the beginning of time alone
    shown = page.locator(".graph g[role=button]:not(.is-away)")
    assert shown.count() < 10
    shot(page, "graph")


def test_the_picker_of_questions_fills_the_question(open_page, officer, story):  # noqa: F811
    case = hold.claim(case_id=story["case"].pk, actor=f.officer(officer.person))
    page = open_page(officer, url(case))

    page.keyboard.press("q")
    page.get_by_label("Start from").select_option(index=1)

    expect(page.get_by_label("Question")).to_have_value(
        "To keep your account up to date, please tell us where the money you deposited comes from, "
        "and send a document that shows it (payslip, contract of sale, statement)."
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_pages_are_accessible_and_fit(open_page, officer, story, size, theme):  # noqa: F811
    case = hold.claim(case_id=story["case"].pk, actor=f.officer(officer.person))
    for name, path in (
        ("case", url(case)),
        ("desk", "/staff/compliance/cases/"),
        ("board", "/staff/compliance/board/"),
        ("list", "/staff/compliance/case/"),
        ("reviews", "/staff/compliance/casereview/"),
    ):
        page = open_page(officer, path, size=size, theme=theme)
        if name == "case":
            expect(page.locator(".graph g[role=button]").first).to_be_visible()
        shot(page, f"{name}-{size[0]}-{theme}")
        assert violations(page) == [], path
        assert sideways(page) <= 0, path
        assert "{#" not in page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_customer_s_question_is_answered_on_a_phone(page, logged_in, officer, width, scheme):
    case = hold.claim(case_id=f.case(logged_in).pk, actor=f.officer(officer.person))
    asked = questions.ask(
        case_id=case.pk,
        customer_id=logged_in.pk,
        text="Please tell us where the money you deposited comes from.",
        actor=f.officer(officer.person),
    )
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto("/account/questions")
    shot(page, f"questions-{width}-{scheme}")
    assert violations(page) == []
    page.get_by_role("link", name="Answer").first.click()
    shot(page, f"question-{width}-{scheme}")
    assert violations(page) == []
    assert sideways(page) <= 0

    page.get_by_label("Your answer").fill("From my salary; the payslip is attached.")
    page.get_by_label("Documents, if they help").set_input_files(
        [{"name": "slip.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}]
    )
    page.get_by_role("button", name="Send the answer").click()

    expect(page.get_by_text("Your answer has arrived")).to_be_visible()
    asked.refresh_from_db()
    assert asked.files.get().kind == "application/pdf"
