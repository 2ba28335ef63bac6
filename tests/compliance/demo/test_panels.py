"""What staff see of an invented customer says that it was told, and when it was booked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory

from compliance.demo import admin, books
from compliance.demo.people import DOMAIN
from exchange.core import facts
from exchange.core.facts import FactKind, NewFact
from exchange.core.models import Fact
from exchange.ledger.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)


@pytest.fixture
def person(_in_a_folder):
    found = factories.customer()
    found.user.email = f"person7@{DOMAIN}"
    found.user.save()
    return found


def test_an_invented_history_is_shown_with_its_dates_and_its_entries(person):
    come = NewFact(
        kind=FactKind.CRYPTO_DEPOSIT, customer_id=person.pk, at=MAY, reference="demo:1",
        asset="BTC", amount=Decimal("0.5"), usd=Decimal(30_000),
    )  # fmt: skip
    login = NewFact(kind=FactKind.LOGIN, customer_id=person.pk, at=MAY, reference="demo:2")
    facts.report_many([come, login], watched=False)
    books.keep([come])

    table = admin.told(RequestFactory().get("/"), person)

    ((at, what, amount, worth, entry),) = table.rows
    assert "2026-05-04" in str(at)
    assert what == "deposit of coins"
    assert "0.5" in amount
    assert "30,000" in worth
    assert f"/{LedgerEntry.objects.get(reference='demo:told:demo:1').pk}/" in entry
    assert "Its ledger entries bear the time at which the demo was made" in table.note
    assert Fact.objects.count() == 2


def test_of_who_acts_on_the_exchange_itself_nothing_is_told():
    assert admin.told(RequestFactory().get("/"), factories.customer()) is None
