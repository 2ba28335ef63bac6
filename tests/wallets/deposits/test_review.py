"""What staff decide about deposits that wait: by permission, with a reason, money by two people."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests import factories
from tests.factories import wallets as made
from tests.factories.accounts import staff
from tests.factories.blocks import Chain, pays
from wallets.deposits import gate, review
from wallets.deposits.gate import Outcome, Verdict
from wallets.deposits.models import Deposit
from wallets.deposits.queries import not_booked

pytestmark = pytest.mark.django_db
State = Deposit.State


@pytest.fixture
def held(chain, hers, btc, monkeypatch):
    """0.5 BTC that a gate holds."""
    monkeypatch.setattr(gate, "_gates", dict(gate._gates))
    gate.register("suspicion", lambda facts: Outcome(Verdict.HOLD, "odd", "looks odd"))
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    assert chain.credit() == 0
    return Deposit.objects.get()


def test_a_held_deposit_is_credited_only_after_a_second_person_agrees(chain, anna, held):
    proposer = staff(review.GRANT)
    asked = review.propose_release(deposit_id=held.pk, actor=proposer, reason="customer explained")
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=proposer)
    assert chain.credit() == 0

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(review.GRANT))

    assert decided.state == "executed", decided.outcome
    chain.credit()
    assert factories.available(anna, "BTC") == D("0.5")
    assert AuditEvent.objects.filter(verb="deposits.release").count() == 1


def test_a_release_agreed_on_before_a_fork_does_not_count_after_it(chain, held):
    asked = review.propose_release(deposit_id=held.pk, actor=staff(review.GRANT), reason="fine")
    lost = chain.fork(2)
    chain.mine(*lost)
    chain.mine()
    chain.credit()

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(review.GRANT))

    assert decided.state == "failed"
    assert Deposit.objects.get().state == State.HELD


def test_checked_again_it_is_judged_anew(chain, anna, held, monkeypatch):
    gate._gates.pop("suspicion")

    review.check_again(deposit_id=held.pk, actor=staff(review.REVIEW), reason="list corrected")
    chain.credit()

    assert factories.available(anna, "BTC") == D("0.5")


def test_a_refused_deposit_is_kept_until_its_return_is_written_down(chain, anna, held):
    officer = staff(review.REVIEW)
    review.refuse(deposit_id=held.pk, actor=officer, reason="stolen")
    assert not_booked() == {("BTC", "BTC"): D("0.5")}
    with pytest.raises(Invalid):
        review.note_return(deposit_id=held.pk, txid="soon", actor=officer, reason="sent")

    review.note_return(deposit_id=held.pk, txid="ab" * 32, actor=officer, reason="sent")

    assert Deposit.objects.get().state == State.RETURNED
    assert not_booked() == {}
    assert chain.credit() == 0
    assert factories.available(anna, "BTC") == 0


@pytest.mark.parametrize(
    "verb",
    [review.refuse, review.check_again, review.ignore, review.waive_minimum, review.reconsider],
)
def test_nobody_decides_without_permission_or_without_a_reason(held, verb):
    with pytest.raises(PermissionRefused):
        verb(deposit_id=held.pk, actor=staff("exchange.view_customer"), reason="because")
    with pytest.raises(Invalid):
        verb(deposit_id=held.pk, actor=staff(review.REVIEW), reason="  ")
    assert Deposit.objects.get().state == State.HELD


def test_what_is_credited_can_be_neither_refused_nor_released(chain, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()
    credited = Deposit.objects.get()

    with pytest.raises(Conflict):
        review.refuse(deposit_id=credited.pk, actor=staff(review.REVIEW), reason="late")
    with pytest.raises(Conflict):
        review.propose_release(deposit_id=credited.pk, actor=staff(review.GRANT), reason="late")


def test_staff_may_waive_the_minimum_and_the_customer_gets_what_they_sent(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.00005", btc))
    chain.mine()
    small = Deposit.objects.get()

    review.waive_minimum(deposit_id=small.pk, actor=staff(review.REVIEW), reason="asked kindly")
    chain.credit()

    assert factories.available(anna, "BTC") == D("0.00005")


def test_dust_can_be_put_aside(chain, hers, btc):
    chain.mine(pays(hers, "0.00000001", btc))

    review.ignore(deposit_id=Deposit.objects.get().pk, actor=staff(review.REVIEW), reason="dust")

    assert Deposit.objects.get().state == State.IGNORED
    chain.mine_many(3)
    assert chain.credit() == 0


@pytest.fixture
def xrp(anna):
    """A shared address: anna's memo is 100001."""
    listed = made.asset_network(
        "XRP", made.network("XRP", memo_required=True, memo_name="Destination tag"), decimals=6
    )
    keys = made.key_set(listed.network)
    shared = made.address(keys, key="rShared")
    made.address(keys, key="rShared", memo="100001", customer_id=anna.pk)
    return Chain(listed.network), listed, shared


def test_the_right_memo_credits_its_owner(xrp, anna):
    chain, listed, shared = xrp
    chain.mine(pays(shared, "20", listed, memo="100001"))
    chain.mine()
    chain.credit()

    assert factories.available(anna, "XRP") == 20


@pytest.mark.parametrize("memo", ["", "100002"])
def test_without_its_memo_a_deposit_waits_until_two_people_find_the_owner(xrp, anna, memo):
    chain, listed, shared = xrp
    chain.mine(pays(shared, "20", listed, memo=memo))
    chain.mine()
    assert chain.credit() == 0
    deposit = Deposit.objects.get()
    assert deposit.state == State.NO_OWNER

    asked = review.propose_assignment(
        deposit_id=deposit.pk,
        customer_id=anna.pk,
        actor=staff(review.GRANT),
        reason="proved by the sending exchange",
    )
    proposals.approve(proposal_id=asked.pk, actor=staff(review.GRANT))
    chain.credit()

    assert factories.available(anna, "XRP") == 20


def test_an_assigned_deposit_that_a_fork_mines_again_still_has_its_owner(xrp, anna):
    chain, listed, shared = xrp
    payment = pays(shared, "20", listed)
    chain.mine(payment)
    chain.mine()
    asked = review.propose_assignment(
        deposit_id=Deposit.objects.get().pk,
        customer_id=anna.pk,
        actor=staff(review.GRANT),
        reason="proved",
    )
    proposals.approve(proposal_id=asked.pk, actor=staff(review.GRANT))
    chain.credit()
    chain.fork(2)
    assert factories.available(anna, "XRP") == 0

    chain.mine(payment)
    chain.mine()
    chain.credit()

    assert factories.available(anna, "XRP") == 20


def test_an_asset_listed_later_lets_the_deposit_go_on(anna):
    erc20 = made.network("ERC20")
    keys = made.key_set(erc20)
    hers = made.address(keys, key="0xanna", customer_id=anna.pk)
    eth = made.asset_network("ETH", erc20, precision=18, decimals=18)
    chain = Chain(erc20)
    chain.mine(pays(hers, "0.000000000000000007", eth)._replace(contract="0xnew"))
    chain.mine()
    deposit = Deposit.objects.get()
    with pytest.raises(Conflict, match="listed"):
        review.list_asset_found(deposit_id=deposit.pk, actor=staff(review.REVIEW), reason="now")

    made.asset_network("NEW", erc20, precision=8, decimals=0, contract="0xNEW")
    review.list_asset_found(deposit_id=deposit.pk, actor=staff(review.REVIEW), reason="now")
    chain.credit()

    assert factories.available(anna, "NEW") == 7
