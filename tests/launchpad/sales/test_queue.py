"""First come, first served: what is added to a place has a place of its own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from exchange.core import clock
from launchpad.sales import draw, errors, inputs, recompute, run, sweep, turns, withdraw
from launchpad.sales.models import Sale, SaleBook, SaleTurn, Subscription
from tests import factories
from tests.factories import sales as s
from tests.factories.accounts import acting
from tests.launchpad.sales.test_sale import books_agree, distributed

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue() -> Sale:
    """1,000 tokens in lots of one at 0.25 USDT, 250 USDT altogether."""
    return s.opened(mode="first_come")


def lowers(who, sale: Sale, total: str) -> Subscription:
    return withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, total=D(total), actor=acting(who))


def places(who) -> list[tuple[int, D]]:
    mine = Subscription.objects.get(customer=who)
    added = list(SaleTurn.objects.filter(subscription=mine).values_list("place", "committed"))
    return [(mine.place, mine.committed - sum((amount for _, amount in added), D(0))), *added]


def test_what_is_added_waits_behind_whoever_came_meanwhile(queue):
    first, second = s.buyer(), s.buyer()
    s.commits(first, queue, "100")
    s.commits(second, queue, "100")
    s.commits(first, queue, "200")

    assert places(first) == [(1, D(100)), (3, D(100))]
    sale = distributed(queue)

    # 400 and 400 tokens in front, and the last 200 for what was added.
    assert factories.available(first, "NEW") == D(600)
    assert factories.available(second, "NEW") == D(400)
    assert factories.available(first, "USDT") == D(850)
    assert (sale.allocated, sale.spent, sale.refunded) == (D(1000), D(250), D(50))
    books_agree()


def test_the_published_file_names_every_place_and_the_script_comes_to_the_same(queue):
    first, second = s.buyer(), s.buyer()
    s.commits(first, queue, "100")
    s.commits(second, queue, "120")
    s.commits(first, queue, "200")
    sale = distributed(queue)

    terms, lines = draw.read(inputs.inputs(sale)[0])
    won = draw.allocate(terms, lines, draw.seed_of(
        secret=sale.seed, inputs_digest=sale.inputs_digest, block=""
    ))  # fmt: skip

    assert [line.place for line in lines] == [1, 2, 3]
    assert [(each.lots, each.spent, each.refunded) for each in won] == [
        (520, 130 * 10**8, 70 * 10**8),
        (480, 120 * 10**8, 0),
    ]
    assert draw.results(won) == inputs.results(sale)
    assert draw.digest(draw.results(won)) == sale.result_digest
    assert recompute.compare(sale.pk)[:2] == (2, 0)


def test_what_was_left_over_of_a_lot_goes_with_what_is_added(queue):
    who = s.buyer()
    s.commits(who, queue, "1.1")  # four lots, and 0.1 that brings none
    s.commits(who, queue, "1.4")
    assert places(who) == [(1, D("1.0")), (2, D("0.4"))]
    s.commits(who, queue, "1.5")

    assert places(who) == [(1, D("1.0")), (2, D("0.25")), (3, D("0.25"))]
    assert SaleBook.objects.get(sale=queue).lots == 6
    sale = distributed(queue)
    assert (sale.allocated, factories.available(who, "USDT")) == (D(6), D("998.5"))


def test_an_addition_that_brings_nothing_is_refused_and_says_what_would(queue):
    who = s.buyer()
    s.commits(who, queue, "10")

    with pytest.raises(errors.NotWhole) as refused:
        s.commits(who, queue, "10.2")

    assert refused.value.limit == "10.25"
    assert (factories.held(who, "USDT"), SaleTurn.objects.count()) == (D(10), 0)


def test_whoever_lowers_gives_up_the_last_places_first(queue):
    who = s.buyer()
    for total in ("10", "20", "30"):
        s.commits(who, queue, total)

    lowers(who, queue, "15")
    assert places(who) == [(1, D(10)), (2, D(5))]
    lowers(who, queue, "8")
    assert places(who) == [(1, D(8))]
    lowers(who, queue, "0")
    assert (places(who), factories.held(who, "USDT")) == ([(None, D(0))], D(0))
    s.commits(who, queue, "5")
    assert places(who) == [(4, D(5))]
    books_agree()


def test_one_customer_cannot_fill_the_queue_with_crumbs(queue):
    who = s.buyer()
    s.commits(who, queue, "1")
    for n in range(1, turns.MOST + 1):
        s.commits(who, queue, str(1 + D(n) / 4))

    with pytest.raises(errors.TooManyTurns):
        s.commits(who, queue, "100")

    assert factories.held(who, "USDT") == 1 + D(turns.MOST) / 4


def test_going_in_and_out_uses_up_nobody_elses_place():
    sale = s.opened(mode="first_come", most_places=2)
    who = s.buyer()
    for _ in range(3):
        s.commits(who, sale, "10")
        lowers(who, sale, "0")

    assert s.commits(s.buyer(), sale, "10").place == 4
    assert s.commits(s.buyer(), sale, "10").place == 5
    with pytest.raises(errors.SoldOut):
        s.commits(who, sale, "10")


def test_a_commitment_is_not_changed_without_end(queue, monkeypatch):
    monkeypatch.setattr("launchpad.sales.commit.MOST_CHANGES", 4)
    who = s.buyer()
    for _ in range(2):
        s.commits(who, queue, "10")
        lowers(who, queue, "0")

    with pytest.raises(errors.TooManyChanges):
        s.commits(who, queue, "10")


def test_the_page_says_what_each_place_would_bring(queue):
    first, second = s.buyer(), s.buyer()
    s.commits(first, queue, "100")
    s.commits(second, queue, "100")
    mine = s.commits(first, queue, "300")

    assert turns.stands(queue, mine) == [(1, D(100), D(400)), (3, D(200), D(200))]


def test_places_do_not_matter_where_everybody_gets_a_share():
    sale = s.opened()
    who = s.buyer()
    s.commits(who, sale, "10")
    s.commits(who, sale, "20")

    assert not SaleTurn.objects.exists()


def test_a_queue_that_is_full_takes_no_addition_and_closes():
    sale = s.opened(mode="first_come", withdrawable=False)
    who = s.buyer(sale=sale, bmx="500")
    s.commits(who, sale, "100")
    s.commits(who, sale, "250")
    with pytest.raises(errors.SoldOut):
        s.commits(who, sale, "251")

    assert run.close_due(sale.pk)
    with clock.held_at(sale.distributes_at + timedelta(minutes=1)):
        sweep.go_on(sale.pk)
    assert factories.available(who, "NEW") == D(1000)
    books_agree()
