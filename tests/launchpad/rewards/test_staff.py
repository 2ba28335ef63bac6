"""Staff screens: draft, upload, review, propose, decide what is held, change the table."""

from __future__ import annotations

from decimal import Decimal as D
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.accounts import roles
from exchange.audit.models import Proposal
from launchpad.rewards import persons
from launchpad.rewards.grant import grant
from launchpad.rewards.models import Campaign, PersonLink, RecipientFile, Reward, RewardCheck
from tests import factories
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories.accounts import acting
from tests.launchpad.rewards.conftest import campaign, person, same_browser

pytestmark = pytest.mark.django_db
STAFF = "/staff/launchpad"


@pytest.fixture
def listings(as_role):  # noqa: F811
    return as_role(roles.LISTING_MANAGER)


@pytest.fixture
def officer(as_role):  # noqa: F811
    return as_role(roles.COMPLIANCE_OFFICER)


def act(client, model: str, name: str, pk: int):
    url = f"{STAFF}/{model}/act/{name}/?ids={pk}"
    assert client.get(url).status_code == 200
    return client.post(url, {"reason": "seen"})


def waits(may: bool) -> int:
    """What the menu says beside held rewards to a reader who may decide, or not."""
    reader = SimpleNamespace(user=SimpleNamespace(has_perm=lambda _permission: may))
    rows = admin.site._registry[RewardCheck].waiting(reader)
    return 0 if rows is None else rows.count()


def test_a_campaign_is_drafted_in_the_editor_and_its_faults_are_named(listings):
    factories.asset("USDT")
    words = {
        "kind": "deposit_bonus", "title": "Keep it", "summary": "", "asset": "USDT",
        "budget": "1000", "first_day": "2026-12-01", "last_day": "2026-12-31", "least": "100",
        "percent": "5", "cap": "20", "days": "10",
    }  # fmt: skip

    wrong = listings.post("/staff/launchpad/campaigns/edit/", {**words, "percent": "500"})
    assert wrong.status_code == 422
    assert "At most 100 %" in wrong.content.decode()
    assert listings.post("/staff/launchpad/campaigns/edit/", words).status_code == 302

    made = Campaign.objects.get()
    assert (made.budget, made.state) == (D(1000), "draft")
    assert made.ends_at.isoformat() == "2027-01-01T00:00:00+00:00"
    again = listings.get(f"/staff/launchpad/campaigns/edit/?id={made.pk}")
    assert "Keep it" in again.content.decode()
    listings.post(f"/staff/launchpad/campaigns/edit/?id={made.pk}", {**words, "budget": "2000"})
    made.refresh_from_db()
    assert made.budget == D(2000)


def test_an_airdrop_goes_from_upload_to_proposal_by_hand(listings):
    who = person()
    made = campaign("airdrop", rule="upload")
    page = f"{STAFF}/campaigns/{made.pk}/upload/"
    bad = SimpleUploadedFile("list.csv", b"nobody@example.com,1\n")
    good = SimpleUploadedFile("list.csv", f"{who.pk},5\n".encode())

    refused = listings.post(page, {"file": bad})
    assert refused.status_code == 422
    assert "line 1: there is no such main account" in refused.content.decode()
    assert listings.post(page, {"file": good}).status_code == 302
    file = RecipientFile.objects.get()
    shown = listings.get(f"{STAFF}/recipientfile/{file.pk}/change/").content.decode()
    assert file.digest in shown
    act(listings, "recipientfile", "propose-list", file.pk)

    assert Proposal.objects.get().payload["digest"] == file.digest
    assert listings.get(f"{STAFF}/campaign/{made.pk}/change/").status_code == 200


def test_compliance_decides_what_is_held_and_listings_can_not_see_why(listings, officer):
    made = campaign("lessons")
    one, other = person(), person()
    same_browser(one, other)
    for who in (one, other):
        grant(campaign_id=made.pk, customer_id=who.pk, amount=D(2), of="x", actor=acting(who))
    check = RewardCheck.objects.get()
    page = f"{STAFF}/rewardcheck/{check.pk}/change/"
    assert listings.get(page).status_code == 403
    assert "both logged in with one browser" in officer.get(page).content.decode()
    assert (waits(True), waits(False)) == (1, 0)

    act(officer, "rewardcheck", "release-reward", check.pk)

    assert Reward.objects.get(customer=other).state == "due"
    assert waits(True) == 0


def test_a_link_between_two_people_is_dismissed_with_a_reason(officer):
    same_browser(person(), person())
    persons.find_all()
    link = PersonLink.objects.get(kind="device")

    act(officer, "personlink", "dismiss-link", link.pk)

    link.refresh_from_db()
    assert link.dismissed_because == "seen"


def test_the_table_is_proposed_from_its_page_and_nonsense_is_named(listings):
    page = "/staff/launchpad/vip/"
    initial = listings.get(page).context["form"].initial
    words = {**initial, "reason": "spring"}

    wrong = listings.post(page, {**words, "rows": words["rows"].replace("1,50000", "1,-5")})
    assert wrong.status_code == 422
    assert "Line 1" in wrong.content.decode()
    assert listings.post(page, {**words, "grace_days": 7}).status_code == 302

    assert Proposal.objects.get().payload["grace_days"] == 7
