"""Delegation: power travels one step, to somebody who votes, unless its owner votes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.errors import Invalid, NotFound, PermissionRefused, Restricted
from launchpad.governance import count, power, verify_vote
from launchpad.governance.delegate import (
    ChainRefused,
    TooManyDelegations,
    delegate,
    hide,
    offer,
    stop_offering,
    take_back,
)
from launchpad.governance.models import CountedVote, Delegate, Delegation
from tests import factories
from tests.factories.accounts import acting
from tests.factories.launchpad import CLOSES, OPENS, counted, holder, opened, voted

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
UNIT = 10**18
STATEMENT = "I read every proposal and vote for low fees."


def offering(who: Customer, name: str = "") -> Delegate:
    with clock.held_at(OPENS - HOUR):
        return offer(
            customer_id=who.pk,
            name=name or f"Delegate {who.pk}",
            statement=STATEMENT,
            actor=acting(who),
        )


def gives(who: Customer, to: Delegate, *, at=OPENS - HOUR) -> Delegation:
    with clock.held_at(at):
        return delegate(customer_id=who.pk, delegate_id=to.pk, actor=acting(who))


def lines(proposal) -> dict[int, tuple[int, list[str], bool]]:
    return {
        line.customer_id: (line.units // UNIT, line.choices, bool(line.via))
        for line in CountedVote.objects.filter(proposal=proposal)
    }


def test_a_delegate_who_votes_votes_for_those_who_did_not():
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    to = offering(anna)
    gives(ben, to)
    gives(cleo, to)
    proposal = opened()
    voted(proposal, anna, "yes")
    voted(proposal, cleo, "no")

    has = power.power_of(proposal, anna.pk)
    assert (has.own, has.given, has.givers, has.total) == (10, 20, 1, 30)
    counted(proposal)

    assert lines(proposal) == {
        anna.pk: (10, ["yes"], False),
        ben.pk: (20, ["yes"], True),
        cleo.pk: (40, ["no"], False),
    }
    assert (proposal.outcome, proposal.winner) == ("refused", "no")
    _header, result, root = verify_vote.recount(list(count.file_lines(proposal)))
    assert (result, root) == (proposal.result, proposal.root)


def test_a_delegate_who_does_not_vote_moves_nothing():
    anna, ben = holder("10"), holder("20")
    gives(ben, offering(anna))
    proposal = counted(opened())
    assert lines(proposal) == {}


def test_somebody_without_bmx_can_vote_with_what_others_gave():
    anna, ben = holder("0"), holder("20")
    gives(ben, offering(anna))
    proposal = opened()
    voted(proposal, anna, "yes")
    assert lines(counted(proposal)) == {anna.pk: (0, ["yes"], False), ben.pk: (20, ["yes"], True)}


def test_what_stands_at_the_close_counts_whatever_is_changed_after():
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    to = offering(anna)
    gives(ben, to, at=CLOSES - HOUR)
    gives(cleo, to)
    proposal = opened()
    voted(proposal, anna, "yes")
    with clock.held_at(CLOSES - TICK):
        take_back(customer_id=cleo.pk, actor=acting(cleo))
    with clock.held_at(CLOSES + TICK):
        take_back(customer_id=ben.pk, actor=acting(ben))
    gives(cleo, to, at=CLOSES + TICK)

    counted(proposal, at=CLOSES + HOUR)
    assert sorted(lines(proposal)) == sorted([anna.pk, ben.pk])


def test_there_are_no_chains_and_no_circles():
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    to_anna, to_ben, to_cleo = offering(anna), offering(ben), offering(cleo)
    gives(anna, to_ben)
    with pytest.raises(ChainRefused):  # a circle of two
        gives(ben, to_anna)
    with pytest.raises(ChainRefused):  # a chain
        gives(cleo, to_anna)
    gives(ben, to_cleo)
    with pytest.raises(ChainRefused):  # a circle of three
        gives(cleo, to_anna)
    with pytest.raises(Invalid):
        gives(anna, to_anna)


def test_power_does_not_travel_on_from_a_delegate_who_delegates():
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    gives(anna, offering(ben))
    gives(ben, offering(cleo))  # after anna gave to ben
    proposal = opened()
    voted(proposal, cleo, "yes")
    assert lines(counted(proposal)) == {
        ben.pk: (20, ["yes"], True),
        cleo.pk: (40, ["yes"], False),
    }


def test_a_second_delegation_replaces_the_first_and_the_same_again_changes_nothing():
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    first = gives(cleo, offering(anna))
    assert gives(cleo, Delegate.objects.get(customer=anna)).pk == first.pk
    second = gives(cleo, offering(ben))
    standing = Delegation.objects.filter(customer=cleo, until=None)
    assert list(standing) == [second]


def test_a_delegate_is_changed_a_bounded_number_of_times_a_day(monkeypatch):
    monkeypatch.setattr("launchpad.governance.policy.DELEGATIONS_A_DAY", 2)
    anna, ben, cleo = holder("10"), holder("20"), holder("40")
    to_anna, to_ben = offering(anna), offering(ben)
    gives(cleo, to_anna)
    gives(cleo, to_ben)
    with pytest.raises(TooManyDelegations):
        gives(cleo, to_anna)
    gives(cleo, to_anna, at=OPENS + timedelta(days=1))


def test_delegations_end_with_the_offer():
    anna, ben = holder("10"), holder("20")
    to = offering(anna)
    gives(ben, to)
    with clock.held_at(OPENS):
        stop_offering(customer_id=anna.pk, actor=acting(anna))
    assert not Delegation.objects.filter(until=None).exists()
    with pytest.raises(NotFound):
        gives(ben, to)


def test_staff_hide_a_delegate_with_a_reason():
    anna, ben = holder("10"), holder("20")
    to = offering(anna)
    gives(ben, to)
    with pytest.raises(PermissionRefused):
        hide(delegate_id=to.pk, actor=factories.officer(), reason="pretends to be us")
    hide(
        delegate_id=to.pk,
        actor=factories.officer("launchpad.hide_delegate"),
        reason="pretends to be us",
    )
    assert not Delegation.objects.filter(until=None).exists()


def test_a_staff_delegates_power_and_what_was_given_to_it_do_not_count():
    insider, ben = holder("10"), holder("20")
    to = offering(insider)
    gives(ben, to)
    proposal = opened()
    voted(proposal, insider, "yes")
    insider.user.is_staff = True
    insider.user.save()
    assert lines(counted(proposal)) == {}


@pytest.mark.parametrize("name", ["ab", "x" * 31, "<script>", " "])
def test_a_public_name_is_plain(name):
    with pytest.raises(Invalid) as refusal:
        offering(holder("1"), name or " ")
    assert refusal.value.field == "name"


def test_a_public_name_is_given_once_in_any_case():
    offering(holder("1"), "Low Fees")
    with pytest.raises(Invalid):
        offering(holder("1"), "low fees")


def test_a_sub_account_delegates_nothing():
    anna, ben = holder("10"), holder("20")
    sub = factories.customer(parent=ben)
    to = offering(anna)
    with pytest.raises(Restricted), clock.held_at(OPENS):
        delegate(customer_id=sub.pk, delegate_id=to.pk, actor=factories.SYSTEM)
