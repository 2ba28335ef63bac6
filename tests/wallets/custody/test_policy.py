"""How an asset is spread over wallets: shares, and the two people who change them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core.errors import Invalid, NotFound, PermissionRefused
from tests import factories
from tests.factories import accounts as people
from tests.factories import wallets as rows
from wallets.custody import holdings, policy
from wallets.custody.models import WalletPolicy
from wallets.sending.models import AccountBalance, Coin

pytestmark = pytest.mark.django_db
MAY = (policy.CHANGE, "exchange.decide_proposal")


def propose(shares: dict[str, int], asset: str = "", actor=None) -> Proposal:
    return policy.propose_policy(
        asset=asset, shares=shares, actor=actor or people.staff(*MAY), reason="quarterly review"
    )


def test_nine_tenths_lie_cold_unless_somebody_decides_otherwise():
    found = policy.policy_of(factories.asset("BTC").pk)
    assert (found.cold_minimum_bp, found.hot_target_bp, found.hot_high_bp, found.hot_low_bp) == (
        9_000, 500, 1_000, 100,
    )  # fmt: skip


def test_a_policy_changes_when_a_second_person_approves():
    btc = factories.asset("BTC")
    asked = propose({"hot_target_bp": 300, "hot_high_bp": 600}, "BTC")
    assert policy.policy_of(btc.pk).hot_target_bp == 500

    decided = proposals.approve(proposal_id=asked.pk, actor=people.staff(*MAY))

    assert decided.state == Proposal.State.EXECUTED
    assert policy.policy_of(btc.pk).hot_target_bp == 300
    assert policy.policy_of(factories.asset("ETH").pk).hot_target_bp == 500
    event = AuditEvent.objects.get(verb="custody.set_policy")
    assert (event.before["hot_high_bp"], event.after["hot_high_bp"]) == (1_000, 600)


def test_nobody_approves_their_own_policy():
    person = people.staff(*MAY)
    asked = propose({"hot_target_bp": 300}, actor=person)
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=person)
    assert WalletPolicy.objects.count() == 0


def test_it_takes_the_permission():
    with pytest.raises(PermissionRefused):
        propose({"hot_target_bp": 300}, actor=people.staff("exchange.decide_proposal"))


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ({}, "shares"),
        ({"mood": 3}, "shares"),
        ({"hot_target_bp": -1}, "hot_target_bp"),
        ({"hot_target_bp": 10_001}, "hot_target_bp"),
        ({"hot_target_bp": 1_500}, "hot_target_bp"),  # above the high mark
        ({"hot_low_bp": 600}, "hot_target_bp"),  # above the target
        ({"hot_high_bp": 1_001}, "hot_high_bp"),  # with 90 % cold there is no room for it
        ({"outflow_deviations": 1}, "outflow_deviations"),
    ],
)
def test_a_policy_without_sense_is_refused(shares, field):
    with pytest.raises(Invalid) as refused:
        propose(shares)
    assert refused.value.field == field
    assert Proposal.objects.count() == 0


def test_an_asset_that_does_not_exist_is_refused():
    with pytest.raises(NotFound):
        propose({"hot_target_bp": 300}, "NOPE")


@pytest.fixture
def bitcoin():
    where = rows.network("BTC")
    rows.asset_network("BTC", where)
    return where


def coin(keys, units: int, number: int, **fields) -> None:
    Coin.objects.create(
        network=keys.network,
        address=rows.address(keys, key=f"{keys.name}-{number}"),
        txid=f"{number:064x}",
        index=0,
        units=units,
        height=1,
        **fields,
    )


def test_a_spread_adds_up_what_is_unspent_by_role(bitcoin):
    hot, cold = rows.key_set(bitcoin, "hot"), rows.key_set(bitcoin, "cold")
    deposit = rows.key_set(bitcoin, "deposit")
    coin(hot, 300_000_000, 1)
    coin(cold, 9_000_000_000, 2)
    coin(cold, 500_000_000, 3)
    coin(deposit, 200_000_000, 4)
    coin(hot, 77_000_000_000, 5, spent_in="ff" * 32, spent_height=9)

    spread = holdings.by_asset(holdings.holdings())["BTC"]

    assert spread == holdings.Spread(
        hot=Decimal(3), deposit=Decimal(2), warm=Decimal(0), cold=Decimal(95)
    )
    assert (spread.hot_bp, spread.cold_bp) == (500, 9_500)


def test_tokens_and_coins_of_an_account_chain_are_told_apart():
    where = rows.network("ERC20")
    ether = rows.asset_network("ETH", where, precision=18, decimals=18)
    usdt = rows.asset_network("USDT", where, precision=12, decimals=6, contract="0x" + "da" * 20)
    address = rows.address(rows.key_set(where, "hot"), key="0x" + "11" * 20)
    AccountBalance.objects.create(address=address, asset_network=ether, units=10**18, height=1)
    AccountBalance.objects.create(address=address, asset_network=usdt, units=5_000_000, height=1)

    found = holdings.by_asset_network(holdings.holdings())

    assert (found[ether.pk].hot, found[usdt.pk].hot) == (Decimal(1), Decimal(5))


def test_nothing_at_all_has_no_share():
    assert holdings.Spread().cold_bp is None


def test_the_database_refuses_marks_out_of_order():
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="wallet_policy_in_order"):
        WalletPolicy.objects.create(hot_low_bp=600, hot_target_bp=500)
