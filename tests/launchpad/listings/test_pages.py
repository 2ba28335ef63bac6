"""What people see: the calendar, their application, the board; and what they may not see."""

from __future__ import annotations

import pytest
from django.test import Client

from exchange.accounts import roles
from launchpad.listings.models import Insider, Listing
from launchpad.listings.states import Stage
from tests import factories
from tests.exchange.portal.conftest import verified
from tests.launchpad.listings import conftest as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(project):
    client = Client()
    client.force_login(project.user)
    return client


@pytest.fixture
def manager_browser():
    from django.contrib.auth.models import Group

    roles.sync_roles()
    person = factories.user(is_staff=True)
    person.groups.add(Group.objects.get(name=roles.LISTING_MANAGER))
    client = verified(person)
    client.person = person
    return client


def test_anybody_reads_the_calendar_and_nobody_reads_of_a_secret_listing(client, project, usdt):
    made.submitted(project)
    assert client.get("/listings/HRB").status_code == 404
    assert "Harbour" not in client.get("/listings").content.decode()
    assert client.get("/listings/criteria").status_code == 200
    assert client.get("/listings/delistings").status_code == 200
    assert client.get("/launchpad/v1/listings").json()["data"] == {
        "coming": [], "listed": [], "delisting": [],
    }  # fmt: skip


def test_a_scheduled_listing_is_public_with_its_dates_and_findings(client, project, usdt):
    listing = made.scheduled(project, usdt, made.manager())
    page = client.get("/listings/HRB").content.decode()
    assert "code is good." in page
    assert "Few harbours take it yet." in page
    assert "Harbour" in client.get("/listings").content.decode()
    row = client.get("/launchpad/v1/listings").json()["data"]["coming"][0]
    assert (row["code"], row["symbol"], row["stage"]) == ("HRB", "HRB_USDT", "scheduled")
    detail = client.get("/launchpad/v1/listings/detail", {"code": "HRB"}).json()["data"]
    assert detail["findings"] == [{"key": "code", "verdict": "good", "says": "code is good."}]
    assert listing.schedule.version == detail["schedule_version"]


def test_a_project_fills_its_form_in_over_pages_and_sees_what_is_missing(browser, ethereum):
    begun = browser.post("/listings/apply", {"asset_class": "token"})
    assert begun.status_code == 302
    listing = Listing.objects.get()
    base = f"/listings/mine/{listing.pk}"
    assert begun.url == f"{base}/token"
    answer = browser.post(f"{base}/token", {"name": "Harbour", "code": "HRB", "later": "1"})
    assert answer.url == base
    page = browser.get(base).content.decode()
    assert "Legal opinion" in page
    assert "its contract&#x27;s address" in page
    assert browser.post(f"{base}/token", {"code": "!!"}).status_code == 422
    assert browser.post(f"{base}/send", {"confirmed": "on"}).status_code == 422
    browser.post(f"{base}/team", {"name": "Ada", "role": "chief", "country": "CH"})
    assert listing.team.get().name == "Ada"
    for part in ("company", "team", "papers", "send"):
        assert browser.get(f"{base}/{part}").status_code == 200


def test_another_customer_gets_a_404_and_a_visitor_logs_in(project, client, ethereum):
    listing = made.filled(project)
    stranger = Client()
    stranger.force_login(factories.customer().user)
    assert stranger.get(f"/listings/mine/{listing.pk}").status_code == 404
    assert client.get(f"/listings/mine/{listing.pk}").status_code == 302


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(browser, project, ethereum):
    listing = made.filled(project)
    answer = browser.generic(
        "POST",
        f"/listings/mine/{listing.pk}/papers/upload",
        b"x" * 11_000_000,
        content_type="multipart/form-data",
    )
    assert answer.url == f"/listings/mine/{listing.pk}/papers"


def test_a_manager_works_a_listing_on_one_page(manager_browser, project, usdt):
    listing = made.submitted(project)
    url = f"/staff/launchpad/listing/{listing.pk}/change/"
    page = manager_browser.get(url).content.decode()
    assert "You have not said yet" in page
    assert Insider.objects.filter(listing=listing, user=manager_browser.person).count() == 1
    assert manager_browser.post(url, {"act": "take-up"}).status_code == 422
    manager_browser.post(url, {"act": "declare", "conflict": "no"})
    assert manager_browser.post(url, {"act": "take-up"}).status_code == 302
    assert Listing.objects.get(pk=listing.pk).stage == Stage.CHECKS
    assert "HRB" in manager_browser.get("/staff/launchpad/listings/").content.decode()


def test_the_page_of_a_listed_asset_shows_what_is_measured(manager_browser, project, usdt):
    listing = made.scheduled(project, usdt, made.manager())
    for day in range(1, 4):
        listing.measurements.create(
            day=f"2026-11-{day:02}",
            volume_30d=1000 * day,
            trades_a_day=1,
            depth=10,
            failed=["depth"],
        )
    page = manager_browser.get(f"/staff/launchpad/listing/{listing.pk}/change/").content.decode()
    assert "3 of 3 days miss a criterion" in page
    assert "Propose other dates" in page


def test_the_short_road_fills_in_what_follows_from_the_price(manager_browser, ethereum, usdt):
    from launchpad.listings import rapid
    from tests.factories.accounts import staff

    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=made.manager())
    made.was_read(listing)
    made.free(listing, staff("launchpad.view_listing", holder=manager_browser.person))
    url = f"/staff/launchpad/listings/rapid/{listing.pk}/"
    filled = manager_browser.post(url, {"fill": "1", "price": "2.5", "quote": "USDT"})
    assert filled.status_code == 200
    form = filled.context["form"]
    assert (form["price_precision"].value(), form["size_precision"].value()) == ("4", "2")
    assert manager_browser.post(url, {"price": "2.5"}).status_code == 422
    assert manager_browser.get("/staff/launchpad/listings/rapid/").status_code == 200
