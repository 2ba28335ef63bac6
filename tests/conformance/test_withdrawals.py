"""Withdrawing with unmodified clients: what it costs, asking, and every word of refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ccxt
import pytest
from bitmart.api_account import APIAccount
from bitmart.lib.cloud_exceptions import APIException

from tests.conformance.people import BOOKED
from tests.conformance.venue import Venue

pytestmark = pytest.mark.server
Connect = Callable[..., ccxt.bitmart]
STRANGER = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"


def held(venue: Venue, person: str) -> Decimal:
    (row,) = venue.rows(
        "SELECT a.held FROM exchange_ledgeraccount a JOIN exchange_asset s ON s.id = a.asset_id"
        " WHERE s.code = 'BTC' AND a.owner_id = %s AND a.owner_kind = 'customer'",
        [venue.people[person]["customer_id"]],
    )
    return Decimal(row[0])


def official(venue: Venue, person: str, label: str = "withdraw") -> APIAccount:
    key = venue.key(person, label)
    return APIAccount(key.key, key.secret, key.memo, url=venue.url)


def data(answer: Any) -> Any:
    body = answer[0]
    assert body["code"] == 1000
    return body["data"]


def test_ccxt_withdraws_to_an_address_of_the_book(client: Connect, venue: Venue) -> None:
    exchange = client("leaver", "withdraw")

    fee = exchange.fetch_deposit_withdraw_fee("BTC")
    made = exchange.withdraw("BTC", 0.25, BOOKED)

    assert fee["withdraw"]["fee"] == 0.0002
    (row,) = venue.rows(
        "SELECT amount, fee, address, via FROM wallets_withdrawal WHERE id = %s", [made["id"]]
    )
    assert row == (Decimal("0.25"), Decimal("0.0002"), BOOKED, "api")
    assert held(venue, "leaver") == Decimal("0.2502")
    (listed,) = exchange.fetch_withdrawals("BTC")
    assert (listed["id"], listed["amount"], listed["address"]) == (made["id"], 0.25, BOOKED)


def test_ccxt_understands_the_refusals(client: Connect, venue: Venue) -> None:
    exchange = client("leaver", "withdraw")
    before = held(venue, "leaver")

    for amount, address, refusal in (
        (0.25, STRANGER, ccxt.ExchangeError),  # 60007: not in the book
        (0.0001, BOOKED, ccxt.ExchangeError),  # 60005: below the minimum
        (0.999, BOOKED, ccxt.InsufficientFunds),
        (0.25, "bcrt1nonsense", ccxt.ExchangeError),
    ):
        with pytest.raises(refusal):
            exchange.withdraw("BTC", amount, address)
    with pytest.raises(ccxt.AuthenticationError):
        client("leaver", "trade").withdraw("BTC", 0.25, BOOKED)

    assert held(venue, "leaver") == before


def test_the_official_client_asks_what_it_costs_and_withdraws(venue: Venue) -> None:
    account = official(venue, "official-leaver")

    charge = data(account.get_withdraw_charge("BTC"))
    made = data(
        account.post_withdraw_apply(
            currency="BTC", amount="0.5", destination="To Digital Address", address=BOOKED
        )
    )

    assert charge["min_withdraw"] == "0.001"
    assert charge["withdraw_fee"] == "0.0002"
    assert str(charge["withdraw_precision"]) == "8"
    assert made["withdraw_id"].isdigit()
    assert held(venue, "official-leaver") == Decimal("0.5002")


def test_the_official_client_pays_another_customer(venue: Venue) -> None:
    account = official(venue, "official-leaver")
    friend = venue.people["friend"]

    by_mail = account.post_withdraw_apply(
        currency="BTC", amount="0.1", type=2, value=friend["email"]
    )
    by_number = account.post_withdraw_apply(
        currency="BTC", amount="0.2", type=1, value=str(friend["customer_id"])
    )

    assert data(by_mail)["withdraw_id"] != data(by_number)["withdraw_id"]
    # At once where the coin has a price; where nothing was traded yet, a person looks first.
    (got,) = venue.rows(
        "SELECT sum(amount) FROM wallets_withdrawal WHERE recipient_id = %s",
        [friend["customer_id"]],
    )
    assert got == (Decimal("0.3"),)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"currency": "NOPE", "amount": "1", "address": BOOKED}, 60002),
        ({"currency": "DOGE", "amount": "100", "address": BOOKED}, 60004),
        ({"currency": "BTC", "amount": "0.0001", "address": BOOKED}, 60005),
        ({"currency": "BTC", "amount": "0.123456789", "address": BOOKED}, 60006),
        ({"currency": "BTC", "amount": "0.1", "address": STRANGER}, 60007),
        ({"currency": "BTC", "amount": "0.9999", "address": BOOKED}, 60008),
        ({"currency": "BTC", "amount": "0.1", "type": 2, "value": "no@example.com"}, 60010),
        ({"currency": "BTC", "amount": "0.1", "address": "bcrt1nonsense"}, 60011),
        ({"currency": "BTC", "amount": "0.1"}, 60000),
        ({"currency": "BTC", "amount": "1e-3", "address": BOOKED}, 60000),
        ({"currency": "BTC", "amount": "0.1", "type": 3, "value": "5551234"}, 60000),
    ],
)
def test_every_refusal_has_its_number(venue: Venue, wish: dict[str, Any], code: int) -> None:
    before = held(venue, "official-leaver")

    with pytest.raises(APIException) as refused:
        official(venue, "official-leaver").post_withdraw_apply(**wish)

    assert json.loads(refused.value.response)["code"] == code
    assert held(venue, "official-leaver") == before
