"""Votes looked at by somebody who wants more than their share, to the microsecond."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from exchange.core.errors import Invalid
from launchpad.governance import count, discuss, verify_vote
from launchpad.governance.cast import NotOpen, cast
from launchpad.governance.delegate import delegate, offer, take_back
from launchpad.governance.models import CountedVote, ProposalComment, Vote
from tests import factories
from tests.factories.accounts import acting
from tests.factories.launchpad import CLOSES, OPENS, counted, holder, opened, published, voted

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
STATEMENT = "I read every proposal and vote for low fees."


def offering(who, name: str = ""):
    with clock.held_at(OPENS - HOUR):
        return offer(
            customer_id=who.pk, name=name or f"Reader {who.pk}", statement=STATEMENT,
            actor=acting(who),
        )  # fmt: skip


def gives(who, to, *, at) -> None:
    with clock.held_at(at):
        delegate(customer_id=who.pk, delegate_id=to.pk, actor=acting(who))


def powers(proposal) -> dict[int, int]:
    rows = CountedVote.objects.filter(proposal=proposal)
    return {row.customer_id: row.units // 10**18 for row in rows}


def test_the_last_microsecond_before_the_close_counts_and_the_close_does_not():
    early, late = holder("10"), holder("20")
    proposal = opened()
    with clock.held_at(CLOSES - TICK):
        cast(proposal_id=proposal.pk, customer_id=early.pk, choices=["yes"], actor=acting(early))
    with clock.held_at(CLOSES), pytest.raises(NotOpen):
        cast(proposal_id=proposal.pk, customer_id=late.pk, choices=["no"], actor=acting(late))

    assert powers(counted(proposal)) == {early.pk: 10}
    assert Vote.objects.get().changed_at == CLOSES - TICK


def test_a_vote_is_dated_by_the_moment_at_which_it_was_let_in(monkeypatch):
    """The clock goes on while a vote is written; what was let in stays before the close."""
    anna = holder("10")
    proposal = opened()
    moments = iter([CLOSES - TICK])
    monkeypatch.setattr(clock, "now", lambda: next(moments, CLOSES + HOUR))
    monkeypatch.setattr("launchpad.governance.cast.record", lambda **_: None)

    cast(proposal_id=proposal.pk, customer_id=anna.pk, choices=["yes"], actor=acting(anna))

    assert Vote.objects.get().changed_at == CLOSES - TICK


def test_delegations_end_and_begin_before_the_close_or_not_at_all():
    """As for votes: the moment of the close is no more within it, for giving and for taking."""
    to_one, to_other = (offering(holder("0.5")) for _ in range(2))
    before, at_close, back, moved = holder("1"), holder("2"), holder("4"), holder("8")
    for each in (back, moved):
        gives(each, to_one, at=OPENS - HOUR)
    proposal = opened()
    for each in (to_one, to_other):
        voted(proposal, each.customer, "yes")
    gives(before, to_one, at=CLOSES - TICK)
    gives(at_close, to_one, at=CLOSES)
    gives(moved, to_other, at=CLOSES)
    with clock.held_at(CLOSES):
        take_back(customer_id=back.pk, actor=acting(back))

    counted(proposal, at=CLOSES + HOUR)

    through = dict(
        CountedVote.objects.filter(proposal=proposal)
        .exclude(via="")
        .values_list("customer_id", "via")
    )
    assert set(through) == {before.pk, back.pk, moved.pk}
    assert len(set(through.values())) == 1  # all of them by the one who had it before


def test_accounts_without_power_decide_no_tie():
    """One account lends its BMX to empty ones, which vote one after another; its own power is one
    vote in the end, and so is their number."""
    anna, ben, lender = holder("5"), holder("5"), holder("1")
    empty = [offering(factories.customer()) for _ in range(3)]
    proposal = opened()
    voted(proposal, anna, "yes")
    voted(proposal, ben, "no")
    for number, each in enumerate(empty):
        gives(lender, each, at=OPENS + number * HOUR)
        with clock.held_at(OPENS + number * HOUR + TICK):
            cast(
                proposal_id=proposal.pk, customer_id=each.customer_id, choices=["yes"],
                actor=acting(each.customer),
            )  # fmt: skip
    with clock.held_at(CLOSES - HOUR):
        take_back(customer_id=lender.pk, actor=acting(lender))

    proposal = counted(proposal)

    assert proposal.outcome == "refused"  # five for it, five against: more accounts don't help
    assert proposal.result["accounts"] == 2
    lines = list(count.file_lines(proposal))
    assert verify_vote.recount(lines)[1] == proposal.result


def test_what_someone_delegated_shows_in_no_receipt_before_the_close():
    from launchpad.governance import queries

    anna, ben = holder("5"), holder("7")
    gives(ben, offering(anna), at=OPENS - HOUR)
    proposal = opened()
    voted(proposal, anna, "no")

    assert queries.receipt_of(proposal, ben.pk) is None
    proposal = counted(proposal)
    mine, theirs = (queries.receipt_of(proposal, who.pk) for who in (ben, anna))
    assert mine is not None
    assert theirs is not None
    assert mine.salt != theirs.salt
    assert (mine.choices, mine.via) == (["no"], theirs.voter)


def test_salts_differ_from_vote_to_vote_and_stay_when_an_answer_changes():
    anna = holder("5")
    first, second = opened(), opened(title="Another question")
    voted(first, anna, "yes")
    salt = Vote.objects.get(proposal=first).salt
    voted(first, anna, "no")
    voted(second, anna, "no")

    assert Vote.objects.get(proposal=first).salt == salt
    assert Vote.objects.get(proposal=second).salt != salt


@pytest.mark.parametrize(
    "name", ["Holdfast", "Holdfast Support", "holder-1a2b3c", "The official word", "STAFF reader"]
)
def test_nobody_speaks_as_if_for_us_or_as_somebody_else(name):
    with pytest.raises(Invalid) as refused:
        offering(holder("1"), name)
    assert refused.value.field == "name"


def test_a_comment_has_no_characters_that_steer_and_is_none_without_others():
    anna = holder("5")
    proposal = published()

    def says(text: str) -> ProposalComment:
        with clock.held_at(OPENS):
            return discuss.comment(
                proposal_id=proposal.pk, customer_id=anna.pk, text=text, actor=acting(anna)
            )

    assert says("one\x00\u202e two\nthree").text == "one two\nthree"
    with pytest.raises(Invalid):
        says("\x00\u202e \u2066")


def test_a_hidden_comment_can_be_shown_to_be_what_was_written():
    anna = holder("5")
    proposal = published()
    with clock.held_at(OPENS):
        said = discuss.comment(
            proposal_id=proposal.pk, customer_id=anna.pk, text="Against it.", actor=acting(anna)
        )
    moderator = factories.officer("launchpad.moderate_comment")
    hidden = discuss.hide(comment_id=said.pk, code="spam", actor=moderator)

    assert discuss.is_as_written(hidden)
    ProposalComment.objects.update(text="I am a fool.")
    hidden.refresh_from_db()
    assert not discuss.is_as_written(hidden)
