"""A deposit before its first block: shown, never credited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from tests import factories
from tests.factories import wallets as made
from wallets.deposits import check, credit, mempool
from wallets.deposits.models import Deposit
from wallets.deposits.queries import not_booked, of_customer

pytestmark = pytest.mark.django_db
State = Deposit.State
ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


@pytest.fixture
def anna():
    return factories.customer()


@pytest.fixture
def hers(bitcoin_node, anna):
    mempool._looked.clear()
    bitcoin_node.mine()  # what earlier tests left waiting
    bitcoin_node.follow()
    return made.address(made.key_set(bitcoin_node.row), key=ADDRESS, customer_id=anna.pk)


def state(who) -> tuple[str, int]:
    row = of_customer(customer_id=who.pk)[0]
    return row.state, row.confirmations


def test_it_is_shown_when_the_network_hears_of_it_and_confirms_when_a_block_has_it(
    bitcoin_node, hers, anna
):
    bitcoin_node.give(ADDRESS, "0.5", mine=False)

    assert mempool.look_everywhere() == 1
    assert mempool.look_everywhere() == 0
    assert state(anna) == (State.SEEN, 0)
    assert not_booked() == {}
    check.check_confirmed(network_id=bitcoin_node.row.pk)
    assert credit.credit_checked(network_id=bitcoin_node.row.pk) == 0

    bitcoin_node.mine()
    bitcoin_node.follow()

    assert state(anna) == (State.CONFIRMING, 1)
    assert Deposit.objects.get().round == 1


def test_what_the_network_forgets_is_no_longer_waited_for(bitcoin_node, hers, anna):
    bitcoin_node.give(ADDRESS, "0.5", mine=False)
    mempool.look_everywhere()
    Deposit.objects.update(txid="ab" * 32)  # as if another had replaced it
    mempool.look_everywhere()
    assert state(anna) == (State.SEEN, 0)

    with clock.held_at(clock.now() + timedelta(minutes=3)):
        mempool.look_everywhere()

    assert state(anna) == (State.ORPHANED, 0)


def test_strangers_payments_and_dust_are_not_shown(bitcoin_node, hers, anna):
    bitcoin_node.give(ADDRESS, "0.00000600", mine=False)
    bitcoin_node.give(
        "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry", "0.5", mine=False
    )

    assert mempool.look_everywhere() == 0
