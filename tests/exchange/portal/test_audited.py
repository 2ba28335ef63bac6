"""Reference data that staff may edit: every save asks why and is written down."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.accounts import roles
from exchange.assets.models import Asset, Network
from exchange.audit.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db

NETWORK = {
    "code": "TESTNET",
    "name": "Test chain",
    "family": "evm",
    "native_asset": "ETH",
    "confirmations": "12",
    "memo_name": "",
}


@pytest.fixture
def listings(as_role):
    return as_role(roles.LISTING_MANAGER)


def market_form(market, **changes):
    return {
        "liquid": "",
        "rank": market.rank,
        "reference_price": market.reference_price,
        "min_size": market.min_size,
        "max_size": market.max_size,
        "min_notional": market.min_notional,
        "maker_rate": market.maker_rate,
        "taker_rate": market.taker_rate,
        "fee_class": market.fee_class,
        "reason": "a new fee schedule",
        **changes,
    }


def test_a_change_is_saved_with_before_after_and_reason(listings):
    market = factories.market("BTC_USDT")
    page = f"/staff/exchange/market/{market.pk}/change/"

    assert "min_notional" in listings.get(page + "?edit=1").content.decode()
    answer = listings.post(page, market_form(market, taker_rate="0.0025"))

    assert answer.status_code == 302
    market.refresh_from_db()
    assert market.taker_rate == Decimal("0.0025")
    event = AuditEvent.objects.get(verb="markets.change_market")
    assert event.before == {"taker_rate": "0.002000"}
    assert event.after == {"taker_rate": "0.0025"}
    assert (event.reason, event.target_id) == ("a new fee schedule", str(market.pk))


def test_without_a_reason_nothing_is_saved(listings):
    market = factories.market("BTC_USDT")

    answer = listings.post(
        f"/staff/exchange/market/{market.pk}/change/",
        market_form(market, taker_rate="0.0025", reason=""),
    )

    assert "Nothing was saved" in answer.content.decode()
    market.refresh_from_db()
    assert market.taker_rate == Decimal("0.002")


def test_what_the_database_forbids_is_said_and_not_a_broken_page(listings):
    market = factories.market("BTC_USDT")

    answer = listings.post(
        f"/staff/exchange/market/{market.pk}/change/", market_form(market, maker_rate="0.04")
    )

    assert answer.status_code == 200
    assert "fee_rates_sane" in answer.content.decode()


def test_saving_without_a_change_writes_nothing_down(listings):
    asset = factories.asset("ABC")
    form = {"name": "ABC", "kind": "coin", "status": "active", "rank": asset.rank, "reason": "x"}

    listings.post(f"/staff/exchange/asset/{asset.pk}/change/", form)

    assert not AuditEvent.objects.filter(verb__startswith="assets.").exists()


def test_what_old_amounts_depend_on_can_not_be_changed(listings):
    asset = factories.asset("ABC", precision=8)
    form = {"name": "New", "kind": "coin", "status": "active", "rank": 5, "reason": "x"}

    listings.post(
        f"/staff/exchange/asset/{asset.pk}/change/", {**form, "precision": 2, "code": "XYZ"}
    )

    assert Asset.objects.values("code", "precision", "name").get(pk=asset.pk) == {
        "code": "ABC",
        "precision": 8,
        "name": "New",
    }


def test_a_new_row_is_written_down_too(listings):
    answer = listings.post("/staff/exchange/network/add/", {**NETWORK, "reason": "new chain"})

    network = Network.objects.get(code="TESTNET")
    assert answer.url == f"/staff/exchange/network/{network.pk}/change/"
    event = AuditEvent.objects.get(verb="assets.add_network")
    assert event.before is None
    assert event.after["name"] == "Test chain"


def test_who_may_only_look_sees_no_form(as_role):
    market = factories.market("BTC_USDT")
    auditor = as_role(roles.AUDITOR)
    page = f"/staff/exchange/market/{market.pk}/change/"

    assert 'name="_save"' not in auditor.get(page + "?edit=1").content.decode()
    assert auditor.post(page, market_form(market, taker_rate="0.0025")).status_code == 403
    market.refresh_from_db()
    assert market.taker_rate == Decimal("0.002")
