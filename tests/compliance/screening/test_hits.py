"""Hits: who is found, what is remembered, who decides, and what is frozen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from compliance.identity.checks import Verdict
from compliance.identity.models import Application, Identity, Owner
from compliance.screening import before_approval, decide, queries
from compliance.screening.models import Blocking, Hit
from compliance.screening.names import screen
from compliance.screening.raise_hits import screen_application, screen_customer
from exchange.accounts.models import Customer, Restriction
from exchange.accounts.restrictions import standing_restrictions
from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.errors import Invalid, PermissionRefused
from exchange.core.models import OutboxEvent
from tests import factories
from tests.factories.accounts import staff
from tests.factories.screening import KORVALIN, MARLIN, TAMARI, imported, officer

pytestmark = pytest.mark.django_db
WHY = "Passport and photo agree with the list."


@pytest.fixture
def lists(tmp_path):
    return imported(tmp_path, KORVALIN, TAMARI, MARLIN)


def person(given: str, family: str, **more: object) -> Customer:
    customer = factories.customer()
    fields = {"birth_date": date(1979, 3, 14), "nationality": "RU", **more}
    Identity.objects.create(customer=customer, given_names=given, family_name=family, **fields)
    return customer


@pytest.fixture
def hit(lists) -> Hit:
    customer = person("Dmitri", "Korvalin")
    screen_customer(customer.pk)
    return Hit.objects.get(customer=customer)


def test_a_hit_keeps_both_sides_and_the_parts_of_its_score(hit):
    assert (hit.score, hit.subject, hit.entry.uid) == (1000, "customer", "1")
    assert (hit.customer_version, hit.entry_version) == (1, 1)
    assert [part["how"] for part in hit.parts] == ["same", "birth agrees", "country agrees"]
    assert hit.theirs["names"] == ["Dmitri Korvalin"]
    assert hit.listed["births"] == ["1979-03-14"]
    announced = OutboxEvent.objects.get(topic="screening.hit")
    assert announced.payload == {"hit_id": hit.pk}


def test_another_birth_date_lowers_a_hit_and_never_clears_it(lists):
    exact = screen(texts=["Dmitri Korvalin"], kind="person", births=["1979-03-14"])
    other = screen(texts=["Dmitri Korvalin"], kind="person", births=["1950-01-01"])
    barely = screen(texts=["Dimitri Korvallen"], kind="person", births=["1950-01-01"])

    assert [match.score for match in exact] == [1000]
    assert [match.score for match in other] == [920]
    assert [match.listed.uid for match in barely] == ["1"]
    assert barely[0].score >= 700


def test_nobody_is_hit_who_is_on_no_list(lists):
    customer = person("Ordinary", "Person")

    assert screen_customer(customer.pk) == 0
    assert not Hit.objects.exists()


def test_screening_again_raises_nothing_new(hit):
    assert screen_customer(hit.customer_id) == 0
    assert Hit.objects.count() == 1


def test_owners_of_a_company_are_screened_with_it(lists):
    customer = factories.customer()
    Identity.objects.create(customer=customer, kind="company", family_name="Harmless GmbH")
    application = Application.objects.create(
        customer=customer, state=Application.State.APPROVED, started_at=clock.now()
    )
    owner = Owner.objects.create(
        application=application, given_names="Hasan", family_name="al-Tamary"
    )

    screen_customer(customer.pk)

    hit = Hit.objects.get()
    assert (hit.subject, hit.entry.uid) == (f"owner {owner.pk}", "2")


def test_a_confirmed_hit_freezes_and_starts_the_clock_at_once(hit):
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    with clock.held_at(moment):
        decide.confirm(hit_id=hit.pk, actor=officer(), reason=WHY)

    kinds = set(standing_restrictions(customer_id=hit.customer_id).values_list("kind", flat=True))
    assert kinds == {Restriction.Kind.WITHDRAWAL, Restriction.Kind.TRADING}
    blocking = queries.blockings(hit.customer_id).get()
    assert (blocking.known_at, blocking.source, blocking.hit) == (moment, "OFAC", hit)
    assert OutboxEvent.objects.get(topic="screening.confirmed").payload == {"hit_id": hit.pk}
    hit.refresh_from_db()
    assert hit.state == Hit.State.TRUE
    assert "sanction" not in Restriction.objects.first().customer_message.lower()


def test_what_could_not_freeze_confirms_nothing(hit):
    with pytest.raises(PermissionRefused):
        decide.confirm(hit_id=hit.pk, actor=staff("compliance.decide_hit"), reason=WHY)

    hit.refresh_from_db()
    assert hit.state == Hit.State.OPEN
    assert not Blocking.objects.exists()
    assert not Restriction.objects.exists()


def test_the_moment_of_blocking_can_not_be_moved(hit):
    decide.confirm(hit_id=hit.pk, actor=officer(), reason=WHY)

    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        Blocking.objects.update(known_at=clock.now())


def test_clearing_takes_a_second_person(hit):
    proposer = officer()
    proposal = decide.propose_clear(hit_id=hit.pk, actor=proposer, reason="Born in another year.")
    hit.refresh_from_db()
    assert hit.state == Hit.State.OPEN
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=proposer)

    done = proposals.approve(proposal_id=proposal.pk, actor=officer())

    hit.refresh_from_db()
    assert (done.state, hit.state) == (Proposal.State.EXECUTED, Hit.State.FALSE)
    assert AuditEvent.objects.filter(verb="screening.clear_hit", target_id=str(hit.pk)).exists()
    assert screen_customer(hit.customer_id) == 0  # remembered


def test_a_proposal_to_clear_fails_once_somebody_confirmed(hit):
    proposal = decide.propose_clear(hit_id=hit.pk, actor=officer(), reason="Somebody else.")
    decide.confirm(hit_id=hit.pk, actor=officer(), reason=WHY)

    done = proposals.approve(proposal_id=proposal.pk, actor=officer())

    hit.refresh_from_db()
    assert (done.state, hit.state) == (Proposal.State.FAILED, Hit.State.TRUE)


def test_a_decision_counts_for_these_versions_only(hit, tmp_path):
    proposal = decide.propose_clear(hit_id=hit.pk, actor=officer(), reason="Somebody else.")
    proposals.approve(proposal_id=proposal.pk, actor=officer())
    Identity.objects.update(version=2)

    assert screen_customer(hit.customer_id) == 1
    again = Hit.objects.get(customer_version=2)
    assert again.state == Hit.State.OPEN
    assert list(queries.earlier_decisions(again)) == [hit]

    imported(tmp_path, (1, "KORVALIN, Dmitri", "individual", "DOB 1985."), TAMARI, MARLIN)
    assert screen_customer(hit.customer_id) == 1
    again.refresh_from_db()
    assert again.state == Hit.State.SUPERSEDED
    assert Hit.objects.get(entry_version=2, customer_version=2).state == Hit.State.OPEN


def test_unsure_stays_in_the_queue_and_says_what_is_missing(hit):
    decide.leave_unsure(hit_id=hit.pk, actor=officer(), reason="No photo on the list.")

    assert list(queries.waiting()) == [hit]
    assert queries.open_hits(hit.customer_id).get().reason == "No photo on the list."


def test_decisions_need_a_reason_and_the_permission(hit):
    with pytest.raises(Invalid):
        decide.confirm(hit_id=hit.pk, actor=officer(), reason=" ")
    with pytest.raises(PermissionRefused):
        decide.leave_unsure(hit_id=hit.pk, actor=staff("compliance.screen_name"), reason=WHY)
    with pytest.raises(PermissionRefused):
        decide.propose_clear(hit_id=hit.pk, actor=staff(), reason=WHY)


def applied(given: str, family: str) -> Application:
    now = clock.now()
    return Application.objects.create(
        customer=factories.customer(),
        given_names=given,
        family_name=family,
        state=Application.State.SUBMITTED,
        started_at=now,
        submitted_at=now,
    )


def test_nobody_is_approved_before_they_are_screened(lists):
    application = applied("Ordinary", "Person")
    assert before_approval.nobody_listed(application).verdict == Verdict.HOLD
    assert list(before_approval.unscreened()) == [application]

    screen_application(application)

    assert before_approval.nobody_listed(application).verdict == Verdict.PASS
    assert not before_approval.unscreened().exists()


def test_an_applicant_with_a_hit_waits_and_a_listed_one_is_refused(lists):
    application = applied("Dmitri", "Korvalin")
    screen_application(application)
    assert before_approval.nobody_listed(application).verdict == Verdict.HOLD

    decide.confirm(hit_id=Hit.objects.get().pk, actor=officer(), reason=WHY)

    assert before_approval.nobody_listed(application).verdict == Verdict.REFUSE


def test_what_was_cleared_before_an_approval_stays_cleared_after_it(lists):
    application = applied("Dmitri", "Korvalin")
    screen_application(application)
    hit = Hit.objects.get()
    proposal = decide.propose_clear(hit_id=hit.pk, actor=officer(), reason="Somebody else.")
    proposals.approve(proposal_id=proposal.pk, actor=officer())
    Identity.objects.create(
        customer=application.customer, given_names="Dmitri", family_name="Korvalin"
    )

    assert screen_customer(application.customer_id) == 0


def test_an_application_changed_after_its_hit_was_cleared_opens_it_again(lists):
    application = applied("Dmitri", "Korvalin")
    screen_application(application)
    hit = Hit.objects.get()
    proposal = decide.propose_clear(hit_id=hit.pk, actor=officer(), reason="Born elsewhere.")
    proposals.approve(proposal_id=proposal.pk, actor=officer())
    application.birth_date = date(1979, 3, 14)
    application.submitted_at = clock.now()
    application.save()

    assert screen_application(application) == 1
    hit.refresh_from_db()
    assert (hit.state, hit.theirs["births"]) == (Hit.State.OPEN, ["1979-03-14"])
    assert AuditEvent.objects.filter(verb="screening.reopen_hit").count() == 1
