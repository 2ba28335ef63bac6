"""Deposit addresses and the address book over the wire format."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from exchange.core.models import Switch
from tests import factories
from tests.factories import wallets as made
from tests.factories.integrators import integrator
from wallets.addresses import book
from wallets.addresses.models import Address

pytestmark = pytest.mark.django_db
PATH = "/account/v1/deposit/address"
HERS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def erc20():
    network = made.evm_keys(made.network("ERC20")).network
    made.asset_network("USDT", network, precision=12, decimals=6, contract="0xusdt")
    made.asset_network("ETH", network, precision=18, decimals=18)
    return network


def test_the_address_is_made_once_and_named_as_clients_expect(erc20, anna):
    program = integrator(anna)

    first, again = program.get(PATH, currency="ETH"), program.get(PATH, currency="eth")

    own = Address.objects.get(customer_id=anna.pk)
    assert first.data == {
        "currency": "ETH",
        "chain": "ERC20",
        "address": own.address,
        "address_memo": "",
    }
    assert again.data["address"] == own.address


def test_a_network_is_named_after_the_dash(erc20, anna):
    answer = integrator(anna).get(PATH, currency="USDT-ERC20")

    assert (answer.data["currency"], answer.data["chain"]) == ("USDT-ERC20", "ERC20")


@pytest.mark.parametrize(
    ("currency", "code"),
    [("", 60000), ("NOPE", 60002), ("USDT-TRC20", 60003), ("LTC", 60003)],
)
def test_what_cannot_be_deposited_is_refused_in_the_codes_of_funding(erc20, anna, currency, code):
    factories.asset("LTC")

    answer = integrator(anna).get(PATH, currency=currency)

    assert (answer.status, answer.code) == (400, code)
    assert Address.objects.count() == 0


def test_while_deposits_are_closed_no_address_is_given_out(erc20, anna):
    Switch.objects.create(name="deposits", closed=True, customer_message="Maintenance.")

    answer = integrator(anna).get(PATH, currency="ETH")

    assert (answer.code, answer.message) == (60003, "Maintenance.")


def test_the_address_book_says_which_addresses_can_be_used_now(erc20, anna):
    entry = book.add(
        customer_id=anna.pk,
        network_code="ERC20",
        address=HERS,
        label="cold",
        actor=factories.SYSTEM,
    )
    program = integrator(anna)
    row = {
        "currency": "ETH",
        "network": "ERC20",
        "address": HERS,
        "memo": "",
        "remark": "cold",
        "addressType": 0,
    }

    held = program.get("/account/v1/withdraw/address/list").data["list"]
    with clock.held_at(entry.usable_at + timedelta(seconds=1)):
        usable = program.get("/account/v1/withdraw/address/list").data["list"]

    assert held == [{**row, "verifyStatus": 0}]
    assert usable == [{**row, "verifyStatus": 1}]
