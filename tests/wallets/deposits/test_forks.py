"""Forks under deposits: what the chain takes back, the ledger takes back."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import refuse_if_restricted
from exchange.audit import proposals
from exchange.core.errors import Restricted
from exchange.ledger import accounts, queries
from exchange.ledger.models import LedgerEntry
from exchange.ledger.post import hold, transfer
from exchange.markets.models import Ticker
from tests import factories
from tests.factories.accounts import staff
from tests.factories.blocks import pays
from wallets.deposits import check, debts, review
from wallets.deposits.models import Deposit, ReorgDebt
from wallets.deposits.queries import of_customer

pytestmark = pytest.mark.django_db
State = Deposit.State


def books_add_up(asset: str = "BTC") -> bool:
    return dict(queries.trial_balance()).get(asset, 0) == 0


def spend(who, amount: str, code: str = "BTC") -> None:
    """The customer trades it away: it leaves their account for another customer's."""
    asset_id = factories.asset(code).pk
    other = factories.customer()
    pairs = {(who.pk, asset_id), (other.pk, asset_id)}
    own = accounts.customer_accounts(pairs)
    transfer(
        kind="test",
        reference=f"spend:{other.pk}",
        source=own[who.pk, asset_id],
        destination=own[other.pk, asset_id],
        amount=D(amount),
    )


@pytest.fixture
def credited(chain, hers, btc):
    """0.5 BTC in the newest but one block, credited."""
    payment = pays(hers, "0.5", btc)
    chain.mine(payment)
    chain.mine()
    assert chain.credit() == 1
    return payment


def test_a_deposit_whose_block_is_gone_is_no_longer_coming(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.fork(1)

    row = of_customer(customer_id=anna.pk)[0]
    assert (row.state, row.confirmations) == (State.ORPHANED, 0)
    chain.mine_many(5)
    assert chain.credit() == 0


def test_a_shallower_fork_only_takes_confirmations_away(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.fork(1)

    assert of_customer(customer_id=anna.pk)[0].confirmations == 1
    assert chain.credit() == 0
    chain.mine()
    assert chain.credit() == 1


def test_checked_before_and_too_shallow_after_a_fork_is_not_credited(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    check.check_confirmed(network_id=btc.network_id)
    chain.fork(1)

    assert chain.credit() == 0
    chain.mine()
    assert chain.credit() == 1


def test_an_unspent_credit_is_taken_back_and_given_again_when_mined_again(chain, anna, credited):
    chain.fork(2)
    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.CUSTODY) == 0
    assert ReorgDebt.objects.count() == 0
    refuse_if_restricted(anna.pk, Restriction.Kind.WITHDRAWAL)

    chain.mine()
    chain.mine(credited)
    chain.mine()
    assert chain.credit() == 1

    assert factories.available(anna, "BTC") == D("0.5")
    assert factories.house("BTC", accounts.CUSTODY) == D("-0.5")
    deposit = Deposit.objects.get()
    assert (deposit.round, deposit.state) == (2, State.CREDITED)
    assert sorted(
        LedgerEntry.objects.filter(reference__startswith="deposit:").values_list(
            "kind", "reference"
        )
    ) == [
        ("deposit", f"deposit:{deposit.pk}:1"),
        ("deposit", f"deposit:{deposit.pk}:2"),
        ("deposit_reversed", f"deposit:{deposit.pk}:1"),
    ]


def test_a_spent_credit_is_a_loss_a_debt_and_a_stop_on_withdrawals(chain, anna, credited):
    spend(anna, "0.3")
    chain.fork(2)

    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.CUSTODY) == 0
    assert factories.house("BTC", accounts.REORG_LOSS) == D("-0.3")
    debt = ReorgDebt.objects.get()
    assert (debt.customer_id, debt.owed) == (anna.pk, D("0.3"))
    with pytest.raises(Restricted):
        refuse_if_restricted(anna.pk, Restriction.Kind.WITHDRAWAL)
    assert books_add_up()


def test_what_waits_in_orders_is_not_torn_out_of_them(chain, anna, credited):
    asset_id = factories.asset("BTC").pk
    own = accounts.customer_accounts({(anna.pk, asset_id)})[anna.pk, asset_id]
    hold(reference="order:1", account_id=own, amount=D("0.4"))

    chain.fork(2)

    assert factories.available(anna, "BTC") == 0
    assert factories.held(anna, "BTC") == D("0.4")
    assert ReorgDebt.objects.get().owed == D("0.4")


def test_mined_again_the_deposit_pays_its_own_debt_first(chain, anna, credited):
    spend(anna, "0.3")
    chain.fork(2)

    chain.mine(credited)
    chain.mine()
    chain.credit()

    assert factories.available(anna, "BTC") == D("0.2")
    assert factories.house("BTC", accounts.REORG_LOSS) == 0
    assert factories.house("BTC", accounts.CUSTODY) == D("-0.5")
    assert ReorgDebt.objects.get().owed == 0
    assert books_add_up()


def test_taken_back_a_second_time_the_debt_is_what_it_was(chain, anna, credited):
    spend(anna, "0.3")
    chain.fork(2)
    chain.mine(credited)
    chain.mine()
    chain.credit()

    chain.fork(2)

    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.REORG_LOSS) == D("-0.3")
    assert factories.house("BTC", accounts.CUSTODY) == 0
    assert ReorgDebt.objects.get().owed == D("0.3")


def test_several_credits_of_one_customer_in_one_block_share_what_is_left(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc), pays(hers, "0.25", btc))
    chain.mine()
    chain.credit()
    spend(anna, "0.7")

    chain.fork(2)

    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.REORG_LOSS) == D("-0.7")
    assert sum(debt.owed for debt in ReorgDebt.objects.all()) == D("0.7")
    assert books_add_up()


def test_a_refused_deposit_stays_refused_when_a_fork_mines_it_again(chain, hers, btc, settings):
    settings.DEPOSIT_REVIEW_ABOVE_USDT = 0
    Ticker.objects.create(
        market=factories.market("BTC_USDT"), last=50_000, updated_at="2026-01-01T00:00Z"
    )
    payment = pays(hers, "0.5", btc)
    chain.mine(payment)
    chain.mine()
    chain.credit()
    deposit = Deposit.objects.get()
    assert deposit.state == State.HELD
    review.refuse(deposit_id=deposit.pk, actor=staff(review.REVIEW), reason="stolen funds")

    chain.fork(2)
    chain.mine(payment)
    chain.mine_many(3)

    assert chain.credit() == 0
    assert Deposit.objects.get().state == State.REFUSED


def test_a_debt_is_collected_by_two_people_from_what_is_there(chain, anna, credited):
    spend(anna, "0.3")
    chain.fork(2)
    factories.fund(anna, "BTC", "0.1")
    debt = ReorgDebt.objects.get()

    asked = debts.propose_collection(
        debt_id=debt.pk, actor=staff(debts.PERMISSION), reason="agreed with the customer"
    )
    assert factories.available(anna, "BTC") == D("0.1")
    decided = proposals.approve(proposal_id=asked.pk, actor=staff(debts.PERMISSION))

    assert decided.state == "executed", decided.outcome
    assert factories.available(anna, "BTC") == 0
    assert factories.house("BTC", accounts.REORG_LOSS) == D("-0.2")
    assert ReorgDebt.objects.get().owed == D("0.2")
