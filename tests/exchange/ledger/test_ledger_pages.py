"""The balances page and the statement: one's own, all of it, to the last digit."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from exchange.accounts.models import Customer
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder() -> Customer:
    holder = factories.customer()
    factories.fund(holder, "KELP", "0.00000001")
    factories.fund(holder, "USDT", "12.5")
    factories.fund(factories.customer(), "USDT", "999")
    return holder


@pytest.fixture
def browser(holder: Customer, client: Client) -> Client:
    assert holder.user is not None
    client.force_login(holder.user)
    holder.user.login_devices.create(
        session_key=str(client.session.session_key), fingerprint="t", user_agent="t", ip="127.0.0.1"
    )
    return client


def test_balances_are_written_in_full_and_nobody_elses_are_there(browser: Client) -> None:
    page = browser.get("/balances").content.decode()

    assert "0.00000001" in page
    assert "12.5" in page
    assert "999" not in page


def test_the_statement_has_every_movement_with_the_balance_after_it(browser: Client) -> None:
    answer = browser.get("/statement.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [(row["asset"], row["available_change"], row["available_after"]) for row in rows] == [
        ("KELP", "0.00000001", "0.00000001"),
        ("USDT", "12.5", "12.5"),
    ]
    assert answer["Cache-Control"] == "no-store"


def test_somebody_without_balances_is_told_what_will_appear(client: Client) -> None:
    holder = factories.customer()
    assert holder.user is not None
    client.force_login(holder.user)
    holder.user.login_devices.create(
        session_key=str(client.session.session_key), fingerprint="t", user_agent="t", ip="127.0.0.1"
    )

    assert "Nothing here yet" in client.get("/balances").content.decode()


@pytest.mark.parametrize("address", ["/balances", "/statement.csv"])
def test_a_visitor_is_asked_to_log_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/login?next=")
