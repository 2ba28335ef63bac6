"""Deposits are held by the travel rule, and judged anew when it is settled."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from compliance.travel_rule import decide as officers
from compliance.travel_rule import keys, owners
from compliance.travel_rule.models import AddressOwner, TravelMessage
from exchange.audit import proposals
from exchange.core import outbox
from tests import factories
from tests.factories import wallets as made
from tests.factories.accounts import acting, staff
from tests.factories.blocks import pays
from wallets.deposits import review, travel
from wallets.deposits.models import Deposit

pytestmark = pytest.mark.django_db
State = Deposit.State


@pytest.fixture(autouse=True)
def our_key(db):
    keys.make(actor=factories.SYSTEM)


@pytest.fixture
def usdt(btc):
    """A coin whose worth is known: one dollar."""
    return made.asset_network(
        "USDT", btc.network, precision=12, decimals=6, contract="0xusdt", deposit_min="1"
    )


@pytest.fixture
def held(chain, hers, usdt):
    chain.mine(pays(hers, "5000", usdt))
    chain.mine()
    assert chain.credit() == 0
    return Deposit.objects.get()


def say(who, deposit):
    owners.declare(
        new=owners.NewOwner(
            customer_id=who.pk, network="BTC", key=f"tx:{deposit.txid}", kind="own_wallet"
        ),
        actor=acting(who),
    )
    outbox.deliver()


def test_a_larger_deposit_waits_for_the_customers_word_and_is_then_credited(chain, anna, held):
    assert (held.state, held.checks.get(gate="travel rule").code) == ("held", "travel_customer")

    say(anna, held)
    chain.credit()

    held.refresh_from_db()
    assert held.state == State.CREDITED
    assert factories.available(anna, "USDT") == 5000


def test_below_the_amount_of_the_law_nobody_is_asked(chain, anna, hers, usdt):
    chain.mine(pays(hers, "999.999999", usdt))
    chain.mine()

    assert chain.credit() == 1
    assert not TravelMessage.objects.exists()


def test_nobody_releases_it_over_the_travel_rule(held):
    asked = review.propose_release(deposit_id=held.pk, actor=staff(review.GRANT), reason="fine")

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(review.GRANT))

    assert (decided.state, "travel rule" in decided.outcome) == ("failed", True)
    held.refresh_from_db()
    assert held.state == State.HELD


def test_refused_coins_wait_for_their_return(chain, anna, held):
    officers.refuse(
        message_id=TravelMessage.objects.get().pk, actor=staff(officers.WORK), reason="no"
    )
    outbox.deliver()
    chain.credit()

    held.refresh_from_db()
    assert held.state == State.REFUSED
    assert factories.available(anna, "USDT") == 0


def test_two_officers_release_it(chain, anna, held):
    asked = officers.propose_release(
        message_id=TravelMessage.objects.get().pk,
        actor=staff(officers.RELEASE),
        reason="the customer showed the statement",
    )
    proposals.approve(proposal_id=asked.pk, actor=staff(officers.RELEASE))
    outbox.deliver()
    chain.credit()

    assert factories.available(anna, "USDT") == 5000


def test_a_fork_does_not_ask_again(chain, anna, held):
    say(anna, held)
    lost = chain.fork(2)
    chain.mine(*lost)
    chain.mine()

    chain.credit()

    assert factories.available(anna, "USDT") == 5000
    assert TravelMessage.objects.count() == 1


def test_other_providers_find_our_customers_by_their_address_and_nobody_else(hers, anna):
    assert travel.find("NOPE", hers.address, "") is None
    assert travel.find("BTC", "nonsense", "") is None
    assert not AddressOwner.objects.exists()


def test_the_coins_of_a_wallet_that_is_to_be_proved_prove_it(chain, anna, hers, usdt):
    mine = owners.declare(
        new=owners.NewOwner(customer_id=anna.pk, network="BTC", key="0xwallet", kind="own_wallet"),
        actor=acting(anna),
    )
    asked = owners.ask_proof(owner_id=mine.pk, actor=acting(anna), asset="USDT", least=D(1))
    payment = pays(hers, str(asked.challenge_amount), usdt)._replace(sender="0xwallet")

    chain.mine(payment)
    chain.mine()
    chain.credit()

    mine.refresh_from_db()
    assert mine.proof == "satoshi"
    assert factories.available(anna, "USDT") == asked.challenge_amount
