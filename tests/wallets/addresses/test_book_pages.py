"""The address book's pages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import wallets as made
from tests.factories.accounts import authenticator, phone_shows
from wallets.addresses import book_rules
from wallets.addresses.models import BookEntry

pytestmark = pytest.mark.django_db
HERS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def anna():
    who = factories.customer()
    authenticator(who.user)
    made.asset_network("ETH", made.network("ERC20"), precision=18, decimals=18)
    return who


@pytest.fixture
def client(anna):
    browser = Client()
    browser.force_login(anna.user)
    return browser


def asked(**changes: str) -> dict[str, str]:
    return {
        "network": "ERC20", "address": HERS, "label": "My cold wallet", "code": phone_shows(),
        **changes,
    }  # fmt: skip


def test_an_address_is_added_and_shown_as_waiting(client):
    answer = client.post("/addresses/new", asked(), follow=True).content.decode()

    assert BookEntry.objects.get().address == HERS
    assert "My cold wallet" in answer
    assert "Waits" in answer


def test_a_mistyped_address_is_explained_beside_its_field_and_the_code_stays_unused(client):
    page = client.post("/addresses/new", asked(address=HERS.replace("aA", "Aa", 1)))

    assert "checksum does not match" in page.content.decode()
    assert client.post("/addresses/new", asked()).status_code == 302


def test_without_a_second_factor_the_page_says_what_to_do_first(anna):
    bert = factories.customer()
    browser = Client()
    browser.force_login(bert.user)

    assert "First set up an authenticator app" in browser.get("/addresses").content.decode()
    assert browser.get("/addresses/new")["Location"] == "/addresses"
    assert browser.post("/addresses/new", asked())["Location"] == "/addresses"
    assert BookEntry.objects.count() == 0


def test_removing_works_at_once_and_only_by_a_post(client):
    client.post("/addresses/new", asked())
    entry = BookEntry.objects.get()

    assert client.get(f"/addresses/{entry.pk}/remove").status_code == 405
    client.post(f"/addresses/{entry.pk}/remove")

    assert "My cold wallet" not in client.get("/addresses").content.decode().split("</header>")[-1]


def test_strictness_is_raised_by_a_button_and_lowered_with_a_code(client, anna):
    client.post("/addresses/whitelist/on")
    client.post("/addresses/hold/48")
    policy = book_rules.policy(customer_id=anna.pk)
    assert (policy.whitelist_only, policy.hold_hours) == (True, 48)

    client.post("/addresses/whitelist/off", {"code": "000000"})
    assert book_rules.policy(customer_id=anna.pk).loosens_at is None
    client.get("/addresses/hold/24")
    client.post("/addresses/hold/24")
    assert book_rules.policy(customer_id=anna.pk).shortens_at is None


def test_with_the_right_code_the_whitelist_begins_to_loosen_and_can_be_kept(client, anna):
    client.post("/addresses/whitelist/on")
    client.post("/addresses/whitelist/off", {"code": phone_shows()})
    assert "Being switched off" in client.get("/addresses").content.decode()

    client.post("/addresses/whitelist/on")

    assert book_rules.policy(customer_id=anna.pk).loosens_at is None
