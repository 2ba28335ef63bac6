"""Working a case: claim it, hand it on, end it; some endings take two people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.cases import dispose, hold, notes, quality
from compliance.cases.models import Case, CaseDecision, CaseReview
from compliance.cases.states import Queue, State
from compliance.monitoring.models import Alert
from exchange.accounts.models import Restriction, User
from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.models import OutboxEvent
from tests.factories import cases as f
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db
WHY = "Salary, as the payslips show."


@pytest.fixture
def officer():
    return f.officer()


@pytest.fixture
def mine(officer) -> Case:
    return hold.claim(case_id=f.case().pk, actor=officer)


def close(case, actor, disposition="explained", reason_code="documents", **more):
    return dispose.dispose(
        case_id=case.pk,
        disposition=disposition,
        reason_code=reason_code,
        rationale=WHY,
        actor=actor,
        **more,
    )


def test_a_claimed_case_is_nobody_else_s(mine, officer):
    with pytest.raises(hold.Claimed) as refused:
        hold.claim(case_id=mine.pk, actor=f.officer())

    assert refused.value.limit == officer.user_id
    assert hold.claim(case_id=mine.pk, actor=officer) == mine


def test_next_is_the_most_urgent_of_the_queues_one_works():
    f.case(severity=1)
    urgent = f.case(severity=5)
    deeper = f.case(severity=5, scenario="screening.hit")
    Case.objects.filter(pk=deeper.pk).update(queue=Queue.MLRO)
    triage = staff(*f.L1)

    assert hold.claim_next(actor=triage) == urgent
    assert hold.claim_next(actor=f.mlro()) == deeper


def test_who_works_no_queue_gets_no_case():
    f.case()
    with pytest.raises(PermissionRefused):
        hold.claim_next(actor=staff("compliance.view_case"))


def test_handed_on_it_waits_there_without_an_owner_and_with_a_clock_of_its_own(mine, officer):
    after = hold.hand_on(
        case_id=mine.pk, queue=Queue.INVESTIGATION, actor=officer, reason="needs a look at chains"
    )

    assert (after.queue, after.owner) == (Queue.INVESTIGATION, None)
    assert after.due_at > clock.now() + timedelta(days=10)


def test_a_sanctions_hit_keeps_its_clock_wherever_it_is_handed(officer):
    case = hold.claim(case_id=f.case(scenario="screening.hit").pk, actor=officer)

    after = hold.hand_on(case_id=case.pk, queue=Queue.MLRO, actor=officer, reason="a true hit")

    assert after.due_at == case.due_at


def test_only_the_owner_hands_on_and_decides(mine):
    other = f.officer()

    with pytest.raises(hold.NotYours):
        hold.hand_on(case_id=mine.pk, queue=Queue.INVESTIGATION, actor=other, reason="mine now")
    with pytest.raises(hold.NotYours):
        close(mine, other)
    assert Case.objects.get(pk=mine.pk).state == State.OPEN


def test_a_case_is_taken_away_only_with_the_permission_and_a_reason(mine):
    with pytest.raises(PermissionRefused):
        hold.reassign(case_id=mine.pk, user_id=None, actor=f.officer(), reason="holiday")
    boss = f.mlro()
    with pytest.raises(Invalid):
        hold.reassign(case_id=mine.pk, user_id=None, actor=boss, reason=" ")

    assert hold.reassign(case_id=mine.pk, user_id=None, actor=boss, reason="holiday").owner is None


def test_when_facts_were_first_known_can_be_put_right_and_is_written_down(mine, officer):
    then = clock.now() - timedelta(days=12)

    hold.establish(case_id=mine.pk, at=then, actor=officer, reason="support was told then")

    mine.refresh_from_db()
    assert mine.facts_known_at == then
    event = AuditEvent.objects.get(verb="cases.establish")
    assert event.after == {"facts_known_at": then.isoformat().replace("+00:00", "Z")[:23] + "Z"}
    with pytest.raises(Invalid):
        hold.establish(
            case_id=mine.pk, at=clock.now() + timedelta(hours=1), actor=officer, reason="x"
        )


def test_explained_by_one_person_closes_it_and_teaches_monitoring(mine, officer):
    decision = close(mine, officer)

    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.disposition, case.closed_late) == (State.CLOSED, "explained", False)
    assert (decision.by_id, decision.approved_by) == (officer.user_id, None)
    alert = case.alerts.get().alert
    assert alert.state == Alert.State.CLOSED
    assert alert.labels.get().outcome == "explained"
    assert OutboxEvent.objects.get(topic="cases.decided").payload == {
        "case_id": case.pk,
        "decision_id": decision.pk,
        "disposition": "explained",
    }


@pytest.mark.parametrize(
    ("disposition", "reason_code", "rationale"),
    [
        ("explained", "structuring", WHY),  # a reason of another disposition
        ("forgotten", "documents", WHY),
        ("explained", "documents", "ok"),
        ("explained", "documents", "x" * 1001),
    ],
)
def test_an_ending_without_its_ground_is_refused_and_changes_nothing(
    mine, officer, disposition, reason_code, rationale
):
    with pytest.raises(Invalid):
        dispose.dispose(
            case_id=mine.pk,
            disposition=disposition,
            reason_code=reason_code,
            rationale=rationale,
            actor=officer,
        )

    assert Case.objects.get(pk=mine.pk).state == State.OPEN


def test_to_report_takes_a_second_person(mine, officer):
    proposal = close(mine, officer, "report", "structuring")

    assert isinstance(proposal, Proposal)
    assert Case.objects.get(pk=mine.pk).state == State.OPEN
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=officer)
    boss = f.mlro()
    decided = proposals.approve(proposal_id=proposal.pk, actor=boss, reason="agreed")

    assert decided.state == Proposal.State.EXECUTED
    decision = CaseDecision.objects.get()
    assert (decision.by_id, decision.approved_by_id) == (officer.user_id, boss.user_id)
    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.disposition) == (State.CLOSED, "report")
    assert case.alerts.get().alert.labels.get().outcome == "productive"


def test_a_rejected_proposal_leaves_the_case_with_its_owner(mine, officer):
    proposal = close(mine, officer, "report", "structuring")
    with pytest.raises(dispose.WaitsForSecond):
        close(mine, officer)

    proposals.reject(proposal_id=proposal.pk, actor=f.mlro(), reason="grounds too thin")

    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.owner_id) == (State.OPEN, officer.user_id)
    assert close(mine, officer).disposition == "explained"


def test_whoever_may_not_approve_cases_can_not_be_the_second_person(mine, officer):
    proposal = close(mine, officer, "report", "structuring")

    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=proposal.pk, actor=staff("exchange.decide_proposal"))

    assert Proposal.objects.get(pk=proposal.pk).state == Proposal.State.OPEN


def test_nobody_clears_a_sanctions_hit_alone(officer):
    case = hold.claim(case_id=f.case(scenario="screening.hit").pk, actor=officer)

    proposal = close(case, officer, "false_positive", "wrong_person")

    assert proposal.kind == "cases.clear_sanctions"
    assert Case.objects.get(pk=case.pk).state == State.OPEN
    assert proposals.approve(proposal_id=proposal.pk, actor=f.officer()).state == "executed"


def test_who_is_shown_out_may_neither_trade_nor_deposit_but_take_what_is_theirs(mine, officer):
    proposal = close(mine, officer, "exit", "no_answer")

    proposals.approve(proposal_id=proposal.pk, actor=f.mlro())

    standing = Restriction.objects.filter(customer=mine.customer)
    assert sorted(standing.values_list("kind", flat=True)) == ["deposit", "trading"]
    assert {row.customer_message for row in standing} == {dispose.EXIT_WORDS}


def test_a_triage_clerk_can_not_propose_a_report():
    clerk = staff(*f.L1)
    case = hold.claim(case_id=f.case().pk, actor=clerk)

    with pytest.raises(PermissionRefused):
        close(case, clerk, "report", "structuring")


def test_monitored_more_closely_it_comes_back_on_its_day(mine, officer):
    close(mine, officer, "monitor", "not_enough", look_again_days=30)
    assert dispose.look_again() == 0

    with clock.held_at(clock.now() + timedelta(days=31)):
        assert dispose.look_again() == 1
        assert dispose.look_again() == 0

    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.queue, case.reopened) == (State.OPEN, Queue.INVESTIGATION, 1)
    assert case.alerts.get().alert.state == Alert.State.IN_CASE


def test_a_new_alert_after_closing_opens_a_new_case_linked_to_the_old(mine, officer):
    close(mine, officer)

    again = f.case(mine.customer, scenario="fan_in")

    assert again.pk != mine.pk
    assert [link.older_id for link in again.links_to_older.all()] == [mine.pk]
    with pytest.raises(Conflict):
        dispose.reopen(case_id=mine.pk, actor=officer, reason="more came up")


def test_a_case_closed_after_its_time_is_late(mine, officer):
    with clock.held_at(clock.now() + timedelta(hours=25)):
        close(mine, officer)

    assert Case.objects.get(pk=mine.pk).closed_late


def test_notes_are_kept_with_their_writer_and_end_with_the_case(mine, officer):
    colleague = f.officer()
    notes.note(case_id=mine.pk, text=" Deposits follow paydays. ", actor=colleague)
    close(mine, officer)

    assert [(n.text, n.by_id) for n in mine.notes.all()] == [
        ("Deposits follow paydays.", colleague.user_id)
    ]
    with pytest.raises(hold.CaseClosed):
        notes.note(case_id=mine.pk, text="too late", actor=officer)


def test_a_drawn_case_is_reviewed_by_somebody_else_and_overturned_it_is_open(
    mine, officer, monkeypatch
):
    monkeypatch.setattr(quality, "SHARE_PERCENT", 100)
    decision = close(mine, officer)
    review = CaseReview.objects.get(decision=decision)
    with pytest.raises(quality.OwnDecision):
        quality.review(review_id=review.pk, verdict="upheld", finding="fine", actor=officer)

    other = f.officer()
    quality.review(
        review_id=review.pk, verdict="overturned", finding="payslips are of another", actor=other
    )

    case = Case.objects.get(pk=mine.pk)
    assert (case.state, case.queue, case.owner) == (State.OPEN, Queue.INVESTIGATION, None)
    decision.refresh_from_db()
    assert decision.overturned_at is not None
    with pytest.raises(Conflict):
        quality.review(review_id=review.pk, verdict="upheld", finding="no", actor=other)


def test_the_second_person_of_a_decision_does_not_review_it(mine, officer, monkeypatch):
    monkeypatch.setattr(quality, "SHARE_PERCENT", 100)
    boss = f.mlro(User.objects.create_user("boss@holdfast.example", is_staff=True))
    proposals.approve(proposal_id=close(mine, officer, "report", "fraud").pk, actor=boss)

    with pytest.raises(quality.OwnDecision):
        quality.review(
            review_id=CaseReview.objects.get().pk, verdict="upheld", finding="fine", actor=boss
        )


def test_about_the_share_that_was_agreed_is_drawn(mine, officer, monkeypatch):
    monkeypatch.setattr(quality, "SHARE_PERCENT", 10)
    dice = iter([9, 10])
    monkeypatch.setattr(quality._dice, "randrange", lambda _most: next(dice))

    close(mine, officer)
    other = hold.claim(case_id=f.case().pk, actor=officer)
    close(other, officer)

    assert [review.case_id for review in CaseReview.objects.all()] == [mine.pk]
