"""Who may judge, what stops a listing, and what staff can't do alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.audit import proposals
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import Fact
from exchange.markets.models import InsiderNote
from launchpad.listings import (
    apply,
    checklist,
    committee,
    interests,
    papers,
    rapid,
    schedule,
    stages,
    terms,
    voting,
)
from launchpad.listings.models import Insider, Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import APPROVE, VIEW, VOTE, WORK
from tests import factories
from tests.factories.accounts import acting, staff
from tests.factories.identity import photo
from tests.launchpad.listings import conftest as made

pytestmark = pytest.mark.django_db


def test_a_draft_keeps_what_is_there_and_says_what_is_missing(project):
    who = acting(project)
    listing = apply.start(customer_id=project.pk, asset_class="token", actor=who)
    apply.save(listing_id=listing.pk, values={"name": "Harbour", "code": "hrb"}, actor=who)

    with pytest.raises(Invalid) as refused:
        apply.submit(listing_id=listing.pk, confirmed=True, actor=who)
    listing.refresh_from_db()
    assert (listing.code, listing.stage) == ("HRB", "draft")
    assert refused.value.limit == 16


def test_what_is_handed_in_can_not_be_changed(project):
    listing = made.submitted(project)
    with pytest.raises(Conflict):
        apply.save(listing_id=listing.pk, values={"name": "Other"}, actor=acting(project))
    assert Listing.objects.get(pk=listing.pk).name == "Harbour"


def test_another_customer_does_not_find_it(project):
    listing = made.filled(project)
    _upload(listing, project)
    stranger = acting(factories.customer())
    with pytest.raises(NotFound):
        apply.save(listing_id=listing.pk, values={"name": "Mine"}, actor=stranger)
    with pytest.raises(NotFound):
        papers.open_page(document_id=listing.documents.latest("pk").pk, number=1, actor=stranger)


def test_a_code_that_trades_here_is_taken(project):
    factories.asset("HRB")
    with pytest.raises(apply.CodeTaken):
        made.submitted(project)


def test_whoever_has_not_declared_judges_nothing(project):
    listing = made.submitted(project)
    who = made.manager()
    with pytest.raises(interests.NotDeclared):
        stages.take_up(listing_id=listing.pk, actor=who)
    assert Listing.objects.get(pk=listing.pk).stage == Stage.SUBMITTED


def test_a_conflict_can_neither_score_vote_nor_approve_and_is_not_taken_back(project, usdt):
    listing = made.approved(project, made.manager())
    owner = staff(WORK, VOTE, VIEW, APPROVE)
    interests.declare(listing_id=listing.pk, conflict=True, words="I hold it", actor=owner)
    who = made.manager()
    made.free(listing, who)
    proposal = schedule.propose(
        listing_id=listing.pk,
        market_terms=made.usual(usdt),
        quote="USDT",
        reason="ready",
        actor=who,
        **made.dates(),
    )

    with pytest.raises(interests.Conflicted):
        interests.declare(listing_id=listing.pk, conflict=False, words="", actor=owner)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.COMMITTEE)
    with pytest.raises(interests.Conflicted):
        committee.vote(listing_id=listing.pk, choice="for", actor=owner)
    with pytest.raises(interests.Conflicted):
        checklist.score(listing_id=listing.pk, key="team", score=4, evidence="x", actor=owner)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.APPROVED)
    assert proposals.approve(proposal_id=proposal.pk, actor=owner).state == "failed"
    assert Listing.objects.get(pk=listing.pk).stage == Stage.APPROVED


def test_due_diligence_waits_for_the_chain_and_for_names(project):
    listing = made.submitted(project)
    who = made.manager()
    made.free(listing, who)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.CHECKS)
    with pytest.raises(stages.NotReady):
        stages.begin_diligence(listing_id=listing.pk, actor=who)


def test_a_blocker_on_the_checklist_forbids_an_approval_whatever_the_votes(project):
    who = made.manager()
    listing = made.before_committee(project, who)
    checklist.score(listing_id=listing.pk, key="legal_opinion", score=1, evidence="none", actor=who)
    members = [who, made.treasurer(), staff(VOTE, VIEW)]
    made.free(listing, *members[1:])
    for member in members:
        committee.vote(listing_id=listing.pk, choice="for", actor=member)
    with pytest.raises(stages.NotReady) as refused:
        committee.close(listing_id=listing.pk, minutes="All for it, in short.", actor=who)
    assert "Legal opinion" in str(refused.value)


def test_a_committee_of_two_decides_nothing(project):
    who = made.manager()
    listing = made.before_committee(project, who)
    committee.vote(listing_id=listing.pk, choice="for", actor=who)
    with pytest.raises(committee.NoQuorum) as refused:
        committee.close(listing_id=listing.pk, minutes="Only I was there, alone.", actor=who)
    assert refused.value.limit == 3


def test_a_committee_that_is_against_it_refuses(project):
    who = made.manager()
    listing = made.before_committee(project, who)
    members = [who, made.treasurer(), staff(VOTE, VIEW)]
    made.free(listing, *members[1:])
    for member, choice in zip(members, ("for", "against", "against"), strict=True):
        committee.vote(listing_id=listing.pk, choice=choice, words="why", actor=member)
    decision = committee.close(
        listing_id=listing.pk, minutes="Two of three were against it.", actor=who
    )
    listing.refresh_from_db()
    assert (decision.approved, listing.stage, listing.reason_code) == (
        False, "refused", "committee",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [("passed", "committee"), ("no_quorum", "committee"), ("refused", "refused")],
)
def test_the_end_of_a_vote_moves_the_listing_once(project, outcome, stage):
    listing = made.submitted(project)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.VOTE, vote_id=77)
    told = {
        "proposal_id": 77, "kind": "listing", "subject": f"listing:{listing.pk}",
        "outcome": outcome, "winner": "yes",
    }  # fmt: skip
    voting.take_outcome(told)
    voting.take_outcome(told)
    listing.refresh_from_db()
    assert (listing.stage, listing.vote_outcome) == (stage, outcome)
    assert listing.events.filter(kind=stage).count() == 1


def test_a_vote_about_something_else_moves_nothing(project):
    listing = made.submitted(project)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.VOTE, vote_id=77)
    voting.take_outcome(
        {"proposal_id": 78, "subject": f"listing:{listing.pk}", "outcome": "passed"}
    )
    assert Listing.objects.get(pk=listing.pk).stage == Stage.VOTE


def test_nobody_approves_the_schedule_they_proposed(project, usdt):
    who = staff(WORK, VOTE, VIEW, APPROVE)
    listing = made.approved(project, who)
    proposal = schedule.propose(
        listing_id=listing.pk, market_terms=made.usual(usdt), quote="USDT", reason="ready",
        actor=who, **made.dates(),
    )  # fmt: skip
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=who)


def test_looking_at_a_secret_listing_puts_staff_on_the_list_of_who_knows(project, client):
    listing = made.submitted(project)
    from launchpad.listings import insiders

    reader = staff(VIEW)
    insiders.saw(listing, actor=reader)
    insiders.saw(listing, actor=reader)
    assert Insider.objects.filter(listing=listing, user_id=reader.user_id).count() == 1


def test_monitoring_is_told_when_it_is_announced_and_who_knew(project, usdt):
    listing = made.scheduled(project, usdt, made.manager())
    fact = Fact.objects.get(kind="listing_announced")
    assert (fact.asset, fact.customer_id) == ("HRB", project.pk)
    assert fact.extra == {"market": "HRB_USDT", "insiders": [project.pk]}
    note = InsiderNote.objects.get(customer=project, asset="HRB")
    assert note.until == listing.schedule.trading_at + timedelta(hours=72)


@pytest.mark.parametrize(
    ("price", "price_digits", "size_digits"),
    [("95000", 0, 6), ("250", 2, 4), ("1", 4, 2), ("0.5", 5, 1), ("0.00001234", 9, 0)],
)
def test_terms_follow_from_the_price(usdt, price, price_digits, size_digits):
    found = terms.suggest(price=Decimal(price), decimals=18, quote=usdt)
    assert (found.price_precision, found.size_precision) == (price_digits, size_digits)
    terms.refuse_unsound(found, decimals=18, quote=usdt)


def test_a_mintable_token_does_not_take_the_short_road(ethereum, usdt):
    who = made.manager()
    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=who)
    made.was_read(listing, mintable="bad")
    with pytest.raises(stages.NotReady) as refused:
        _short(listing, usdt, who)
    assert "mintable is bad" in str(refused.value)


def test_a_standard_token_is_listed_by_two_people_and_one_page(ethereum, usdt):
    who, second = made.manager(), made.treasurer()
    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=who)
    made.was_read(listing)
    proposal = _short(listing, usdt, who)
    made.free(listing, second)
    done = proposals.approve(proposal_id=proposal.pk, actor=second)
    listing.refresh_from_db()
    assert (done.state, listing.stage, listing.market.symbol) == (
        "executed", "scheduled", "STD_USDT",
    )  # fmt: skip


def test_another_code_written_over_it_is_not_what_a_colleague_approves(ethereum, usdt):
    who, second = made.manager(), made.treasurer()
    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=who)
    made.was_read(listing)
    seen = _short(listing, usdt, who)
    _short(listing, usdt, who, code="OTHER")
    made.free(listing, second)
    done = proposals.approve(proposal_id=seen.pk, actor=second)
    listing.refresh_from_db()
    assert (done.state, listing.stage, listing.market) == ("failed", "checks", None)


def test_beginning_a_standard_token_twice_is_once(ethereum):
    who = made.manager()
    first = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=who)
    again = rapid.begin(
        network="ERC20", contract=made.CONTRACT.upper().replace("X", "x"), actor=who
    )
    assert (first.pk, Listing.objects.count(), first.chain_checks.count()) == (again.pk, 1, 1)


def test_papers_are_kept_sealed_and_every_look_is_written_down(project):
    from exchange.audit.models import AuditEvent

    listing = made.filled(project)
    document = _upload(listing, project)
    page = document.pictures.get()
    reader = staff("launchpad.see_listing_documents")
    picture = papers.open_page(document_id=document.pk, number=1, actor=reader)
    assert picture.jpeg.startswith(b"\xff\xd8\xff")
    assert b"\xff\xd8\xff" not in bytes(page.sealed)
    assert AuditEvent.objects.filter(verb="listings.view_document", user_id=reader.user_id).count()
    with pytest.raises(PermissionRefused):
        papers.open_page(document_id=document.pk, number=1, actor=staff(VIEW))


def test_the_same_paper_again_is_one_paper(project):
    listing = made.filled(project)
    first, again = _upload(listing, project), _upload(listing, project)
    assert first.pk == again.pk
    assert listing.documents.filter(kind="legal", state="kept").count() == 1


def _upload(listing, project):
    return papers.upload(
        listing_id=listing.pk, kind="legal", content=photo(size=(400, 500)), actor=acting(project)
    )


def _short(listing, usdt, who, code="STD"):
    dates = made.dates(deposits=1, trading=2, withdrawals=3)
    return rapid.propose(
        listing_id=listing.pk,
        name="Standard",
        code=code,
        judged={
            item.key: rapid.Judgement(3, "seen") for item in checklist.items_of(listing.asset_class)
        },
        dates=tuple(dates.values()),
        market_terms=made.usual(usdt),
        quote="USDT",
        insiders_hours=24,
        reason="it trades everywhere",
        actor=who,
    )
