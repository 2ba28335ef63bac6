"""What a tier and a country let out: refused before anything is held."""

from __future__ import annotations

import pytest

from exchange.core.errors import Restricted
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.identity import identified
from wallets.withdrawals import limits, queries
from wallets.withdrawals.errors import OverLimit
from wallets.withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    return bitcoin_followed


@pytest.fixture
def unknown():
    """Has a bitcoin, worth 20,000 USDT, and never said who they are."""
    who = factories.customer()
    factories.fund(who, "BTC", "1")
    return who


def test_without_an_identity_a_little_goes_out_and_no_more(unknown):
    assert limits.tier_of(unknown.pk) == ("not verified", 700, 2000)
    assert w.ask(unknown, "0.03").state == "approved"  # 600 USDT
    with pytest.raises(OverLimit) as refused:
        w.ask(unknown, "0.01")
    assert refused.value.limit == 100
    assert queries.left_today(customer_id=unknown.pk) == 100


def test_thirty_days_have_a_limit_of_their_own(unknown):
    from datetime import timedelta

    from exchange.core import clock

    for days in (3, 2, 1):
        with clock.held_at(clock.now() - timedelta(days=days, hours=days)):
            row = w.ask(unknown, "0.03")
            Withdrawal.objects.filter(pk=row.pk).update(requested_at=clock.now())
    with pytest.raises(OverLimit, match="30 days") as refused:
        w.ask(unknown, "0.03")
    assert refused.value.limit == 200


@pytest.mark.parametrize("country", ["US", "CA", "DE"])
def test_where_the_law_wants_it_nothing_leaves_before_an_identity(unknown, country):
    unknown.country = country
    unknown.save()
    with pytest.raises(Restricted, match="verification of your identity"):
        w.ask(unknown, "0.01")
    assert factories.held(unknown, "BTC") == 0
    identified(unknown, country=country, tier=1)
    assert w.ask(unknown, "0.01").state in ("approved", "held")  # held by the travel rule


def test_between_customers_too_an_identity_is_needed(unknown):
    other = factories.customer()
    with pytest.raises(Restricted):
        w.ask(unknown, "0.01", recipient=other.user.email)
    identified(unknown, tier=1)
    assert w.ask(unknown, "0.01", recipient=other.user.email).state == "confirmed"


def test_a_country_that_we_do_not_serve_lets_nothing_out(unknown):
    identified(unknown, country="IR", tier=3)
    with pytest.raises(Restricted):
        w.ask(unknown, "0.01")
    assert not Withdrawal.objects.exists()
