"""Two answers at once are one vote; two who delegate to each other at once make no circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection

from exchange.core import clock, dispatch
from exchange.core.errors import Refused
from launchpad.governance import cast, count
from launchpad.governance import delegate as delegating
from launchpad.governance.models import CountedVote, Delegation, Vote
from tests.concurrency.together import Meeting
from tests.factories.accounts import acting
from tests.factories.launchpad import CLOSES, OPENS, holder, opened

pytestmark = pytest.mark.django_db(transaction=True)


def together(acts: list[Callable[[], Any]], *, at: Any = OPENS) -> list[str]:
    """Run them at once, at a moment of ours. What each was told."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        start.wait(30)
        try:
            with clock.held_at(at):
                act()
            told.append("done")
        except Refused as refused:
            told.append(refused.code)
        except DatabaseError as error:
            told.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(told)


def two_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One account says yes and no at once, from two browsers."""
    alice = holder("10")
    proposal = opened()
    # Both have looked whether there is a vote before either writes.
    monkeypatch.setattr(cast, "_write", Meeting().before(cast._write))
    return together(
        [
            lambda says=says: cast.cast(
                proposal_id=proposal.pk,
                customer_id=alice.pk,
                choices=[says],
                actor=acting(alice),
            )
            for says in ("yes", "no")
        ]
    )


def test_two_answers_at_once_are_one_vote_that_was_changed(monkeypatch):
    assert two_answers(monkeypatch) == ["done", "done"]
    assert [vote.serial for vote in Vote.objects.all()] == [2]


def test_without_taking_turns_the_second_answer_breaks(monkeypatch):
    """The control: what stays is that the database keeps one row an account."""
    monkeypatch.setattr(cast, "lock_account", lambda *_ids: None)
    assert two_answers(monkeypatch) == ["IntegrityError", "done"]
    assert Vote.objects.count() == 1


def two_who_delegate_to_each_other(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    anna, ben = holder("10"), holder("20")
    with clock.held_at(OPENS):
        offers = {
            who.pk: delegating.offer(
                customer_id=who.pk,
                name=f"Delegate {who.pk}",
                statement="I read every proposal.",
                actor=acting(who),
            )
            for who in (anna, ben)
        }
    monkeypatch.setattr(delegating, "standing_of", Meeting().after(delegating.standing_of))
    return together(
        [
            lambda giver=giver, to=to: delegating.delegate(
                customer_id=giver.pk, delegate_id=offers[to.pk].pk, actor=acting(giver)
            )
            for giver, to in ((anna, ben), (ben, anna))
        ]
    )


def test_two_who_delegate_to_each_other_at_once_make_no_circle(monkeypatch):
    assert two_who_delegate_to_each_other(monkeypatch) == ["delegation_chain", "done"]
    assert Delegation.objects.count() == 1


def test_without_both_accounts_locked_they_do(monkeypatch):
    """The control."""
    monkeypatch.setattr(delegating, "lock_account", lambda *_ids: None)
    assert two_who_delegate_to_each_other(monkeypatch) == ["done", "done"]
    assert Delegation.objects.count() == 2


def test_a_vote_is_counted_once_however_many_count(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *_args, **_more: None)
    people = [holder(str(n)) for n in range(1, 7)]
    proposal = opened()
    for person in people:
        with clock.held_at(OPENS):
            cast.cast(
                proposal_id=proposal.pk,
                customer_id=person.pk,
                choices=["yes"],
                actor=acting(person),
            )
    with clock.held_at(CLOSES):
        count.close_vote(proposal_id=proposal.pk)
    together([lambda: count.count(proposal_id=proposal.pk) for _ in range(3)], at=CLOSES)
    with clock.held_at(CLOSES):
        count.count(proposal_id=proposal.pk)

    proposal.refresh_from_db()
    assert (proposal.state, CountedVote.objects.count()) == ("closed", 6)
    assert (proposal.result or {})["took_part"] == str(21 * 10**18)
