"""From an application to a first trade, and to the end of the road."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.assets.models import Asset
from exchange.audit import proposals
from exchange.core import clock
from exchange.core.models import Fact
from exchange.markets.models import Market
from exchange.trading.errors import MarketClosed
from exchange.trading.match import match
from launchpad.demo import project_tokens
from launchpad.listings import (
    checks,
    committee,
    opening,
    schedule,
    screen,
    stages,
    voting,
)
from launchpad.listings.models import Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import VIEW, VOTE
from tests import factories
from tests.factories import wallets as rows
from tests.factories.accounts import acting, staff
from tests.factories.trading import limit
from tests.launchpad.listings import conftest as made
from wallets.addresses import issue
from wallets.deposits import check, credit


def test_a_listing_goes_from_application_to_its_first_trade(evm_node, project, usdt):
    """The road of a project's token, over a real chain: form, checks, vote, committee, two people,
    dates, a deposit of the token, a trade."""
    project_tokens.deploy(
        network="ERC20", kind="FixedToken", name="Harbour", symbol="HRBA", supply=10**6, holders=40
    )
    listing = made.submitted(
        project, code="HRBA", contract=project_tokens.address("HRBA"), supply=Decimal(10**6)
    )
    who, second, third = made.manager(), made.treasurer(), staff(VOTE, VIEW)
    made.free(listing, who, second, third)

    stages.take_up(listing_id=listing.pk, actor=who)
    screen.screen(listing_id=listing.pk)
    assert checks.sweep() == 1
    assert checks.newest(listing).symbol == "HRBA"
    assert checks.bad(listing) == []
    stages.begin_diligence(listing_id=listing.pk, actor=who)
    made.judged(listing, who)
    factories.asset("BMX", precision=18)
    voting.open_vote(listing_id=listing.pk, actor=who)
    listing.refresh_from_db()
    assert Fact.objects.get(kind="listing_announced").asset == "HRBA"
    voting.take_outcome(
        {
            "proposal_id": listing.vote_id,
            "kind": "listing",
            "subject": f"listing:{listing.pk}",
            "outcome": "passed",
            "winner": "yes",
        }
    )
    for member in (who, second, third):
        committee.vote(listing_id=listing.pk, choice="for", actor=member)
    committee.close(listing_id=listing.pk, minutes="All were for it, after a look.", actor=who)
    proposal = schedule.propose(
        listing_id=listing.pk,
        market_terms=made.usual(usdt),
        quote="USDT",
        reason="ready",
        actor=who,
        **made.dates(deposits=1, trading=2, withdrawals=3),
    )
    assert not Asset.objects.filter(code="HRBA").exists()
    done = proposals.approve(proposal_id=proposal.pk, actor=second)
    assert done.state == "executed", done.outcome
    assert Market.objects.get(symbol="HRBA_USDT").status == "pre-trade"

    seller, buyer = factories.customer(), factories.customer()
    keys = rows.evm_keys(evm_node.row)
    address = issue.issue(customer_id=seller.pk, network_id=evm_node.row.pk, actor=acting(seller))
    assert keys.active
    with clock.held_at(clock.now() + timedelta(hours=1, minutes=1)):
        assert opening.open_due() == 1
    evm_node.follow()
    project_tokens.pay(network="ERC20", symbol="HRBA", to=address.address, units=500 * 10**18)
    evm_node.mine(evm_node.row.confirmations)
    evm_node.follow()
    check.check_confirmed(network_id=evm_node.row.pk)
    credit.credit_checked(network_id=evm_node.row.pk)
    assert factories.available(seller, "HRBA") == Decimal(500)

    factories.fund(buyer, "USDT", "1000")
    with pytest.raises(MarketClosed):
        limit(seller, "sell", "0.5", "100", symbol="HRBA_USDT")
    with clock.held_at(clock.now() + timedelta(hours=2, minutes=1)):
        assert opening.open_due() == 1
    limit(seller, "sell", "0.5", "100", symbol="HRBA_USDT")
    limit(buyer, "buy", "0.5", "100", symbol="HRBA_USDT")
    match(market_id=Market.objects.get(symbol="HRBA_USDT").pk)
    assert factories.available(buyer, "HRBA") == Decimal(100)
    assert Listing.objects.get(pk=listing.pk).stage == Stage.TRADING
