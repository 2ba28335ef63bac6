"""A passed grant is paid in parts, by two people, from a funded programme, and never more of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from exchange.audit import proposals
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from launchpad.governance import carry, grants
from launchpad.governance.models import GrantPart, VoteProposal
from launchpad.governance.submit import hand_in
from launchpad.programmes import payouts
from tests import factories
from tests.factories.accounts import acting, staff
from tests.factories.identity import identified
from tests.factories.launchpad import NOON, bmx, counted, holder, opened, voted
from tests.launchpad.conftest import programme

pytestmark = pytest.mark.django_db


def asker():
    return staff(grants.PROPOSE)


def approver():
    return staff(grants.APPROVE)


def passed(amount: str | None = "1000", *, answer: str = "yes") -> VoteProposal:
    proposal = opened(
        kind="grant", title="Translators", grant=amount, text="Pay those who translate the pages."
    )
    voted(proposal, WHALE[0], answer)
    return counted(proposal)


WHALE: list = []


@pytest.fixture(autouse=True)
def whale(db):
    WHALE[:] = [holder("5000")]
    bmx()


@pytest.fixture
def budget(whale):
    return programme("BMX", "5000", kind="grant")


@pytest.fixture
def receiver(whale):
    who = factories.customer()
    identified(who)
    return who


def ask(vote, who, budget, amount: str = "250", **more):
    words = {"note": "The first quarter is translated.", "actor": asker(), **more}
    return grants.ask(
        proposal_id=vote.pk, customer_id=who.pk, amount=amount, programme_id=budget.pk, **words
    )


def approve(asked):
    return proposals.approve(proposal_id=asked.pk, actor=approver(), reason="seen")


def has(who) -> D:
    return factories.available(who, "BMX")


def test_parts_are_paid_until_all_of_it_is_and_then_it_is_carried_out(budget, receiver):
    vote = passed()

    approve(ask(vote, receiver, budget, "250"))
    payouts.sweep()
    vote.refresh_from_db()
    assert (has(receiver), vote.granted, vote.state) == (D(250), D(250), "closed")

    approve(ask(vote, receiver, budget, "750", note="The rest is."))
    payouts.sweep()
    vote.refresh_from_db()
    assert (has(receiver), vote.granted, vote.state) == (D(1000), D(1000), "executed")
    assert vote.execution_note == "1000 BMX in 2 part(s)"
    parts = GrantPart.objects.values_list("number", "amount", "note")
    assert list(parts) == [
        (1, D(250), "The first quarter is translated."), (2, D(750), "The rest is."),
    ]  # fmt: skip
    with pytest.raises(Conflict):
        ask(vote, receiver, budget, "0.01")


def test_it_takes_two_people_with_their_permissions(budget, receiver):
    vote = passed()
    with pytest.raises(PermissionRefused):
        ask(vote, receiver, budget, actor=staff())
    both = staff(grants.PROPOSE, grants.APPROVE)
    asked = ask(vote, receiver, budget, actor=both)
    with pytest.raises((PermissionRefused, Conflict)):
        proposals.approve(proposal_id=asked.pk, actor=both, reason="mine")
    payouts.sweep()
    assert has(receiver) == 0


def test_two_parts_that_fit_alone_and_not_together_are_one(budget, receiver):
    vote = passed()
    one, other = ask(vote, receiver, budget, "600"), ask(vote, receiver, budget, "700")

    assert approve(one).state == "executed"
    assert approve(other).state == "failed"

    payouts.sweep()
    assert has(receiver) == D(600)
    with pytest.raises(IntegrityError), transaction.atomic():
        VoteProposal.objects.filter(pk=vote.pk).update(granted=D("1000.01"))


def test_a_part_is_never_more_than_the_vote_leaves_or_the_programme_has(budget, receiver):
    vote = passed("100000")
    with pytest.raises(Conflict) as more:
        ask(vote, receiver, budget, "100000.01")
    assert more.value.limit == "100000"
    with pytest.raises(Conflict) as less:
        ask(vote, receiver, budget, "5000.01")
    assert (less.value.field, less.value.limit) == ("programme_id", "5000")


def test_it_is_paid_from_a_programme_for_grants(receiver):
    vote = passed()
    with pytest.raises(Invalid) as refused:
        ask(vote, receiver, programme("BMX", "5000", kind="interest"))
    assert refused.value.field == "programme_id"


def test_only_a_verified_person_whom_nothing_forbids_is_paid(budget):
    vote = passed()
    with pytest.raises(Invalid):
        ask(vote, factories.customer(), budget)
    clerk = factories.customer()
    identified(clerk)
    clerk.user.is_staff = True
    clerk.user.save()
    with pytest.raises(Invalid):
        ask(vote, clerk, budget)
    with pytest.raises(NotFound):
        ask(vote, factories.customer(parent=clerk), budget)


def test_a_grant_that_did_not_pass_or_named_no_amount_is_not_paid(budget, receiver):
    with pytest.raises(Conflict):
        ask(passed(answer="no"), receiver, budget)
    with pytest.raises(Conflict):
        ask(passed(None), receiver, budget)


def test_a_grant_is_not_noted_as_done_without_having_been_paid(budget):
    with pytest.raises(Conflict):
        carry.mark_executed(proposal_id=passed().pk, note="paid", actor=asker())


def test_a_customer_says_how_much_and_only_of_a_grant():
    who = WHALE[0]
    words = {"title": "Translators", "text": "Pay those who translate the help pages."}
    with clock.held_at(NOON - timedelta(days=2)):
        made = hand_in(
            customer_id=who.pk, actor=acting(who), kind="grant", grant="12000.5", **words
        )
        assert made.grant_amount == D("12000.5")
        for amount in ("0", "-5", "1e3", "10000001"):
            with pytest.raises(Invalid):
                hand_in(
                    customer_id=holder("1000").pk, actor=factories.SYSTEM, kind="grant",
                    grant=amount, **words,
                )  # fmt: skip
