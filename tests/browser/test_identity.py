"""A beginner verifies themselves on a phone, and a reviewer approves them by one key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page, expect

from compliance.identity import checks
from compliance.identity.models import Application
from exchange.accounts import roles
from exchange.accounts.models import Customer
from exchange.core import clock
from tests import factories
from tests.browser.test_every_page import PHONE
from tests.browser.test_withdraw import look_at
from tests.exchange.portal.conftest import verified
from tests.factories import identity as make

OURS = ("complete", "providers", "risk")


def send(page: Page, place: int, path: Path) -> None:
    form = page.locator("form[enctype]").nth(place)
    form.locator("input[type=file]").set_input_files(str(path))
    form.get_by_role("button", name="Send this picture").click()
    expect(page.get_by_text("The picture is there.")).to_be_visible()


def test_a_beginner_finishes_on_a_phone_and_a_reviewer_approves_by_one_key(
    page: Page,
    browser: Browser,
    server: str,
    logged_in: Customer,
    complaints,
    tmp_path,
    monkeypatch,
):
    monkeypatch.setattr(checks, "_checks", {n: c for n, c in checks._checks.items() if n in OURS})
    photo = tmp_path / "IMG_0001.JPG"
    photo.write_bytes(make.photo(size=(1200, 800), seed=7))
    page.set_viewport_size(PHONE)
    page.goto("/identity")
    look_at(page, "identity")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Begin").click()
    look_at(page, "identity-start")
    page.get_by_role("button", name="Begin").click()

    page.get_by_label("Given names").fill("Anna Maria")
    page.get_by_label("Family name").fill("Eriksson")
    page.get_by_label("Birth date").fill("1974-08-12")
    page.get_by_label("Citizenship").select_option("SE")
    page.get_by_label("Country you live in").select_option("DE")
    page.get_by_label("Street and number").fill("Lindenweg 7")
    page.get_by_label("Town").fill("Kiel")
    page.get_by_label("What you do for a living").fill("teacher")
    look_at(page, "identity-about")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("A public office").select_option("none")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("What is the account for?").select_option("invest")
    page.get_by_label("Where does the money come from?").select_option("salary")
    page.get_by_label("How much do you expect").fill("20000")
    page.get_by_role("button", name="Save and go on").click()

    page.get_by_label("Which document do you show?").select_option("passport")
    page.get_by_label("Which country issued it?").select_option("SE")
    page.get_by_label("Its number").fill("L898902C3")
    page.get_by_label("Valid until").fill(str(clock.now().date() + timedelta(days=900)))
    page.get_by_role("button", name="Save", exact=True).click()
    send(page, 0, photo)
    look_at(page, "identity-documents")
    send(page, 1, photo)
    page.goto("/identity")
    look_at(page, "identity-whole")
    page.get_by_role("link", name="Check and send").first.click()
    page.get_by_label("All of this is true").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Being looked at")).to_be_visible()

    row = Application.objects.get(customer=logged_in)
    roles.sync_roles()
    staff = factories.user(is_staff=True)
    staff.groups.set(Group.objects.filter(name=roles.COMPLIANCE_OFFICER))
    desk = browser.new_context(base_url=server, viewport={"width": 1280, "height": 900})
    desk.add_cookies(
        [{"name": "sessionid", "value": verified(staff).cookies["sessionid"].value, "url": server}]
    )
    review = desk.new_page()
    review.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
    review.goto(f"/staff/compliance/review/?id={row.pk}")
    expect(review.get_by_role("heading", name="Anna Maria Eriksson")).to_be_visible()
    look_at(review, "identity-desk")
    review.keyboard.press("a")
    expect(review.get_by_text("Anna Maria Eriksson: approved.")).to_be_visible()
    desk.close()

    page.goto("/identity")
    expect(page.get_by_text("Level: basic")).to_be_visible()
    look_at(page, "identity-approved")
    assert complaints == []
