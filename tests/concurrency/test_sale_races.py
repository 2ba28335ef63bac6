"""Races around a sale, each with a control that shows it without the lock."""

from __future__ import annotations

from decimal import Decimal as D
from threading import Event

import pytest

from exchange.accounts import restrictions
from exchange.core import clock, dispatch
from exchange.core.errors import Refused
from launchpad.sales import (
    allocate,
    commit,
    draw,
    inputs,
    leave_out,
    moves,
    release,
    run,
    settle,
    sweep,
)
from launchpad.sales.models import Sale, SaleBook, SaleRelease, Subscription
from tests import factories
from tests.concurrency.together import PATIENCE, Meeting, together, until
from tests.factories import sales as s
from tests.factories.accounts import acting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)


def outcome(call):
    """What it gave, or the refusal."""
    try:
        return call()
    except Refused as refused:
        return refused


def commit_twice(who, sale: Sale) -> D:
    """A double click: 60 of 200 USDT, twice at once. What is held then."""
    together([lambda: outcome(lambda: s.commits(who, sale, "60"))] * 2)
    return factories.held(who, "USDT")


def unlocked(sale_id: int, customer_id: int) -> Subscription:
    return Subscription.objects.get(sale_id=sale_id, customer_id=customer_id)


def test_one_commitment_sent_twice_at_once_is_held_once():
    sale = s.opened()
    who = s.buyer("200")

    assert commit_twice(who, sale) == D(60)
    book = SaleBook.objects.get(sale=sale)
    assert (book.committed, book.subscribers, book.places) == (D(60), 1, 1)


def test_without_the_lock_on_the_place_it_is_held_twice(monkeypatch):
    """The control: both look at the place before either has changed it."""
    sale = s.opened()
    who = s.buyer("200")
    s.commits(who, sale, "1")  # the place is there, and only its lock keeps them apart
    monkeypatch.setattr(commit, "locked_place", Meeting(2).after(unlocked))
    # Without the lock even the entries' numbers collide: the ledger is the second wall.
    numbers = iter(range(100, 200))
    really = commit.hold
    monkeypatch.setattr(
        commit, "hold", lambda **given: really(**{**given, "reference": f"race:{next(numbers)}"})
    )

    assert commit_twice(who, sale) == D(119)


def closing_race(sale: Sale, who) -> tuple[str, D]:
    """Someone is in the middle of a commitment when the sale closes. The digest of who takes part
    that was published, and the one of what stands in the table."""
    Sale.objects.filter(pk=sale.pk).update(closes_at=clock.now())
    together(
        [
            lambda: run.close_due(sale.pk),
            lambda: outcome(lambda: _late(who, sale)),
        ]
    )
    sale.refresh_from_db()
    data, _ids = inputs.inputs(sale)
    return sale.inputs_digest, draw.digest(data)


def _late(who, sale: Sale) -> Subscription:
    with clock.held_at(sale.opens_at):  # it came in before the close, and is slow
        return s.commits(who, sale, "10")


def test_a_commitment_is_in_the_published_list_or_refused():
    for _ in range(5):
        sale = s.opened()
        published, stands = closing_race(sale, s.buyer("100"))
        assert published == stands


def test_without_the_lock_on_the_sale_somebody_is_missing_in_the_list(monkeypatch):
    """The control: the sale closes between a commitment's look and its writing."""
    sale = s.opened()
    who = s.buyer("100")
    meeting = Meeting(2)
    monkeypatch.setattr(moves, "shared", meeting.after(moves.get))
    monkeypatch.setattr(commit, "change_book", _after_close(sale, commit.change_book))
    monkeypatch.setattr(moves, "locked", meeting.after(moves.get))

    published, stands = closing_race(sale, who)

    assert published != stands


def _after_close(sale: Sale, really):
    """Write only once the other has closed the sale."""

    def waits(*args):
        until(lambda: Sale.objects.filter(pk=sale.pk, state="closed").exists())
        return really(*args)

    return waits


