"""The demo's faucet page, against real chains; and that nobody else has one."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.test import Client

from tests import factories
from tests.factories import wallets as made
from wallets.addresses.models import Address
from wallets.deposits import check, credit
from wallets.deposits.models import Deposit

pytestmark = pytest.mark.django_db
State = Deposit.State


@pytest.fixture
def anna():
    return factories.customer()


@pytest.fixture
def client(anna, settings):
    settings.DEMO_FAUCET = True
    browser = Client()
    browser.force_login(anna.user)
    return browser


def test_outside_the_demo_there_is_no_faucet(client, settings):
    settings.DEMO_FAUCET = False

    assert client.get("/faucet").status_code == 404
    for act in ("give", "mine", "fork"):
        assert client.post(f"/faucet/{act}", {"network": "ERC20"}).status_code == 404


def test_coins_arrive_are_credited_and_a_fork_takes_them_back(client, anna, evm_node):
    network = made.evm_keys(evm_node.row).network
    network.confirmations = 2
    network.save()
    assert "ETH" in client.get("/faucet").content.decode()
    evm_node.mine(3)
    evm_node.follow()

    answer = client.post("/faucet/give", {"what": "ETH-ERC20", "amount": "1.5"})
    assert answer["Location"] == "/deposit"
    client.post("/faucet/mine", {"network": "ERC20", "blocks": "2"})
    evm_node.follow()
    check.check_confirmed(network_id=network.pk)
    credit.credit_checked(network_id=network.pk)
    assert Address.objects.get().customer_id == anna.pk
    assert factories.available(anna, "ETH") == D("1.5")

    client.post("/faucet/fork", {"network": "ERC20", "depth": "3"})
    evm_node.follow()

    assert Deposit.objects.get().state == State.ORPHANED
    assert factories.available(anna, "ETH") == 0


@pytest.mark.parametrize(
    "form",
    [
        {"what": "ETH-ERC20", "amount": "0"},
        {"what": "ETH-ERC20", "amount": "51"},
        {"what": "ETH-ERC20", "amount": "NaN"},
        {"what": "BTC-ERC20", "amount": "1"},
        {"what": "", "amount": "1"},
    ],
)
def test_nonsense_is_explained_and_gives_nothing(client, evm_node, form):
    made.evm_keys(evm_node.row)

    answer = client.post("/faucet/give", form, follow=True)

    assert answer.redirect_chain == [("/faucet", 302)]
    assert Address.objects.count() == 0
