"""Four eyes: what one person proposes, another decides, once."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from exchange.audit import proposals, queries
from exchange.audit.models import AuditEvent, Proposal
from exchange.audit.proposals import OwnProposal, ProposalClosed, approve, propose, reject
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import Switch
from tests.concurrency.together import Meeting, together
from tests.factories import SYSTEM
from tests.factories.accounts import staff

PROPOSE, APPROVE = "tests.propose", "tests.approve"


class Exploded(Exception):
    pass


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> str:
    """An act that leaves a trace in the database: one switch a payload, by name."""
    monkeypatch.setattr(proposals, "_kinds", {})

    @proposals.proposal_kind(
        "tests.make_switch", permission_to_propose=PROPOSE, permission_to_approve=APPROVE
    )
    def make_switch(*, payload: dict[str, Any], actor: Actor) -> str:
        Switch.objects.create(name=payload["name"], changed_by=actor.label)
        if payload.get("explode"):
            raise Exploded("after it had written")
        if payload.get("refuse"):
            raise Conflict("Not any more.")
        return f"made {payload['name']}"

    return "tests.make_switch"


def proposed(**payload: Any) -> Proposal:
    return propose(
        kind="tests.make_switch",
        payload={"name": "gate", **payload},
        summary="Make the gate",
        reason="needed",
        actor=staff(PROPOSE),
    )


def made() -> list[str]:
    return list(Switch.objects.values_list("name", flat=True))


def state(proposal: Proposal) -> str:
    return Proposal.objects.get(pk=proposal.pk).state


@pytest.mark.django_db
def test_nothing_happens_until_a_second_person_approves():
    proposal = proposed()
    assert made() == []

    approver = staff(APPROVE)
    decided = approve(proposal_id=proposal.pk, actor=approver, reason="agreed")

    assert made() == ["gate"]
    assert (decided.state, decided.outcome) == ("executed", "made gate")
    assert Switch.objects.get().changed_by == approver.label
    verbs = AuditEvent.objects.order_by("id").values_list("verb", "actor", "reason")
    assert list(verbs) == [
        ("audit.propose", proposal.proposed_by.email, "needed"),
        ("audit.approve", approver.label, "agreed"),
    ]


@pytest.mark.django_db
def test_the_proposer_can_not_approve_even_with_both_permissions():
    both = staff(PROPOSE, APPROVE)
    proposal = propose(
        kind="tests.make_switch", payload={"name": "gate"}, summary="s", reason="r", actor=both
    )

    with pytest.raises(OwnProposal):
        approve(proposal_id=proposal.pk, actor=both)

    assert (made(), state(proposal)) == ([], "open")


@pytest.mark.django_db
def test_the_database_itself_refuses_a_proposer_who_approves():
    proposal = proposed()

    with pytest.raises(IntegrityError, match="proposer_is_never_approver"), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(
            state="executed", decided_by=proposal.proposed_by
        )


@pytest.mark.django_db
@pytest.mark.parametrize("decide", [approve, reject])
def test_deciding_needs_the_permission_of_the_kind(decide):
    proposal = proposed()

    with pytest.raises(PermissionRefused):
        decide(proposal_id=proposal.pk, actor=staff(PROPOSE), reason="no right to")

    assert (made(), state(proposal)) == ([], "open")


@pytest.mark.django_db
def test_proposing_needs_the_permission_of_the_kind():
    with pytest.raises(PermissionRefused):
        propose(kind="tests.make_switch", payload={}, summary="s", reason="r", actor=staff(APPROVE))
    assert Proposal.objects.count() == AuditEvent.objects.count() == 0


@pytest.mark.django_db
def test_a_process_can_neither_propose_nor_approve():
    with pytest.raises(PermissionRefused):
        propose(kind="tests.make_switch", payload={}, summary="s", reason="r", actor=SYSTEM)
    with pytest.raises(PermissionRefused):
        approve(proposal_id=proposed().pk, actor=SYSTEM)
    assert made() == []


@pytest.mark.django_db
def test_a_proposal_needs_a_reason_and_so_does_its_rejection():
    with pytest.raises(Invalid):
        propose(kind="tests.make_switch", payload={}, summary="s", reason=" ", actor=staff(PROPOSE))
    proposal = proposed()
    with pytest.raises(Invalid):
        reject(proposal_id=proposal.pk, actor=staff(APPROVE), reason="")
    assert state(proposal) == "open"


@pytest.mark.django_db
def test_what_no_room_declared_can_not_be_proposed():
    with pytest.raises(Invalid):
        propose(kind="tests.unheard_of", payload={}, summary="s", reason="r", actor=staff(PROPOSE))


@pytest.mark.django_db
def test_the_same_act_is_not_proposed_twice_while_it_waits():
    first = proposed()
    with pytest.raises(Conflict) as refused:
        proposed()
    assert refused.value.limit == first.pk
    reject(proposal_id=first.pk, actor=staff(APPROVE), reason="not now")

    assert proposed().pk != first.pk


@pytest.mark.django_db
def test_a_rejected_proposal_is_never_carried_out():
    proposal = proposed()
    reject(proposal_id=proposal.pk, actor=staff(APPROVE), reason="too risky")

    with pytest.raises(ProposalClosed) as refused:
        approve(proposal_id=proposal.pk, actor=staff(APPROVE))

    assert refused.value.limit == "rejected"
    assert made() == []


@pytest.mark.django_db
def test_an_approved_proposal_is_not_carried_out_again():
    proposal = proposed()
    approve(proposal_id=proposal.pk, actor=staff(APPROVE))

    with pytest.raises(ProposalClosed):
        approve(proposal_id=proposal.pk, actor=staff(APPROVE))

    assert made() == ["gate"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "says"), [("refuse", "Not any more."), ("explode", "Exploded: after it had written")]
)
def test_when_carrying_out_fails_nothing_of_it_stays_and_the_failure_is_on_record(how, says):
    proposal = proposed(**{how: True})

    decided = approve(proposal_id=proposal.pk, actor=staff(APPROVE))

    assert made() == []
    assert (decided.state, decided.outcome) == ("failed", says)
    assert state(proposal) == "failed"
    assert AuditEvent.objects.latest("id").verb == "audit.approve_failed"


@pytest.mark.django_db
def test_a_proposal_that_nobody_decided_expires():
    proposal = proposed()
    with time_machine.travel(clock.now() + timedelta(days=3, seconds=1)):
        with pytest.raises(ProposalClosed):
            approve(proposal_id=proposal.pk, actor=staff(APPROVE))

        assert proposals.expire_stale() == 1
        assert proposals.expire_stale() == 0

    assert (made(), state(proposal)) == ([], "expired")
    assert AuditEvent.objects.latest("id").verb == "audit.expire_proposal"


@pytest.mark.django_db
def test_a_fresh_proposal_does_not_expire():
    proposal = proposed()
    assert proposals.expire_stale() == 0
    assert state(proposal) == "open"


@pytest.mark.django_db
def test_an_unknown_proposal_is_not_found():
    with pytest.raises(NotFound):
        approve(proposal_id=0, actor=staff(APPROVE))


@pytest.mark.django_db
def test_the_queue_shows_what_this_person_may_decide_and_not_what_they_proposed():
    proposal = proposed()
    proposer = staff(PROPOSE, APPROVE, holder=proposal.proposed_by)

    assert list(queries.waiting_for(actor=staff(APPROVE))) == [proposal]
    assert list(queries.waiting_for(actor=proposer)) == []
    assert list(queries.waiting_for(actor=staff(PROPOSE))) == []


def approve_at_once(proposal: Proposal, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two officers approve at the same moment; returns what each of them was told."""
    monkeypatch.setattr(proposals, "_carry_out", Meeting().before(proposals._carry_out))
    officers = [staff(APPROVE), staff(APPROVE)]
    told: list[str] = []

    def decide(officer: Actor) -> None:
        try:
            told.append(approve(proposal_id=proposal.pk, actor=officer).state)
        except ProposalClosed as closed:
            told.append(f"refused: {closed.limit}")
        finally:
            connection.close()

    threads = [Thread(target=decide, args=[officer]) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    return sorted(told)


@pytest.fixture
def counted(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind, but able to run twice: every run is counted."""
    runs: list[str] = []
    counting = proposals.Kind(
        name=kind,
        permission_to_propose=PROPOSE,
        permission_to_approve=APPROVE,
        execute=lambda *, payload, actor: runs.append(actor.label),
    )
    monkeypatch.setitem(proposals._kinds, kind, counting)
    return runs


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_carry_it_out_once(counted, monkeypatch):
    told = approve_at_once(proposed(), monkeypatch)

    assert told == ["executed", "refused: executed"]
    assert len(counted) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_lock_both_approvals_carry_it_out(counted, monkeypatch):
    monkeypatch.setattr(proposals, "_locked", lambda pk: Proposal.objects.get(pk=pk))

    told = approve_at_once(proposed(), monkeypatch)

    assert told == ["executed", "executed"]
    assert len(counted) == 2


def twins_at_once(monkeypatch: pytest.MonkeyPatch) -> int:
    """Two browsers ask for the same at once. How many stand open."""
    looked = Meeting().after(proposals._refuse_twin)
    monkeypatch.setattr(proposals, "_refuse_twin", looked)
    together([proposed, proposed])
    return Proposal.objects.filter(state="open").count()


@pytest.mark.django_db(transaction=True)
def test_the_same_act_proposed_twice_at_once_is_one_proposal(monkeypatch):
    assert twins_at_once(monkeypatch) == 1


@pytest.mark.django_db(transaction=True)
def test_without_taking_turns_two_of_it_stand_there_to_be_approved(monkeypatch):
    """The control."""
    monkeypatch.setattr(proposals.locks, "hold", lambda lock, key=0: None)
    assert twins_at_once(monkeypatch) == 2
