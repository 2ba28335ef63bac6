"""The treasury's desk: everything to decide on one page, and the decision on it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.test import Client

from exchange.accounts import roles
from exchange.accounts.models import User
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import phone_shows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    return bitcoin_followed


@pytest.fixture
def held(prices):
    prices["BTC"] = D(100_000)
    return w.ask(w.rich("BTC", "1"), "0.5")


def test_a_treasurer_sees_why_and_who_and_decides_there(as_role, held):
    desk: Client = as_role(roles.TREASURY_OPERATOR)
    person = desk.person

    shown = desk.get("/staff/treasury/withdrawals/").content.decode()
    assert "Worth 50000 USDT; from 10000 two people look." in shown
    assert held.address in shown
    assert held.customer.user.email in shown
    answer = desk.post(
        f"/staff/treasury/withdrawals/?id={held.pk}",
        {"act": "approve", "reason": "known", "code": phone_shows()},
        follow=True,
    )

    assert "waits for one more person" in answer.content.decode()
    assert held.decisions.get().by == person


def test_a_wrong_code_decides_nothing_and_says_so(as_role, held):
    desk = as_role(roles.TREASURY_OPERATOR)

    answer = desk.post(
        f"/staff/treasury/withdrawals/?id={held.pk}",
        {"act": "refuse", "reason": "odd", "code": "12"},
    )

    assert "Nothing was decided" in answer.content.decode()
    assert not held.decisions.exists()
    assert factories.held(held.customer, "BTC") == D("0.5002")


def test_who_may_only_look_is_refused(as_role, held):
    support = as_role(roles.SUPPORT_AGENT)

    assert support.get("/staff/treasury/withdrawals/").status_code == 200
    assert support.post("/staff/treasury/withdrawals/", {"act": "approve"}).status_code == 403


def test_the_lists_and_records_open(as_role, held):
    desk = as_role(roles.TREASURY_OPERATOR)

    for address in (
        "/staff/wallets/withdrawal/",
        f"/staff/wallets/withdrawal/{held.pk}/change/",
        "/staff/wallets/chaintransaction/",
        "/staff/treasury/approvals/",
    ):
        assert desk.get(address).status_code == 200
    assert User.objects.filter(pk=desk.person.pk).exists()
