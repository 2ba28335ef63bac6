"""Snapshots: what everybody had at a moment, whenever the task runs and whatever moves after."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.core.models import OutboxEvent
from launchpad.earn.models import Position, PositionChange, Product
from launchpad.snapshots import queries
from launchpad.snapshots.models import Snapshot, SnapshotLine
from launchpad.snapshots.plan import plan
from launchpad.snapshots.take import MARGIN, due, recompute, take
from tests import factories
from tests.factories.launchpad import NOON, bmx, moved, planned, taken
from tests.factories.tampering import tamper
from tests.launchpad.conftest import programme

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def lines(snapshot: Snapshot) -> dict[int, tuple[D, D, D]]:
    return {
        line.customer_id: (line.held, line.staked, line.power)
        for line in queries.lines(snapshot.pk)
    }


def test_what_is_posted_at_the_moment_counts_and_a_microsecond_later_does_not():
    alice, bob = factories.customer(), factories.customer()
    moved(alice, "10", at=NOON)
    moved(bob, "7", at=NOON - HOUR)
    moved(bob, "-7", at=NOON + TICK)
    moved(alice, "90", at=NOON + TICK)

    assert lines(taken()) == {alice.pk: (10, 0, 10), bob.pk: (7, 0, 7)}


def test_it_does_not_matter_when_the_task_runs():
    alice, bob = factories.customer(), factories.customer()
    moved(alice, "10.000000000000000001", at=NOON - HOUR)
    snapshot, later = planned(), planned(at=NOON + TICK)
    moved(alice, "-10.000000000000000001", at=NOON + HOUR)
    moved(bob, "10.000000000000000001", at=NOON + HOUR)

    with clock.held_at(NOON + timedelta(days=100)):
        assert take(snapshot_id=later.pk)
        assert take(snapshot_id=snapshot.pk)

    assert lines(snapshot) == lines(later)
    assert lines(snapshot) == {
        alice.pk: (D("10.000000000000000001"), 0, D("10.000000000000000001"))
    }


def test_sub_accounts_count_for_their_main_account_and_moving_between_them_changes_nothing():
    alice = factories.customer()
    sub, other = factories.customer(parent=alice), factories.customer(parent=alice)
    moved(alice, "1", at=NOON - HOUR)
    moved(sub, "2", at=NOON - HOUR)
    moved(sub, "-2", at=NOON - TICK)
    moved(other, "2", at=NOON - TICK)

    snapshot = taken()

    assert lines(snapshot) == {alice.pk: (3, 0, 3)}
    assert queries.line(snapshot.pk, other.pk) == (other.pk, 0, 0, 0)


def test_what_is_held_in_orders_counts_and_other_assets_do_not():
    alice = factories.customer()
    moved(alice, "1", at=NOON - HOUR)
    moved(alice, "4", at=NOON - HOUR, held=True)
    moved(alice, "100", at=NOON - HOUR, code="BTC")

    assert lines(taken()) == {alice.pk: (5, 0, 5)}


def test_an_average_weighs_each_balance_by_how_long_it_stood():
    alice, bob, carol = factories.customer(), factories.customer(), factories.customer()
    moved(alice, "48", at=NOON - timedelta(days=30))
    moved(alice, "-24", at=NOON - 12 * HOUR)  # 48 for 36 hours, 24 for 12
    moved(bob, "48", at=NOON - HOUR)  # bought for the last hour of 48
    moved(carol, "48", at=NOON - timedelta(days=30))
    moved(carol, "-48", at=NOON - timedelta(days=2))  # sold as the span began
    moved(alice, "1000", at=NOON + TICK)

    assert lines(taken(average_of=timedelta(days=2))) == {
        alice.pk: (42, 0, 42),
        bob.pk: (1, 0, 1),
    }


def test_an_average_is_exact_to_the_microsecond_and_rounded_down():
    alice = factories.customer()
    moved(alice, "1", at=NOON - TICK)
    moved(alice, "-1", at=NOON + HOUR)

    # One BMX for one of 172,800,000,000 microseconds.
    assert lines(taken(average_of=timedelta(days=2))) == {
        alice.pk: (D("0.000000000005787037"), 0, D("0.000000000005787037"))
    }


def test_a_snapshot_is_taken_once_and_tells_those_who_wait():
    moved(factories.customer(), "3", at=NOON - HOUR)
    snapshot = taken()

    with clock.held_at(NOON + HOUR):
        assert take(snapshot_id=snapshot.pk) is False
        assert due() == []

    assert SnapshotLine.objects.filter(snapshot=snapshot).count() == 1
    assert [e.payload for e in OutboxEvent.objects.filter(topic="snapshots.taken")] == [
        {"snapshot_id": snapshot.pk}
    ]
    assert (snapshot.holders, snapshot.held, snapshot.power) == (1, 3, 3)


def test_it_waits_until_the_moment_and_its_margin_are_over():
    snapshot = planned()
    with clock.held_at(NOON + MARGIN - TICK):
        assert due() == []
        assert take(snapshot_id=snapshot.pk) is False
    with clock.held_at(NOON + MARGIN):
        assert due() == [snapshot.pk]
        assert take(snapshot_id=snapshot.pk) is True


def test_planning_the_same_moment_twice_is_one_snapshot_and_another_span_is_another():
    first = planned()
    assert planned() == first
    assert planned(average_of=timedelta(days=2)) != first
    with clock.held_at(NOON + HOUR):
        assert plan(asset_id=bmx().pk, at=NOON, why="asked again, later") == first


@pytest.mark.parametrize(
    ("at", "average_of", "field"),
    [
        (NOON, None, "at"),
        (NOON - TICK, None, "at"),
        (NOON + timedelta(days=366), None, "at"),
        (NOON + HOUR, timedelta(days=91), "average_of"),
        (NOON + HOUR, timedelta(microseconds=5), "average_of"),
    ],
)
def test_a_moment_that_nobody_could_know_of_before_is_refused(at, average_of, field):
    with clock.held_at(NOON), pytest.raises(Invalid) as refusal:
        plan(asset_id=bmx().pk, at=at, average_of=average_of, why="too late")
    assert refusal.value.field == field
    assert not Snapshot.objects.exists()


def test_lines_are_written_once():
    moved(factories.customer(), "3", at=NOON - HOUR)
    snapshot = taken()
    for change in (
        lambda: SnapshotLine.objects.filter(snapshot=snapshot).update(power=9),
        lambda: SnapshotLine.objects.filter(snapshot=snapshot).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("average_of", [None, timedelta(days=2)])
def test_anybody_can_recompute_it_from_postings_alone(average_of):
    alice = factories.customer()
    sub = factories.customer(parent=alice)
    moved(alice, "10", at=NOON - timedelta(days=9))
    moved(sub, "0.3", at=NOON - HOUR)
    moved(factories.customer(), "5", at=NOON - 20 * HOUR)
    moved(alice, "-10", at=NOON + HOUR)
    snapshot = taken(average_of=average_of)

    out = io.StringIO()
    call_command("recompute_snapshot", snapshot.pk, stdout=out)
    assert out.getvalue() == f"snapshot {snapshot.pk}: 2 lines, all as posted\n"


def test_a_line_that_was_changed_or_added_or_taken_away_is_found():
    people = [factories.customer() for _ in range(3)]
    for person in people:
        moved(person, "10", at=NOON - HOUR)
    stranger = factories.customer()
    snapshot = taken()
    table = "launchpad_snapshotline"
    tamper(f"UPDATE {table} SET power = 11 WHERE customer_id = {people[0].pk}")
    tamper(f"DELETE FROM {table} WHERE customer_id = {people[1].pk}")
    tamper(
        f"INSERT INTO {table} (snapshot_id, customer_id, held, staked, power)"
        f" VALUES ({snapshot.pk}, {stranger.pk}, 1, 0, 1)"
    )

    found = recompute(snapshot_id=snapshot.pk).differences
    assert [difference.split(":")[0] for difference in found] == [
        f"customer {people[0].pk}",
        f"customer {people[1].pk}",
        f"customer {stranger.pk}",
    ]
    with pytest.raises(CommandError, match=f"customer {people[1].pk}: has no line"):
        call_command("recompute_snapshot", snapshot.pk)


def put_in(holder, amount: str, *, weight: int, at) -> None:
    """An open position, as of the moment that it was made, without the money's own move."""
    coin = bmx()
    product = Product.objects.filter(vote_weight=weight).first() or Product.objects.create(
        slug=f"weight-{weight}",
        name=f"weight {weight}",
        kind="flexible",
        earns="rate",
        asset=coin,
        programme=programme("BMX", name=f"weight {weight}"),
        state="open",
        vote_weight=weight,
        first_day=at.date(),
        created_by="a test",
        created_at=at,
    )
    position = Position.objects.create(
        product=product,
        customer_id=holder.pk,
        amount=D(amount),
        terms_version=1,
        earns_from=at.date(),
        opened_at=at,
    )
    PositionChange.objects.create(
        position=position,
        product_id=product.pk,
        customer_id=holder.pk,
        kind="subscribe",
        amount=D(amount),
        at=at,
        reference=f"test:{position.pk}",
    )


