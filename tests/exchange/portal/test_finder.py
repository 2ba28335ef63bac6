"""The search box: paste what you have, land on the thing."""

from __future__ import annotations

import pytest

from exchange.accounts import roles
from exchange.ledger.models import LedgerEntry

pytestmark = pytest.mark.django_db


def lands_on(client, text: str) -> str:
    answer = client.get("/staff/find/", {"q": text})
    assert answer.status_code == 302, [hit.words for hit in answer.context["hits"]]
    return answer.url


def page(model: str, key: object) -> str:
    return f"/staff/exchange/{model}/{key}/change/"


def test_what_names_one_thing_opens_it(root, world):
    buyer = world["buyer"]
    entry = LedgerEntry.objects.filter(kind="deposit").first()

    assert lands_on(root, buyer.user.email) == page("customer", buyer.pk)
    assert lands_on(root, f" {buyer.user.email.upper()} ") == page("customer", buyer.pk)
    assert lands_on(root, f"customer {buyer.pk}") == page("customer", buyer.pk)
    assert lands_on(root, f"order {world['order_id']}") == page("spotorder", world["order_id"])
    assert lands_on(root, world["key"].key) == page("apikey", world["key"].key_id)
    assert lands_on(root, world["key"].key[:10]) == page("apikey", world["key"].key_id)
    assert lands_on(root, entry.reference) == page("ledgerentry", entry.pk)
    assert lands_on(root, "btc/usdt") == page("market", world["market"].pk)
    assert lands_on(root, "BTC_USDT") == page("market", world["market"].pk)
    assert lands_on(root, "trial balance") == "/staff/treasury/trial-balance/"


def test_what_names_several_things_lists_them(root, world):
    customer, order = world["seller"].pk, world["order_id"]
    answer = root.get("/staff/find/", {"q": f"#{order}"})

    assert answer.status_code in (200, 302)
    assert page("spotorder", order) in (
        answer.url if answer.status_code == 302 else answer.content.decode()
    )
    assert customer != order


def test_part_of_a_name_finds_nobody(root, world):
    answer = root.get("/staff/find/", {"q": world["buyer"].user.email[:8]})

    assert answer.context["hits"] == []
    assert "Nothing is called exactly that" in answer.content.decode()


def test_short_beginnings_of_keys_are_not_searched(root, world):
    assert root.get("/staff/find/", {"q": world["key"].key[:7]}).context["hits"] == []


def test_nobody_finds_what_they_may_not_see(as_role, world):
    listings = as_role(roles.LISTING_MANAGER)

    assert listings.get("/staff/find/", {"q": world["buyer"].user.email}).context["hits"] == []
    assert lands_on(listings, "BTC_USDT") == page("market", world["market"].pk)


def test_an_empty_box_says_what_can_be_found(root):
    shown = root.get("/staff/find/").content.decode()

    assert "customer id" in shown
    assert "entry reference" in shown
