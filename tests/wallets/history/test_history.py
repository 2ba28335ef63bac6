"""Deposits and withdrawals as one list: page, file and wire."""

from __future__ import annotations

import csv
import io
from html import unescape

import pytest
from django.test import Client

from exchange.core import clock
from tests import factories
from tests.factories import wallets as made
from tests.factories.blocks import Chain, pays, txid
from tests.factories.integrators import integrator
from wallets.deposits.models import Deposit
from wallets.history import web
from wallets.history.queries import FIRST_DEPOSIT_NUMBER

pytestmark = pytest.mark.django_db
HISTORY, DETAIL = "/account/v2/deposit-withdraw/history", "/account/v1/deposit-withdraw/detail"


@pytest.fixture
def anna():
    return factories.customer()


@pytest.fixture
def btc():
    return made.asset_network("BTC", made.network("BTC", confirmations=2), precision=12)


@pytest.fixture
def chain(btc):
    return Chain(btc.network)


@pytest.fixture
def hers(anna, btc):
    return made.address(made.key_set(btc.network), key="bcrt1qanna", customer_id=anna.pk)


@pytest.fixture
def deposit(chain, hers, btc):
    """0.5 BTC, one confirmation of two."""
    chain.mine(pays(hers, "0.5", btc, name="hers"))
    return Deposit.objects.get()


def test_a_deposit_is_listed_as_clients_read_it(anna, chain, deposit):
    program = integrator(anna)
    number = str(FIRST_DEPOSIT_NUMBER + deposit.pk)
    row = {
        "withdraw_id": "",
        "deposit_id": number,
        "operation_type": "deposit",
        "currency": "BTC-BTC",
        "apply_time": clock.to_ms(deposit.seen_at),
        "arrival_amount": "0.5",
        "fee": "0",
        "status": 2,
        "address": "bcrt1qanna",
        "address_memo": "",
        "tx_id": txid("hers"),
    }

    assert program.get(HISTORY, operation_type="deposit").data["records"] == [row]
    chain.mine()
    chain.credit()
    assert program.get(DETAIL, id=number).data["record"] == {**row, "status": 3}
    assert program.get(HISTORY, operation_type="withdraw").data["records"] == []


def test_filters_leave_out_what_does_not_match(anna, deposit):
    program = integrator(anna)
    later = str(clock.to_ms(deposit.seen_at) + 1000)

    def listed(**query: str) -> int:
        return len(program.get(HISTORY, operation_type="deposit", **query).data["records"])

    assert listed(currency="BTC") == 1
    assert listed(currency="BTC-BTC") == 1
    assert listed(currency="ETH") == 0
    assert listed(startTime=later) == 0
    assert listed(endTime=later) == 1
    assert listed(N="5000") == 1


def test_nobody_reads_somebody_elses_deposit(deposit):
    number = str(FIRST_DEPOSIT_NUMBER + deposit.pk)

    answer = integrator().get(DETAIL, id=number)

    assert (answer.status, answer.code) == (400, 60010)
    assert integrator().get(HISTORY, operation_type="deposit").data["records"] == []


@pytest.mark.parametrize("query", [{}, {"operation_type": "both"}])
def test_the_kind_must_be_named(anna, query):
    assert integrator(anna).get(HISTORY, **query).status == 400


def test_the_page_shows_them_and_continues_where_it_ended(anna, chain, hers, btc, monkeypatch):
    monkeypatch.setattr(web, "PAGE", 2)
    for amount in ("1", "2", "3"):
        chain.mine(pays(hers, amount, btc))
    browser = Client()
    browser.force_login(anna.user)

    first = browser.get("/funds/history").content.decode()
    older = unescape(first.split('class="older"')[1].split('href="')[1].split('"')[0])
    second = browser.get(f"/funds/history{older}").content.decode()

    assert "3 BTC" in first
    assert "2 BTC" in first
    assert "1 BTC" not in first
    assert "1 BTC" in second
    assert browser.get("/funds/history?view=out").content.decode().count("BTC</bdi>") == 0
    for odd in ("before=x", "before=99999999999999999999", "view=%00"):
        assert browser.get(f"/funds/history?{odd}").status_code == 200


def test_the_file_has_all_of_them(anna, chain, hers, btc, monkeypatch):
    monkeypatch.setattr(web.queries, "MOST_ROWS", 2)
    for amount in ("1", "2", "3"):
        chain.mine(pays(hers, amount, btc))
    browser = Client()
    browser.force_login(anna.user)

    body = b"".join(browser.get("/funds/history.csv")).decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["amount"] for row in rows] == ["3", "2", "1"]
    assert {row["kind"] for row in rows} == {"deposit"}
