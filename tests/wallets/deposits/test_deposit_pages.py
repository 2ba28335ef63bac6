"""The deposit pages as a customer reads them, without a script."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from exchange.core.models import Switch
from tests import factories
from tests.factories import wallets as made
from tests.factories.blocks import Chain, pays
from wallets.addresses.models import Address

pytestmark = pytest.mark.django_db


@pytest.fixture
def eth():
    erc20 = made.evm_keys(made.network("ERC20", confirmations=12)).network
    made.asset_network("USDT", erc20, precision=12, decimals=6, contract="0xusdt", deposit_min="1")
    return made.asset_network("ETH", erc20, precision=18, decimals=18, deposit_min="0.001")


@pytest.fixture
def client(anna):
    browser = Client()
    browser.force_login(anna.user)
    return browser


def test_only_coins_that_can_really_be_deposited_are_offered(client, eth):
    made.asset_network("BTC", made.network("BTC"))  # its network makes no addresses
    off = made.asset_network("SHIB", eth.network, contract="0xshib")
    off.deposit_enabled = False
    off.save()

    page = client.get("/deposit").content.decode()

    assert re.findall(r'<bdi class="strong">(\w+)</bdi>', page) == ["ETH", "USDT"]


def test_one_network_goes_straight_to_the_address_and_several_are_asked_about(client, eth):
    answer = client.get("/deposit/USDT")
    assert (answer.status_code, answer["Location"]) == (302, "/deposit/USDT/ERC20")

    bsc = made.evm_keys(made.network("BSC_BNB", family="evm", native_asset="BNB")).network
    made.asset_network("USDT", bsc, precision=12, decimals=18, contract="0xbsc")

    page = client.get("/deposit/USDT").content.decode()
    assert "/deposit/USDT/ERC20" in page
    assert "/deposit/USDT/BSC_BNB" in page


def test_the_address_is_made_when_it_is_asked_for_and_not_by_looking(client, eth, anna):
    assert "Show my address" in client.get("/deposit/ETH/ERC20").content.decode()
    assert Address.objects.count() == 0

    client.post("/deposit/ETH/ERC20")
    page = client.get("/deposit/ETH/ERC20").content.decode()

    own = Address.objects.get(customer_id=anna.pk)
    assert own.address in page
    assert "data:image/svg+xml" in page
    assert "0.001 ETH" in page
    assert "12 confirmations" in page


def test_a_paused_network_says_so_before_anybody_sends(client, eth):
    Switch.objects.create(
        name="deposits:network:ERC20", closed=True, customer_message="Until noon."
    )

    page = client.get("/deposit/ETH/ERC20").content.decode()

    assert "Deposits are paused" in page
    assert "Until noon." in page


def test_where_a_memo_is_needed_the_page_says_what_happens_without_it(client, anna):
    xrp = made.evm_keys(
        made.network("XRP", memo_required=True, memo_name="Destination tag")
    ).network
    made.asset_network("XRP", xrp, decimals=6)
    client.post("/deposit/XRP/XRP")

    page = client.get("/deposit/XRP/XRP").content.decode()

    assert Address.objects.get(customer_id=anna.pk).memo in page
    assert "Destination tag: needed, or your deposit can't be found" in page


def test_what_cannot_be_deposited_has_no_page(client, eth):
    for address in ("/deposit/DOGE", "/deposit/ETH/BTC", "/deposit/ETH/NOWHERE"):
        assert client.get(address).status_code == 404
        assert client.post(f"{address}/new").status_code == 404


def test_deposits_of_the_customer_are_shown_with_their_progress_and_nobody_elses(
    client, chain, hers, btc
):
    stranger = made.address(
        made.key_set(btc.network), key="bcrt1qbert", customer_id=factories.customer().pk
    )
    chain.mine(pays(hers, "0.5", btc), pays(stranger, "9", btc))

    page = client.get("/deposit").content.decode()

    assert "0.5 BTC" in page
    assert '<progress max="2" value="1"' in page
    assert "9 BTC" not in page
    assert [row["amount"] for row in client.get("/deposit/mine").json()["deposits"]] == ["0.5"]


def test_a_new_address_leaves_the_old_one_credited(client, eth, anna):
    client.post("/deposit/ETH/ERC20")
    old = Address.objects.get(customer_id=anna.pk)
    client.post("/deposit/ETH/ERC20/new")
    chain = Chain(eth.network)
    chain.mine(pays(old, "1", eth))
    chain.mine_many(11)
    chain.credit()

    assert factories.available(anna, "ETH") == 1
    assert old.address not in client.get("/deposit/ETH/ERC20").content.decode()


def test_a_stranger_is_asked_to_log_in(eth):
    assert Client().get("/deposit")["Location"].startswith("/login")
    assert Client().get("/deposit/mine")["Location"].startswith("/login")
