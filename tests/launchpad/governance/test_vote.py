"""Voting: what counts is what somebody had at the published moment, once, until the close."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.accounts import restrictions
from exchange.audit.models import AuditEvent
from exchange.core import clock
from exchange.core.errors import PermissionRefused, Restricted
from exchange.core.models import OutboxEvent
from launchpad.governance import count, power
from launchpad.governance.cast import NoPower, NotAnAnswer, NotOpen, TooManyAnswers, cast
from launchpad.governance.models import CountedVote, Vote
from launchpad.governance.opening import due, open_vote
from launchpad.snapshots.take import take
from tests import factories
from tests.factories.accounts import acting
from tests.factories.launchpad import (
    CLOSES,
    NOON,
    OPENS,
    bmx,
    colours,
    counted,
    holder,
    moved,
    opened,
    published,
    voted,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
UNIT = 10**18


def powers(proposal) -> dict[str, int]:
    """Whole BMX by option, of a counted vote."""
    return {each["key"]: int(each["power"]) // UNIT for each in (proposal.result or {})["options"]}


def test_a_vote_passes_by_power_and_not_by_heads():
    whale, *small = [holder("300"), holder("100"), holder("100")]
    proposal = opened()
    voted(proposal, whale, "yes")
    for each in small:
        voted(proposal, each, "no")

    counted(proposal)

    assert (proposal.state, proposal.outcome, proposal.winner) == ("closed", "passed", "yes")
    assert powers(proposal) == {"yes": 300, "no": 200, "abstain": 0}
    assert OutboxEvent.objects.get(topic="governance.closed").payload == {
        "proposal_id": proposal.pk,
        "kind": "listing",
        "subject": "",
        "outcome": "passed",
        "winner": "yes",
    }


def test_moving_bmx_after_the_snapshot_changes_nothing():
    alice, bob = holder("300"), holder("0")
    proposal = opened()
    moved(alice, "-300", at=NOON + TICK)
    moved(bob, "300", at=NOON + TICK)

    voted(proposal, alice, "yes")
    with pytest.raises(NoPower):
        voted(proposal, bob, "no")

    assert powers(counted(proposal)) == {"yes": 300, "no": 0, "abstain": 0}


def test_sub_accounts_neither_vote_nor_add_what_was_moved_between_them():
    alice = holder("300")
    sub = factories.customer(parent=alice)
    moved(alice, "-200", at=NOON - HOUR)
    moved(sub, "200", at=NOON - HOUR)
    proposal = opened()

    with clock.held_at(OPENS), pytest.raises(Restricted, match="Sub-accounts"):
        cast(
            proposal_id=proposal.pk,
            customer_id=sub.pk,
            choices=["yes"],
            actor=factories.SYSTEM,
        )
    voted(proposal, alice, "yes")

    assert powers(counted(proposal))["yes"] == 300
    assert proposal.eligible_voters == 1


def test_a_vote_can_be_changed_until_the_close_and_only_the_last_answer_counts():
    alice = holder("300")
    proposal = opened()
    first = voted(proposal, alice, "yes")
    again = voted(proposal, alice, "no", at=CLOSES - TICK)
    assert (again.pk, again.salt, again.serial) == (first.pk, first.salt, 2)

    with pytest.raises(NotOpen):
        voted(proposal, alice, "yes", at=CLOSES)
    counted(proposal)
    with pytest.raises(NotOpen):
        voted(proposal, alice, "yes", at=CLOSES - HOUR)  # a clock that lags behind

    assert powers(proposal) == {"yes": 0, "no": 300, "abstain": 0}
    assert (proposal.outcome, Vote.objects.count()) == ("refused", 1)


def test_the_same_answer_again_is_no_change():
    alice = holder("300")
    proposal = opened()
    voted(proposal, alice, "yes")
    assert voted(proposal, alice, "yes", at=CLOSES - HOUR).serial == 1


def test_an_answer_can_be_changed_often_and_not_for_ever(monkeypatch):
    monkeypatch.setattr("launchpad.governance.policy.ANSWERS_MOST", 3)
    alice = holder("300")
    proposal = opened()
    for choice in ("yes", "no", "yes"):
        voted(proposal, alice, choice)
    with pytest.raises(TooManyAnswers):
        voted(proposal, alice, "no")
    assert Vote.objects.get().choices == ["yes"]


def test_nobody_votes_before_the_vote_opens():
    alice = holder("300")
    proposal = published()
    with pytest.raises(NotOpen):
        voted(proposal, alice, "yes", at=OPENS - TICK)
    assert not Vote.objects.exists()


def test_nobody_votes_for_another_customer():
    alice, bob = holder("300"), holder("1")
    proposal = opened()
    with clock.held_at(OPENS), pytest.raises(PermissionRefused):
        cast(proposal_id=proposal.pk, customer_id=alice.pk, choices=["no"], actor=acting(bob))


def test_staff_accounts_are_left_out_of_the_power_and_of_the_vote():
    alice, insider = holder("300"), holder("700")
    insider.user.is_staff = True
    insider.user.save()
    proposal = opened()

    with pytest.raises(Restricted, match="staff"):
        voted(proposal, insider, "yes")
    assert (proposal.eligible_units, proposal.eligible_voters) == (300 * UNIT, 1)
    assert [(x.customer, x.rule, x.units) for x in proposal.exclusions.all()] == [
        (insider, "staff", 700 * UNIT)
    ]

    # Nor does it help to have left the staff since.
    insider.user.is_staff = False
    insider.user.save()
    with pytest.raises(Restricted, match="left out"):
        voted(proposal, insider, "yes")
    voted(proposal, alice, "no")
    assert powers(counted(proposal)) == {"yes": 0, "no": 300, "abstain": 0}


@pytest.mark.parametrize(("kind", "votes"), [("trading", False), ("withdrawal", True)])
def test_restricted_customers_are_left_out(kind, votes):
    alice = holder("300")
    officer = factories.officer("exchange.freeze_customer")
    restriction = restrictions.restrict(
        customer_id=alice.pk, kind=kind, actor=officer, reason="a test"
    )
    type(restriction).objects.update(imposed_at=NOON - HOUR)
    proposal = opened()

    assert proposal.eligible_voters == int(votes)
    if votes:
        voted(proposal, alice, "yes")
    else:
        with pytest.raises(Restricted, match="can't vote at the moment"):
            voted(proposal, alice, "yes")


def test_who_is_restricted_when_the_vote_closes_does_not_count():
    alice, bob = holder("300"), holder("100")
    proposal = opened()
    voted(proposal, alice, "yes")
    voted(proposal, bob, "no")
    officer = factories.officer("exchange.freeze_customer")
    made = restrictions.restrict(
        customer_id=alice.pk, kind="trading", actor=officer, reason="sanctioned"
    )
    type(made).objects.update(imposed_at=CLOSES - HOUR)

    assert powers(counted(proposal)) == {"yes": 0, "no": 100, "abstain": 0}
    # The quorum stays what it was when the vote opened.
    assert proposal.eligible_units == 400 * UNIT


@pytest.mark.parametrize(
    ("method", "choices"),
    [
        ("single", []),
        ("single", ["red", "green"]),
        ("single", ["mauve"]),
        ("approval", ["red", "red"]),
        ("ranked", ["red", "mauve"]),
        ("ranked", []),
    ],
)
def test_what_is_no_answer_is_refused(method, choices):
    alice = holder("300")
    proposal = opened(kind="feature", method=method, options=colours())
    with pytest.raises(NotAnAnswer) as refusal:
        voted(proposal, alice, *choices)
    assert refusal.value.field == "choices"
    assert not Vote.objects.exists()


def test_too_little_takes_part_for_the_quorum():
    alice, _others = holder("4.999999999999999999"), holder("95")
    proposal = opened(quorum_bps=500)
    voted(proposal, alice, "yes")
    assert counted(proposal).outcome == "no_quorum"
    assert count.quorum_units(proposal) == D("4.99999999999999999995").scaleb(18).__ceil__()


def test_who_abstains_counts_for_the_quorum_and_not_for_the_threshold():
    alice, bob, carol = holder("30"), holder("20"), holder("50")
    proposal = opened(quorum_bps=10_000, threshold_bps=6000)
    voted(proposal, alice, "yes")
    voted(proposal, bob, "no")
    voted(proposal, carol, "abstain")
    assert counted(proposal).outcome == "passed"  # 60 % of those who spoke


def test_yes_and_no_with_equal_power_refuses():
    alice, bob = holder("50"), holder("50")
    proposal = opened(threshold_bps=5000)
    voted(proposal, alice, "yes")
    voted(proposal, bob, "no")
    assert (counted(proposal).outcome, proposal.winner) == ("refused", "no")


def test_what_is_staked_weighs_more_and_the_receipt_says_from_where():
    alice = holder("10")
    proposal = opened()
    has = power.power_of(proposal, alice.pk)
    assert (has.held, has.staked, has.own, has.total) == (10, 0, 10, 10)


def test_the_log_says_that_somebody_voted_and_not_for_what():
    alice = holder("10")
    proposal = opened()
    voted(proposal, alice, "no")
    event = AuditEvent.objects.get(verb="governance.vote")
    assert event.target_id == str(proposal.pk)
    assert event.after == {"customer": alice.pk, "serial": 1}


def test_a_vote_waits_for_its_snapshot_to_open():
    holder("10")
    proposal = published()
    with clock.held_at(OPENS):
        assert due() == [proposal.pk]
        assert open_vote(proposal_id=proposal.pk) is False
        take(snapshot_id=proposal.snapshot_id)
        assert open_vote(proposal_id=proposal.pk) is True
        assert open_vote(proposal_id=proposal.pk) is False


def test_a_vote_that_opened_late_stays_open_as_long_as_was_announced():
    holder("10")
    proposal = published()
    with clock.held_at(OPENS + 3 * HOUR):
        take(snapshot_id=proposal.snapshot_id)
        open_vote(proposal_id=proposal.pk)
    proposal.refresh_from_db()
    assert proposal.closes_at == CLOSES + 3 * HOUR


def test_nothing_is_counted_before_the_close():
    alice = holder("10")
    proposal = opened()
    voted(proposal, alice, "yes")
    with clock.held_at(CLOSES - TICK):
        assert count.due() == []
        assert count.close_vote(proposal_id=proposal.pk) is False
        assert count.count(proposal_id=proposal.pk) == 0
    assert not CountedVote.objects.exists()


def test_a_count_that_is_killed_goes_on_where_it_was_and_comes_to_the_same():
    people = [holder(str(n)) for n in range(1, 8)]
    proposal = opened()
    for number, person in enumerate(people):
        voted(proposal, person, ("yes", "no")[number % 2])
    with clock.held_at(CLOSES):
        count.close_vote(proposal_id=proposal.pk)
        assert count.count_batch(proposal_id=proposal.pk, limit=3) == 3
        proposal.refresh_from_db()
        assert proposal.state == "counting"
        assert count.unfinished() == [proposal.pk]
        assert count.count_batch(proposal_id=proposal.pk, limit=3) == 3
        assert count.count_batch(proposal_id=proposal.pk, limit=3) == 1
        assert count.count_batch(proposal_id=proposal.pk, limit=3) == 0

    proposal.refresh_from_db()
    assert powers(proposal) == {"yes": 1 + 3 + 5 + 7, "no": 2 + 4 + 6, "abstain": 0}
    assert OutboxEvent.objects.filter(topic="governance.closed").count() == 1


def test_a_shown_tally_is_what_the_count_would_come_to_now():
    alice, bob = holder("30"), holder("20")
    proposal = opened(tally="shown")
    voted(proposal, alice, "yes")
    voted(proposal, bob, "no")
    with clock.held_at(OPENS + 2 * HOUR):
        now = count.so_far(proposal)
    counted(proposal)
    assert now == proposal.result


def test_a_vote_in_which_nobody_took_part_is_without_a_quorum():
    holder("10")
    proposal = counted(opened(quorum_bps=0))
    assert (proposal.outcome, proposal.winner) == ("no_quorum", "")
    assert bmx().code == "BMX"
