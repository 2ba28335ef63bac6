"""What somebody with bad intentions would try on a listing's road."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.markets.models import InsiderNote
from launchpad.governance.models import VoteProposal
from launchpad.governance.review import withdraw as withdraw_vote
from launchpad.listings import (
    apply,
    checklist,
    checks,
    committee,
    interests,
    queries,
    rapid,
    schedule,
    stages,
    voting,
)
from launchpad.listings.models import Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import APPROVE, VIEW, VOTE, WORK
from tests import factories
from tests.factories.accounts import acting, staff
from tests.launchpad.listings import conftest as made

pytestmark = pytest.mark.django_db
OTHER = "0x" + "cd" * 20


def saved(project, **values):
    listing = apply.start(customer_id=project.pk, asset_class="token", actor=acting(project))
    return apply.save(
        listing_id=listing.pk, values={"network": "ERC20", **values}, actor=acting(project)
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contract", "0X" + "AB" * 19),
        ("contract", "T" + "9" * 33),  # another chain's address
        ("contract", "file:///etc/passwd"),
        ("code", "ΗRΒ"),  # Greek
        ("code", "HR\u200bB"),
        ("name", "Harbour\u202erubraH"),
        ("name", "Har\x00bour"),
        ("company", "Harbour\u200b Ltd"),
        ("website", "https://[harbour.example"),
        ("website", "javascript:alert(1)"),
        ("website", "https://harbour.example/\nx"),
        ("about", "Pays\u202e for berths"),
    ],
)
def test_a_field_that_hides_something_is_refused_by_its_name(project, field, value):
    with pytest.raises(Invalid) as refused:
        saved(project, **{field: value})
    assert refused.value.field == field


def test_an_address_is_one_whatever_its_letters_and_lines_are_kept(project):
    listing = saved(project, contract="0X" + "AB" * 20, about="One.\n\nTwo.", name="Hafen Zürich")
    assert (listing.contract, listing.about, listing.name) == (
        made.CONTRACT, "One.\n\nTwo.", "Hafen Zürich",
    )  # fmt: skip


def test_a_contract_that_is_here_already_is_not_listed_under_another_code(project, ethereum):
    row = AssetNetwork.objects.create(
        asset=factories.asset("OLD", precision=8), network=ethereum, decimals=18, deposit_min=1,
        withdraw_min=1, withdraw_fee=0, contract=made.CONTRACT.upper().replace("X", "x"),
    )  # fmt: skip
    with pytest.raises(apply.CodeTaken, match="as OLD"):
        made.submitted(project)
    row.delete()
    assert made.submitted(project).stage == "submitted"


@pytest.mark.parametrize("code", ["U5DT", "USDT", "usdt"])
def test_a_code_that_looks_like_an_assets_is_refused(project, usdt, code):
    with pytest.raises(apply.CodeTaken):
        made.submitted(project, code=code)


def test_a_name_that_is_another_assets_is_refused(project, usdt):
    usdt.name = "Tether USD"
    usdt.save()
    with pytest.raises(apply.CodeTaken) as refused:
        made.submitted(project, name="tether usd")
    assert refused.value.field == "name"


def test_another_contract_needs_its_own_reading_decimals_and_judgement(project):
    who = made.manager()
    listing = made.before_committee(project, who)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.DILIGENCE)
    assert checklist.result(listing).open == 0
    stages.ask_back(listing_id=listing.pk, words="The contract's name is misspelt.", actor=who)
    listing = apply.save(listing_id=listing.pk, values={"contract": OTHER}, actor=acting(project))
    assert listing.decimals is None
    apply.submit(listing_id=listing.pk, confirmed=True, actor=acting(project))
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.CHECKS)
    with pytest.raises(stages.NotReady):
        stages.begin_diligence(listing_id=listing.pk, actor=who)
    listing.refresh_from_db()
    made.was_read(listing)
    stages.begin_diligence(listing_id=listing.pk, actor=who)
    assert checklist.result(listing).open == len(checklist.items_of("token"))
    made.judged(listing, who)
    assert checklist.result(listing).open == 0


def test_a_reading_on_another_network_does_not_count(project):
    listing = made.submitted(project)
    made.was_read(listing)
    listing.chain_checks.update(network="BSC_BNB")
    with pytest.raises(stages.NotReady):
        stages.refuse_unless_checked(listing)


def test_more_digits_than_the_ledger_has_are_not_listed(project, usdt):
    who = made.manager()
    listing = made.approved(project, who)
    Listing.objects.filter(pk=listing.pk).update(decimals=24)
    with pytest.raises(Invalid) as refused:
        schedule.propose(
            listing_id=listing.pk, market_terms=made.usual(usdt), quote="USDT", reason="ready",
            actor=who, **made.dates(),
        )  # fmt: skip
    assert (refused.value.field, refused.value.limit) == ("decimals", 18)


def test_a_contract_that_breaks_its_reader_does_not_hold_others_up(ethereum, usdt, monkeypatch):
    first = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=made.manager())
    second = rapid.begin(network="ERC20", contract=OTHER, actor=made.manager())

    def strange(row):
        raise RecursionError("a contract's answer")

    monkeypatch.setattr(checks, "_read", strange)
    checks.sweep()
    assert [each.chain_checks.get().state for each in (first, second)] == ["failed", "failed"]
    assert checks.sweep() == 0


def test_whoever_applied_can_not_judge_it_with_a_staff_account(project):
    listing = made.submitted(project)
    both = Actor(
        kind="staff", label="both", user_id=project.user_id,
        may={WORK, VIEW, VOTE, APPROVE}.__contains__,
    )  # fmt: skip
    made.free(listing, both)
    with pytest.raises(interests.Conflicted):
        stages.take_up(listing_id=listing.pk, actor=both)


def test_a_member_who_finds_an_interest_after_voting_has_not_voted(project):
    who = made.manager()
    listing = made.before_committee(project, who)
    members = [who, made.treasurer(), staff(VOTE, VIEW)]
    made.free(listing, *members[1:])
    for member in members:
        committee.vote(listing_id=listing.pk, choice="for", actor=member)
    interests.declare(
        listing_id=listing.pk, conflict=True, words="My sister works there.", actor=members[2]
    )
    with pytest.raises(committee.NoQuorum):
        committee.close(listing_id=listing.pk, minutes="Everybody was for it, as said.", actor=who)


def test_staff_who_knew_are_kept_out_under_the_code_it_is_listed_with(project, usdt):
    who = made.manager()
    clerk = factories.customer()
    insider = Actor(kind="staff", label="clerk", user_id=clerk.user_id, may={VIEW}.__contains__)
    listing = made.submitted(project, code="OLDC")
    made.free(listing, who, insider)
    stages.ask_back(listing_id=listing.pk, words="Another code.", actor=who)
    apply.save(listing_id=listing.pk, values={"code": "HRB"}, actor=acting(project))
    listing.refresh_from_db()
    from launchpad.listings import insiders

    until = clock.now() + timedelta(days=3)
    assert insiders.keep_out_until(listing, until) == 2
    note = InsiderNote.objects.get(customer=clerk, asset="HRB")
    assert note.until == until


def test_a_date_is_not_moved_into_the_past(project, usdt):
    who = made.manager()
    listing = made.scheduled(project, usdt, who, deposits=5, trading=20, withdrawals=30)
    made.free(listing, who)
    with pytest.raises(Invalid) as refused:
        schedule.move(
            listing_id=listing.pk, reason="at once", actor=who,
            **made.dates(deposits=-2, trading=20, withdrawals=30),
        )  # fmt: skip
    assert refused.value.field == "deposits_at"


@pytest.fixture
def voted_on(project):
    factories.asset("BMX", precision=18)
    who = made.manager()
    listing = made.before_committee(project, who)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.DILIGENCE)
    voting.open_vote(listing_id=listing.pk, actor=who)
    listing.refresh_from_db()
    return listing


def test_a_vote_that_was_withdrawn_is_due_diligence_again_and_can_be_asked_anew(voted_on):
    listing, first = voted_on, voted_on.vote_id
    reviewer = staff("launchpad.review_voteproposal")
    withdraw_vote(proposal_id=first, actor=reviewer, reason="The text named a wrong supply.")
    outbox.deliver()
    outbox.deliver()
    listing.refresh_from_db()
    assert (listing.stage, listing.vote_outcome) == ("diligence", "withdrawn")
    said = listing.events.order_by("-id").first()
    assert "The text named a wrong supply." in said.words
    assert said.told
    who = made.manager()
    made.free(listing, who)
    voting.open_vote(listing_id=listing.pk, actor=who)
    listing.refresh_from_db()
    assert (listing.stage, listing.vote_id != first) == ("vote", True)
    voting.take_back({"proposal_id": first, "kind": "listing", "subject": f"listing:{listing.pk}"})
    listing.refresh_from_db()
    assert listing.stage == "vote"


def test_a_listing_that_ends_takes_its_vote_along(voted_on, project):
    apply.withdraw(listing_id=voted_on.pk, actor=acting(project))
    outbox.deliver()
    vote = VoteProposal.objects.get(pk=voted_on.vote_id)
    assert (vote.state, "has ended" in vote.withdrawn_because) == ("withdrawn", True)
    outbox.deliver()
    assert Listing.objects.get(pk=voted_on.pk).stage == "withdrawn"


def test_what_waits_is_counted_for_whoever_can_take_it_on(project, usdt, signer_word):
    def counted(who):
        return queries.waiting_for(who).count()

    who, second, looker = made.manager(), made.treasurer(), staff(VIEW)
    listing = made.before_committee(project, who)
    assert (counted(who), counted(second), counted(looker)) == (1, 1, 0)
    made.free(listing, who)
    committee.vote(listing_id=listing.pk, choice="for", actor=who)
    assert (counted(who), counted(second)) == (0, 1)
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.APPROVED)
    assert (counted(who), counted(second)) == (1, 0)
    proposal = schedule.propose(
        listing_id=listing.pk, market_terms=made.usual(usdt), quote="USDT", reason="ready",
        actor=who, **made.dates(deposits=1, trading=2, withdrawals=3),
    )  # fmt: skip
    assert (counted(who), counted(second), queries.proposed()) == (0, 1, {listing.pk})
    made.free(listing, second)
    assert proposals.approve(proposal_id=proposal.pk, actor=second).state == "executed"
    assert (counted(who), counted(second), queries.proposed()) == (0, 0, set())
    Listing.objects.filter(pk=listing.pk).update(stage=Stage.TRADING)
    with clock.held_at(clock.now() + timedelta(hours=4)):
        assert counted(who) == 1  # withdrawals wait for the signer


def test_a_supply_beyond_all_numbers_is_not_taken_from_the_chain(ethereum, usdt):
    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=made.manager())
    run = listing.chain_checks.get()
    run.symbol, run.decimals, run.supply_units = "BIG", 0, Decimal(10**77)
    checks._fill_in(run)
    listing.refresh_from_db()
    assert (listing.code, listing.supply) == ("BIG", None)