def test_the_last_place_of_a_queue_is_given_once():
    sale = s.opened(mode="first_come", most_places=3)
    people = [s.buyer("100") for _ in range(6)]

    got = together([lambda who=who: outcome(lambda: s.commits(who, sale, "10")) for who in people])

    places = sorted(each.place for each in got if isinstance(each, Subscription))
    assert places == [1, 2, 3]
    assert sum(isinstance(each, commit.SoldOut) for each in got) == 3
    assert sum((factories.held(who, "USDT") for who in people), D(0)) == D(30)


def claim_twice(sale: Sale, who) -> D:
    """Two clicks on the same button. What came into the account."""
    together(
        [
            lambda: outcome(
                lambda: release.claim(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))
            )
        ]
        * 2
    )
    return factories.available(who, "NEW")


def vesting() -> tuple[Sale, object]:
    """Two hold 500 tokens each, of which half is due."""
    sale = s.opened(first_ppm=0, cliff_days=0, periods=2, period_days=1)
    people = [s.buyer("200") for _ in range(2)]
    for who in people:
        s.commits(who, sale, "125")
    s.closed(sale)
    with clock.held_at(sale.distributes_at):
        sweep.go_on(sale.pk)
    SaleRelease.objects.filter(sale=sale, number=1).update(due_at=clock.now())
    return sale, people[0]


def test_tokens_claimed_twice_at_once_come_once():
    sale, who = vesting()

    assert claim_twice(sale, who) == D(250)


def test_without_the_lock_on_the_place_tokens_are_claimed_twice(monkeypatch):
    """The control."""
    sale, who = vesting()
    monkeypatch.setattr(release, "locked_place", Meeting(2).after(unlocked))
    numbers = iter(range(100))
    really = release.transfer
    monkeypatch.setattr(
        release,
        "transfer",
        lambda **given: really(**{**given, "reference": f"race:{next(numbers)}"}),
    )

    assert claim_twice(sale, who) == D(500)


def test_every_worker_at_once_settles_everybody_once():
    sale = s.opened()
    people = [s.buyer("100") for _ in range(6)]
    for who in people:
        s.commits(who, sale, "50")
    s.closed(sale)
    now = clock.now()
    Sale.objects.update(distributes_at=now, closes_at=now)

    together([lambda: allocate.allocate(sale.pk)] * 3)
    together([lambda: settle.distribute(sale_id=sale.pk, limit=2)] * 5)

    sale.refresh_from_db()
    assert sale.state == "finished"
    assert sum((factories.available(who, "NEW") for who in people), D(0)) == D(1000)
    assert sum((factories.available(who, "USDT") for who in people), D(0)) == D(350)


def restriction_while_closing(sale: Sale, who, monkeypatch) -> str:
    """Compliance is in the middle of restricting somebody when the sale closes. Why the place was
    left out, or nothing."""
    Sale.objects.filter(pk=sale.pk).update(closes_at=clock.now())
    begun = Event()
    really = restrictions.record

    def slow(**given):
        begun.set()  # their row is locked, and the restriction is written; nothing is committed
        until(Sale.objects.filter(pk=sale.pk, state="closed").exists)
        return really(**given)

    monkeypatch.setattr(restrictions, "record", slow)

    def close() -> None:
        assert begun.wait(PATIENCE)
        run.close_due(sale.pk)

    together(
        [
            lambda: restrictions.restrict(
                customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="a hit"
            ),
            close,
        ]
    )
    return Subscription.objects.get(sale=sale, customer=who).left_out


def test_a_restriction_under_way_when_the_sale_closes_is_waited_for(monkeypatch):
    sale = s.opened()
    who = s.buyer("100")
    s.commits(who, sale, "60")

    assert restriction_while_closing(sale, who, monkeypatch) == "restricted"
    sale.refresh_from_db()
    assert draw.digest(inputs.inputs(sale)[0]) == sale.inputs_digest
    assert draw.read(inputs.inputs(sale)[0])[1] == []


def test_without_holding_the_customers_it_is_overlooked(monkeypatch):
    """The control: the sale closes while the restriction is written and not committed."""
    sale = s.opened()
    who = s.buyer("100")
    s.commits(who, sale, "60")
    monkeypatch.setattr(leave_out, "_HOLD", "SELECT %s")

    assert restriction_while_closing(sale, who, monkeypatch) == ""
