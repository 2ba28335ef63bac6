"""Deposits as unmodified clients read them: address, history, one deposit, the address book."""

from __future__ import annotations

from collections.abc import Callable

import ccxt
import pytest
from bitmart.api_account import APIAccount

from tests.conformance.venue import Venue
from tests.factories.blocks import txid

pytestmark = pytest.mark.server

Connect = Callable[..., ccxt.bitmart]
BOOK = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_ccxt_gets_an_address_for_each_network(client: Connect) -> None:
    exchange = client("depositor", "read")

    ether = exchange.fetch_deposit_address("ETH")
    dollars = exchange.fetch_deposit_address("USDT", {"network": "ERC20"})

    assert ether["address"] == dollars["address"]  # one address a network
    assert ether["address"].startswith("0x")
    assert ether["tag"] in (None, "")
    assert dollars["currency"] == "USDT"


def test_ccxt_reads_deposits_and_one_of_them(client: Connect) -> None:
    exchange = client("depositor", "read")

    dollars, ether = sorted(exchange.fetch_deposits(), key=lambda row: row["currency"] == "ETH")

    assert (ether["amount"], ether["status"], ether["type"]) == (1.5, "ok", "deposit")
    assert ether["txid"] == txid("conformance ether")
    assert ether["address"] == exchange.fetch_deposit_address("ETH")["address"]
    assert (dollars["currency"], dollars["amount"], dollars["status"]) == ("USDT", 250, "pending")
    assert exchange.fetch_deposit(ether["id"])["txid"] == ether["txid"]
    assert [row["currency"] for row in exchange.fetch_deposits("ETH")] == ["ETH"]
    assert exchange.fetch_withdrawals() == []
    assert exchange.fetch_balance()["ETH"]["free"] == 101.5


def test_ccxt_refuses_what_cannot_be_deposited(client: Connect) -> None:
    with pytest.raises(ccxt.BaseError):
        client("depositor", "read").fetch_deposit_address("SOL")


def test_the_official_client_reads_the_same(venue: Venue) -> None:
    key = venue.key("depositor", "read")
    account = APIAccount(key.key, key.secret, key.memo, url=venue.url)

    address = account.get_deposit_address("ETH")[0]["data"]
    records = account.get_deposit_withdraw_history_v2("deposit", 10)[0]["data"]["records"]
    one = account.get_deposit_withdraw_detail(records[1]["deposit_id"])[0]["data"]["record"]
    book = account.get_withdraw_address()[0]["data"]["list"]

    assert (address["currency"], address["chain"]) == ("ETH", "ERC20")
    assert [(r["currency"], r["arrival_amount"], r["status"]) for r in records] == [
        ("USDT-ERC20", "250", 2),
        ("ETH-ERC20", "1.5", 3),
    ]
    assert one == records[1]
    assert [(row["address"], row["remark"], row["network"]) for row in book] == [
        (BOOK, "hardware wallet", "ERC20")
    ]


def test_ccxt_reads_the_address_book(client: Connect) -> None:
    rows = client("depositor", "read").fetch_withdraw_addresses("ETH")

    assert [row["address"] for row in rows] == [BOOK]
