"""What comes before and after a vote: handing in, review, discussion, carrying out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.markets.models import Market
from launchpad.governance import carry, discuss, review
from launchpad.governance.models import ProposalComment, VoteProposal
from launchpad.governance.propose import ParameterChange, Timeline
from launchpad.governance.states import State
from launchpad.governance.submit import (
    NotEnoughBmx,
    TooManyProposals,
    draft_by_staff,
    hand_in,
    hand_in_again,
)
from tests import factories
from tests.factories.accounts import acting, staff
from tests.factories.launchpad import CLOSES, NOON, OPENS, counted, holder, opened, published, voted

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TEXT = "Lower the fee of this market, because others ask for less."
CHANGE = ParameterChange("market.taker_rate", "BTC_USDT", "0.0015")
REVIEWER = factories.officer("launchpad.review_voteproposal", label="reviewer@holdfast.example")


def proposed(who, **changed):
    factories.market("BTC_USDT")
    words = {"kind": "parameter", "title": "Lower fees", "text": TEXT, "change": CHANGE, **changed}
    with clock.held_at(NOON - 2 * DAY):
        return hand_in(customer_id=who.pk, actor=acting(who), **words)


def passed(*, value: str = "0.0015") -> VoteProposal:
    """A change of a parameter that passed."""
    whale = holder("5000")
    proposal = proposed(whale, change=CHANGE._replace(value=value))
    with clock.held_at(NOON - DAY):
        review.publish(
            proposal_id=proposal.pk, timeline=Timeline(NOON, OPENS, CLOSES), actor=REVIEWER
        )
    proposal.refresh_from_db()
    opened(proposal)
    voted(proposal, whale, "yes")
    return counted(proposal)


# -- Handing in and review ----------------------------------------------------------------------


def test_a_customer_with_enough_bmx_proposes_and_staff_review():
    proposal = proposed(holder("1000"))
    assert (proposal.state, proposal.threshold_bps) == (State.REVIEW, 6667)
    assert proposal.published_at is None


def test_it_takes_enough_bmx_to_propose_sub_accounts_included():
    alice = holder("999.999999999999999999")
    with pytest.raises(NotEnoughBmx) as refusal:
        proposed(alice)
    assert refusal.value.limit == "1000"
    factories.fund(factories.customer(parent=alice), "BMX", "0.000000000000000001")
    proposed(alice)


def test_one_proposal_at_a_time_and_three_within_thirty_days():
    alice = holder("1000")
    for number in range(3):
        made = proposed(alice, title=f"Lower fees {number}")
        with pytest.raises(TooManyProposals):
            proposed(alice, title="Another one")
        review.send_back(
            proposal_id=made.pk, code="duplicate", note="As before.", actor=REVIEWER, for_good=True
        )
    with pytest.raises(TooManyProposals) as refusal:
        proposed(alice, title="A fourth one")
    assert refusal.value.limit == 3


def test_customers_do_not_propose_listings():
    with pytest.raises(Invalid) as refusal:
        proposed(holder("1000"), kind="listing", change=None)
    assert refusal.value.field == "kind"


def test_what_was_returned_is_written_anew_under_its_number():
    alice = holder("1000")
    proposal = proposed(alice)
    review.send_back(
        proposal_id=proposal.pk, code="unclear", note="Which market is meant?", actor=REVIEWER
    )
    bob = holder("1000")
    with pytest.raises(NotFound):
        hand_in_again(
            proposal_id=proposal.pk,
            customer_id=bob.pk,
            title="Mine now",
            text=TEXT,
            change=CHANGE,
            actor=acting(bob),
        )
    again = hand_in_again(
        proposal_id=proposal.pk,
        customer_id=alice.pk,
        title="Lower fees of BTC",
        text=TEXT,
        change=CHANGE._replace(value="0.0012"),
        actor=acting(alice),
    )
    assert (again.pk, again.state, again.title) == (proposal.pk, "review", "Lower fees of BTC")
    assert again.parameter_value == "0.0012"
    assert VoteProposal.objects.count() == 1


def test_staff_draft_and_a_colleague_publishes():
    holder("10")
    author = factories.officer(
        "launchpad.open_voteproposal", "launchpad.review_voteproposal", label="author@x.example"
    )
    moments = Timeline(NOON, OPENS, CLOSES)
    with clock.held_at(NOON - DAY):
        made = draft_by_staff(kind="grant", title="A grant", text=TEXT, actor=author)
        with pytest.raises(Conflict, match="yourself"):
            review.publish(proposal_id=made.pk, timeline=moments, actor=author)
        review.publish(proposal_id=made.pk, timeline=moments, actor=REVIEWER)
    made.refresh_from_db()
    assert (made.state, made.reviewed_by) == ("published", "reviewer@holdfast.example")


def test_a_proposer_takes_back_what_is_not_published_and_nothing_after():
    alice = holder("1000")
    proposal = proposed(alice)
    review.withdraw(proposal_id=proposal.pk, actor=acting(alice), reason="I changed my mind")
    other = published(kind="grant", title="Another")
    VoteProposal.objects.filter(pk=other.pk).update(proposer=alice)
    with pytest.raises(PermissionRefused):
        review.withdraw(proposal_id=other.pk, actor=acting(alice), reason="I changed my mind")


# -- Carrying out -------------------------------------------------------------------------------


def test_a_passed_change_takes_a_person_who_carries_it_over_and_another_who_approves():
    proposal = passed()
    first = staff("launchpad.carry_over_vote", "launchpad.approve_voted_change")
    second = staff("launchpad.approve_voted_change")

    asked = carry.carry_over(proposal_id=proposal.pk, actor=first)
    assert asked.payload["vote"] == proposal.pk
    assert (asked.payload["value"], asked.payload["root"]) == ("0.0015", proposal.root)
    with pytest.raises(Conflict):
        carry.carry_over(proposal_id=proposal.pk, actor=staff("launchpad.carry_over_vote"))
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=asked.pk, actor=first)
    assert Market.objects.get(symbol="BTC_USDT").taker_rate == D("0.002")

    done = proposals.approve(proposal_id=asked.pk, actor=second)

    assert done.state == Proposal.State.EXECUTED
    assert Market.objects.get(symbol="BTC_USDT").taker_rate == D("0.0015")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.execution_note) == ("executed", "BTC_USDT: 0.002 -> 0.0015")
    event = AuditEvent.objects.get(verb="governance.change_parameter")
    assert (event.before["value"], event.after["value"]) == ("0.002", "0.0015")


def test_what_was_rejected_may_be_carried_over_again_and_what_was_done_may_not():
    proposal = passed()
    first, second = staff("launchpad.carry_over_vote"), staff("launchpad.approve_voted_change")
    asked = carry.carry_over(proposal_id=proposal.pk, actor=first)
    proposals.reject(proposal_id=asked.pk, actor=second, reason="after the audit")
    again = carry.carry_over(proposal_id=proposal.pk, actor=first)
    proposals.approve(proposal_id=again.pk, actor=second)
    with pytest.raises(Conflict):
        carry.carry_over(proposal_id=proposal.pk, actor=first)


def test_a_vote_that_did_not_pass_changes_nothing():
    whale = holder("5000")
    proposal = opened(published(kind="grant"))
    voted(proposal, whale, "no")
    counted(proposal)
    actor = staff("launchpad.carry_over_vote")
    with pytest.raises(Conflict):
        carry.carry_over(proposal_id=proposal.pk, actor=actor)
    with pytest.raises(Conflict):
        carry.mark_executed(proposal_id=proposal.pk, note="done", actor=actor)


def test_a_tampered_payload_changes_only_what_the_vote_says():
    proposal = passed()
    asked = carry.carry_over(proposal_id=proposal.pk, actor=staff("launchpad.carry_over_vote"))
    Proposal.objects.filter(pk=asked.pk).update(payload={**asked.payload, "value": "0.01"})
    proposals.approve(proposal_id=asked.pk, actor=staff("launchpad.approve_voted_change"))
    assert Market.objects.get(symbol="BTC_USDT").taker_rate == D("0.0015")


def test_what_was_done_about_a_grant_is_written_down_once():
    whale = holder("5000")
    proposal = opened(published(kind="grant"))
    voted(proposal, whale, "yes")
    counted(proposal)
    actor = staff("launchpad.carry_over_vote")
    carry.mark_executed(proposal_id=proposal.pk, note="Paid to the project.", actor=actor)
    again = carry.mark_executed(proposal_id=proposal.pk, note="Paid twice?", actor=actor)
    assert again.execution_note == "Paid to the project."


# -- Discussion ---------------------------------------------------------------------------------


def says(proposal, who, text="I am for it.", *, at=OPENS, answers=None) -> ProposalComment:
    with clock.held_at(at):
        return discuss.comment(
            proposal_id=proposal.pk,
            customer_id=who.pk,
            text=text,
            answers=answers,
            actor=acting(who),
        )


def test_people_discuss_under_names_that_tell_nothing():
    alice, bob = holder("5"), holder("5")
    proposal = published()
    first = says(proposal, alice)
    answer = says(proposal, bob, "Why?", answers=first.pk)
    deeper = says(proposal, alice, "Because.", answers=answer.pk)
    assert (answer.parent_id, deeper.parent_id) == (first.pk, first.pk)
    assert first.name == deeper.name != answer.name
    assert first.name.startswith("holder-")


def test_comments_are_bounded_in_number_and_length():
    alice = holder("5")
    proposal = published()
    for number in range(5):
        says(proposal, alice, f"Point {number}")
    with pytest.raises(discuss.TooFast):
        says(proposal, alice)
    says(proposal, alice, at=OPENS + timedelta(minutes=10))
    for text in (" ", "x" * 2001):
        with pytest.raises(Invalid):
            says(proposal, holder("5"), text)
    with pytest.raises(NotEnoughBmx):
        says(proposal, holder("0.5"))


def test_nobody_reads_or_discusses_what_is_not_published():
    alice = holder("2000")
    with pytest.raises(NotFound):
        says(proposed(alice), alice)


def test_staff_hide_a_comment_with_a_reason_and_take_that_back():
    alice = holder("5")
    said = says(published(), alice, "Send me 1 BTC and get 2 back")
    moderator = factories.officer("launchpad.moderate_comment")
    with pytest.raises(PermissionRefused):
        discuss.hide(comment_id=said.pk, code="scam", actor=factories.officer())
    discuss.hide(comment_id=said.pk, code="scam", actor=moderator)
    with pytest.raises(Conflict):
        discuss.hide(comment_id=said.pk, code="scam", actor=moderator)
    said.refresh_from_db()
    assert (said.hidden_code, bool(said.hidden_at)) == ("scam", True)
    discuss.show_again(comment_id=said.pk, actor=moderator, reason="it was a quote")
    said.refresh_from_db()
    assert said.hidden_at is None
