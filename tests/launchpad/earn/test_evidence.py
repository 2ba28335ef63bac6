"""Rewards are proven by the chain: real blocks, forged evidence refused, no payment used twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection

from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from launchpad.earn import arrivals, evidence, watching
from launchpad.earn.evidence import NotProven
from launchpad.earn.models import Arrival
from launchpad.earn.sightings import Sighting
from launchpad.programmes import payouts
from tests import factories
from tests.factories import wallets as rows
from tests.factories.accounts import staff
from tests.launchpad.earn.conftest import DAY, product, put_in, staking
from tests.wallets.conftest import (  # noqa: F401
    bitcoin_node,
    bitcoin_process,
    python_evm_node,
    python_evm_process,
)
from wallets.addresses import issue
from wallets.custody import reconcile
from wallets.demo import faucet

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("evm node")]
GWEI = 10**9
SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def holder():
    return factories.customer()


@pytest.fixture
def made(python_evm_node, holder):  # noqa: F811
    """Ether staked since three days, on a chain that is followed."""
    with clock.held_at(clock.now() - DAY * 3):
        made = staking(commission_bps=0, budget="0")
        put_in(holder, made, "2")
    return made


@pytest.fixture
def ours(made, python_evm_node):  # noqa: F811
    """An address of our own custody, and books that the chain agrees with."""
    address = issue.own_address(key_set_id=rows.evm_keys(python_evm_node.row, "hot").pk).address
    python_evm_node.give(address, "2")
    python_evm_node.follow()
    return address


def agrees() -> D:
    found = next((each for each in reconcile.compared() if each.asset == "ETH"), None)
    return found.difference if found else D(0)


def yesterday():
    return clock.now().date() - timedelta(days=1)


def proven(made, node, txid: str, number: int | None = None):
    return evidence.of_payment(product=made, network=node.network, txid=txid, number=number)


def book(made, proof, amount: str, *, actor=factories.SYSTEM):
    return arrivals.book_proven(
        product_id=made.pk, proof=proof, amount=D(amount), day=yesterday(), actor=actor
    )


def test_a_payment_is_booked_once_and_by_what_the_chain_says(made, ours, holder, python_evm_node):  # noqa: F811
    node = python_evm_node
    assert agrees() == 0
    txid = node.give(ours, "0.5")
    node.follow()
    assert agrees() == D("0.5")
    with pytest.raises(Conflict, match="1 of 2 confirmations"):
        proven(made, node, txid)
    node.mine()
    node.follow()
    proof = proven(made, node, txid.upper().replace("0X", "0x"))
    with pytest.raises(NotProven, match="The chain says 0.5"):
        book(made, proof, "0.6")
    with pytest.raises(PermissionRefused):
        book(made, proof, "0.5", actor=staff())
    first = book(made, proof, "0.5", actor=staff("launchpad.book_arrival"))
    assert book(made, proof, "0.5") == first
    payouts.sweep()
    assert factories.available(holder, "ETH") == D("0.5")
    assert (first.proof, first.place, agrees()) == ("chain", f"{txid}:-1", 0)
    with clock.held_at(clock.now() - DAY * 3):
        other = staking("other-staking", budget="0")
        put_in(holder, other, "1")
    with pytest.raises(Conflict, match="Another arrival"):
        book(other, proof, "0.5")


def test_forged_evidence_is_refused(made, ours, python_evm_node):  # noqa: F811
    node = python_evm_node
    to_somebody = node.give(SOMEBODY, "0.5")
    node.mine()
    node.follow()
    with pytest.raises(NotProven, match="does not pay ETH to us"):
        proven(made, node, to_somebody)
    with pytest.raises(NotProven, match="pays somebody else"):
        proven(made, node, to_somebody, -1)
    with pytest.raises(NotProven, match="no such transaction"):
        proven(made, node, "0x" + "ab" * 32)
    with pytest.raises(NotFound, match="no node"):
        evidence.of_payment(product=made, network="BTC", txid="ab" * 32)
    deposits = rows.evm_keys(node.row, "deposit")
    theirs = issue.own_address(key_set_id=deposits.pk, fresh=True)
    txid = node.give(theirs.address, "0.5")
    node.mine()
    node.follow()
    type(theirs).objects.filter(pk=theirs.pk).update(customer_id=7)
    with pytest.raises(NotProven, match="customer's deposit address"):
        proven(made, node, txid)
    type(theirs).objects.filter(pk=theirs.pk).update(customer_id=None)
    proof = proven(made, node, txid)
    reconcile.book(asset_id=made.asset_id, amount=D("0.5"), reference="surplus:here")
    with pytest.raises(Conflict, match="only 0 more than the ledger"):
        book(made, proof, "0.5")  # it is the house's own by now
    assert not Arrival.objects.exists()


def test_what_a_beacon_chain_pays_out_is_proven_by_block_and_index(made, ours, python_evm_node):  # noqa: F811
    node = python_evm_node
    index = int(faucet.ask(node.adapter.rpc, "holdfast_payOut", ours, hex(GWEI // 4)), 16)
    height = node.height
    node.mine()
    node.follow()
    assert agrees() == D("0.25")  # the followed chain counts it as ours
    with pytest.raises(NotProven):
        evidence.of_withdrawal(product=made, network=node.network, height=height, index=index + 1)
    proof = evidence.of_withdrawal(product=made, network=node.network, height=height, index=index)
    assert (proof.how, proof.place, proof.amount) == ("beacon", f"beacon:{index}", D("0.25"))
    book(made, proof, "0.25")
    assert agrees() == 0


def test_a_watched_address_suggests_books_by_itself_and_forgets_what_a_fork_took(
    made, ours, holder, python_evm_node  # noqa: F811
):  # fmt: skip
    node = python_evm_node
    keys = rows.evm_keys(node.row, "deposit")
    address = issue.own_address(key_set_id=keys.pk, fresh=True).address
    desk = staff("launchpad.watch_rewards", "launchpad.book_arrival")

    def watched(place: str, **more):
        return watching.register(
            product_id=made.pk, network=node.network, address=place, actor=desk, reason="new",
            **{"by_itself": True, **more},
        )  # fmt: skip

    with pytest.raises(Invalid):
        watched(SOMEBODY)
    assert watched(address) == watched(address)
    with pytest.raises(Conflict):
        watched(address, by_itself=False)
    node.give(address, "0.1")
    node.follow()
    assert Sighting.objects.get().state == "seen"
    node.reorg(1)
    node.follow()
    assert not Sighting.objects.exists()
    node.give(address, "0.2")
    node.mine()
    node.follow()
    seen = Sighting.objects.get()
    assert agrees() == 0  # set aside: nobody may book it as a surplus
    assert watching.book_seen() == 0  # its day is not over
    with clock.held_at(clock.now() + DAY):
        rows.network("ERC20")
        type(node.watch).objects.update(checked_at=clock.now(), moved_at=clock.now())
        assert watching.book_seen() == 1, Sighting.objects.get().why
        assert watching.book_seen() == 0
    seen.refresh_from_db()
    assert agrees() == 0
    assert (seen.state, seen.arrival.amount, seen.arrival.proof) == ("booked", D("0.2"), "chain")
    with pytest.raises(Conflict):
        watching.ignore(sighting_id=seen.pk, actor=desk, reason="no")


def test_an_output_on_a_coin_chain_is_proven_too(bitcoin_node, holder):  # noqa: F811
    from tests.factories import sending as hot_wallets

    node = bitcoin_node
    _, hot, _ = hot_wallets.hot_bitcoin()
    with clock.held_at(clock.now() - DAY * 3):
        made = product("btc-validators", code="BTC", kind="staking", earns="arrivals", tiers=(),
                       budget="0")  # fmt: skip
    txid = node.give(issue.own_address(key_set_id=hot.pk).address, "0.3")
    node.mine()
    node.follow()
    proof = evidence.of_payment(product=made, network="BTC", txid=txid)
    assert (proof.amount, proof.place.startswith(f"{txid}:")) == (D("0.3"), True)
    with pytest.raises(NotProven):
        evidence.of_payment(product=made, network="BTC", txid="cd" * 32)


def test_the_database_itself_keeps_two_arrivals_from_sharing_a_payment(made):
    from django.db import IntegrityError, transaction

    words = {
        "product": made, "kind": "reward", "day": yesterday(), "amount": 1, "source": "v",
        "by": "t", "at": clock.now(), "proof": "chain", "network": "ERC20", "place": "0xa:1",
    }  # fmt: skip
    Arrival.objects.create(reference="one", **words)
    with pytest.raises(IntegrityError, match="one_arrival_a_place"), transaction.atomic():
        Arrival.objects.create(reference="two", **words)
    assert connection.in_atomic_block
