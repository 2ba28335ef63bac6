"""What a customer has on the launchpad, on the page that staff have of them."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from exchange.accounts import restrictions
from launchpad.earn.admin.panels import positions
from launchpad.governance.admin.panels import votes
from launchpad.sales.admin.panels import sales
from tests import factories
from tests.factories import launchpad as votes_for_tests
from tests.factories import sales as s
from tests.launchpad.earn.conftest import everybody_may, product, put_in  # noqa: F401
from tests.launchpad.sales.test_sale import distributed

pytestmark = pytest.mark.django_db


@pytest.fixture
def looks(django_assert_num_queries):
    """Render a panel for somebody: in one query, however much they have."""

    def render(panel, who):
        request = RequestFactory().get("/")
        request.user = get_user_model()(is_staff=True)
        with django_assert_num_queries(1):
            return panel(request, who)

    return render


def words(table) -> str:
    return " ".join(str(cell) for row in table.rows for cell in row)


def test_sales_show_what_was_committed_got_and_is_still_locked(looks):
    sale = s.opened(first_ppm=250_000, periods=3, period_days=10)
    who, gone = s.buyer(), s.buyer()
    sub = factories.customer(parent=who)
    s.commits(who, sale, "100")
    s.commits(gone, sale, "50")
    restrictions.restrict(
        customer_id=gone.pk, kind="trading", actor=factories.SYSTEM, reason="a test"
    )
    distributed(sale)

    for each in (who, sub):  # a sub-account's page shows its owner's part
        said = words(looks(sales, each))
        assert "New token" in said
        assert ["100", "400", "300"] == [n for n in ("100", "400", "300") if f">{n}" in said]
    assert "left out: restricted" in words(looks(sales, gone))
    assert looks(sales, s.buyer()).rows == []


def test_earn_shows_positions_of_this_account_alone(looks):
    who, other = factories.customer(), factories.customer()
    made = product("usdt-flexible")
    put_in(who, made, "123")
    put_in(other, made, "777")

    said = words(looks(positions, who))

    assert ("123" in said, "777" in said) == (True, False)


def test_votes_show_that_somebody_voted_and_not_for_what(looks):
    who = votes_for_tests.holder("100")
    proposal = votes_for_tests.opened()
    votes_for_tests.voted(proposal, who, "abstain")

    said = words(looks(votes, who))

    assert proposal.title in said
    assert "abstain" not in said