def test_what_is_staked_counts_by_the_weight_of_its_lock():
    alice = factories.customer()
    sub = factories.customer(parent=alice)
    moved(alice, "10", at=NOON - HOUR)
    moved(alice, "6", at=NOON - HOUR, purpose="earn")
    moved(sub, "4", at=NOON - HOUR, purpose="earn")
    put_in(alice, "5", weight=150, at=NOON - HOUR)
    put_in(alice, "1", weight=0, at=NOON - HOUR)  # a product that does not count
    put_in(sub, "4", weight=200, at=NOON - HOUR)
    put_in(sub, "100", weight=200, at=NOON + TICK)

    snapshot = taken()

    assert lines(snapshot) == {alice.pk: (10, 9, D("25.5"))}
    assert recompute(snapshot_id=snapshot.pk).differences == []


def test_what_the_ledger_does_not_have_staked_does_not_count():
    alice = factories.customer()
    moved(alice, "10", at=NOON - HOUR)
    put_in(alice, "10", weight=300, at=NOON)
    moved(alice, "-10", at=NOON + TICK)  # the money's move was written an instant later
    moved(alice, "10", at=NOON + TICK, purpose="earn")

    assert lines(taken()) == {alice.pk: (10, 0, 10)}


def test_an_average_of_what_is_staked_is_weighed_too():
    alice = factories.customer()
    day_before = NOON - timedelta(days=1)
    moved(alice, "8", at=day_before)
    moved(alice, "-8", at=NOON - 6 * HOUR)
    moved(alice, "8", at=NOON - 6 * HOUR, purpose="earn")
    put_in(alice, "8", weight=150, at=NOON - 6 * HOUR)

    # Two days: nothing for one, 8 held for 18 hours, 8 staked for 6.
    assert lines(taken(average_of=timedelta(days=2))) == {alice.pk: (3, 1, D("4.5"))}
