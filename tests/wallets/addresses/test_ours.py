"""Which addresses of a block are ours."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.wallets import address, key_set, network
from wallets.addresses import queries

pytestmark = pytest.mark.django_db


def test_of_all_that_a_block_pays_only_our_addresses_are_told_and_whose_they_are():
    btc = network("BTC")
    deposit = key_set(btc, "deposit")
    hot = key_set(btc, "hot")
    hers = address(deposit, key="bcrt1qhers", customer_id=7)
    change = address(hot, key="bcrt1qchange", change=True)

    found = queries.ours(btc.pk, ["bcrt1qhers", "bcrt1qchange", "bcrt1qstranger"])

    assert set(found) == {"bcrt1qhers", "bcrt1qchange"}
    assert (found["bcrt1qhers"].address_id, found["bcrt1qhers"].customer_id) == (hers.pk, 7)
    assert (found["bcrt1qchange"].role, found["bcrt1qchange"].customer_id) == ("hot", None)
    assert found["bcrt1qchange"].address_id == change.pk


def test_an_address_of_another_network_is_not_ours_here():
    address(key_set(network("BTC"), "deposit"), key="same", customer_id=7)

    assert queries.ours(network("LTC").pk, ["same"]) == {}


def test_ten_thousand_outputs_are_one_query():
    btc = network("BTC")
    address(key_set(btc, "deposit"), key="bcrt1qhers", customer_id=7)

    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = queries.ours(btc.pk, [f"bcrt1q{n}" for n in range(10_000)] + ["bcrt1qhers"])

    assert list(found) == ["bcrt1qhers"]
    assert len(seen) == 1


def test_on_a_shared_address_the_memo_says_whose_deposit_it_is():
    xrp = network("XRP", memo_required=True, memo_name="Destination tag")
    deposit = key_set(xrp, "deposit")
    address(deposit, key="rShared")
    hers = address(deposit, key="rShared", memo="100001", customer_id=7)

    assert queries.ours(xrp.pk, ["rShared"])["rShared"].customer_id is None
    assert queries.owner_of_memo(xrp.pk, "rShared", "100001") == hers
    assert queries.owner_of_memo(xrp.pk, "rShared", "999") is None
    assert queries.owner_of_memo(xrp.pk, "rShared", "") is None
