"""Whoever may not take part any more when a sale closes is left out before its list is public."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from compliance.identity.models import Identity
from exchange.accounts import restrictions
from exchange.accounts.models import Customer
from exchange.audit.models import AuditEvent
from exchange.core import clock
from launchpad.sales import allocate, draw, inputs, run, settle, sweep
from launchpad.sales.models import Sale, Subscription
from tests import factories
from tests.factories import sales as s
from tests.launchpad.sales.test_sale import books_agree, distributed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale() -> Sale:
    return s.opened(kyc_tier=1, countries_excluded="FR")


def restricted(who: Customer) -> None:
    restrictions.restrict(
        customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="a hit on a list"
    )


def moved(who: Customer) -> None:
    Identity.objects.filter(customer=who).update(country="FR")


def lapsed(who: Customer) -> None:
    Identity.objects.filter(customer=who).update(lapsed_at=clock.now())


def joined_the_staff(who: Customer) -> None:
    type(who.user).objects.filter(pk=who.user_id).update(is_staff=True)


def became_the_project(who: Customer) -> None:
    Sale.objects.update(project=who)


def became_a_sub_account(who: Customer) -> None:
    Customer.objects.filter(pk=who.pk).update(parent=factories.customer())


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (restricted, "restricted"),
        (moved, "country"),
        (lapsed, "identity"),
        (joined_the_staff, "insider"),
        (became_the_project, "insider"),
        (became_a_sub_account, "sub_account"),
    ],
)
def test_whoever_could_not_commit_any_more_gets_everything_back(sale, happens, why):
    gone, stays = s.buyer("200"), s.buyer("200")
    s.commits(gone, sale, "150")
    s.commits(stays, sale, "150")
    happens(gone)

    s.closed(sale)

    mine = Subscription.objects.get(customer=gone)
    assert (mine.left_out, mine.lots, mine.refunded) == (why, 0, D(150))
    sale.refresh_from_db()
    assert (sale.left_out, sale.left_out_amount) == (1, D(150))
    _terms, lines = draw.read(inputs.inputs(sale)[0])
    assert [line.code for line in lines] == [Subscription.objects.get(customer=stays).code]
    # Before the draw, and without waiting for it.
    assert settle.give_back(sale_id=sale.pk) == 1
    assert factories.available(gone, "USDT") == D(200)
    sale = distributed_again(sale)
    assert (sale.allocated, sale.spent, sale.refunded) == (D(600), D(150), D(150))
    assert factories.available(gone, "NEW") == 0
    assert factories.available(stays, "NEW") == D(600)
    books_agree()


def distributed_again(sale: Sale) -> Sale:
    with clock.held_at(sale.distributes_at):
        sweep.go_on(sale.pk)
    sale.refresh_from_db()
    return sale


def test_money_of_a_restricted_customer_lies_in_their_own_account_and_stays_there(sale):
    who = s.buyer("200")
    s.commits(who, sale, "150")
    restricted(who)

    distributed(sale)

    assert (factories.available(who, "USDT"), factories.held(who, "USDT")) == (D(200), D(0))
    with pytest.raises(restrictions.Restricted):
        restrictions.refuse_if_restricted(who.pk, "trading")


def test_a_restriction_after_the_close_changes_neither_list_nor_draw(sale):
    who = s.buyer("200")
    s.commits(who, sale, "150")
    s.closed(sale)
    restricted(who)

    assert allocate.allocate(sale.pk)

    sale.refresh_from_db()
    assert draw.digest(inputs.inputs(sale)[0]) == sale.inputs_digest
    assert Subscription.objects.get().lots == 600


def test_a_restriction_that_was_lifted_before_the_close_leaves_nobody_out(sale):
    who = s.buyer("200")
    s.commits(who, sale, "150")
    row = restrictions.restrict(
        customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="a look", own=True
    )
    restrictions.lift_own(restriction_id=row.pk, actor=factories.SYSTEM, reason="nothing found")

    s.closed(sale)

    assert Subscription.objects.get().left_out == ""


def test_in_a_queue_the_next_ones_move_up():
    sale = s.opened(mode="first_come")
    first, second = s.buyer(), s.buyer()
    s.commits(first, sale, "100")
    s.commits(second, sale, "250")
    s.commits(first, sale, "150")
    restricted(first)

    sale = distributed(sale)

    assert factories.available(second, "NEW") == D(1000)
    assert factories.available(first, "USDT") == D(1000)
    books_agree()


def test_who_was_left_out_and_how_many_is_on_the_record(sale):
    for _ in range(2):
        who = s.buyer("200")
        s.commits(who, sale, "100")
        restricted(who)

    s.closed(sale)

    said = AuditEvent.objects.get(verb="sales.leave_out").after
    assert (said["places"], D(said["amount"]), said["restricted"]) == (2, D(200), 2)


def test_batches_of_any_size_give_everybody_back(sale):
    people = [s.buyer("200") for _ in range(5)]
    for who in people:
        s.commits(who, sale, "100")
        restricted(who)
    s.closed(sale)

    assert [settle.give_back(sale_id=sale.pk, limit=2) for _ in range(4)] == [2, 2, 1, 0]

    assert [factories.available(who, "USDT") for who in people] == [D(200)] * 5
    assert distributed_again(sale).state == "finished"
    books_agree()


def test_a_sale_cancelled_after_some_were_left_out_pays_nobody_twice(sale):
    gone, stays = s.buyer("200"), s.buyer("200")
    for who in (gone, stays):
        s.commits(who, sale, "100")
    restricted(gone)
    s.closed(sale)
    assert settle.give_back(sale_id=sale.pk) == 1
    Sale.objects.update(state="cancelled", cancelled_at=clock.now(), funded_from="")

    assert settle.refund(sale_id=sale.pk) == 1

    assert [factories.available(who, "USDT") for who in (gone, stays)] == [D(200)] * 2


def test_a_block_is_named_only_after_the_list_was_published(monkeypatch):
    sale = s.opened(mode="tickets", public_input="bitcoin")
    s.commits(s.buyer(), sale, "60")
    seen = []
    monkeypatch.setattr(
        run.blocks,
        "named",
        lambda: seen.append(Sale.objects.get(pk=sale.pk).inputs_digest) or 803,
    )

    s.closed(sale)

    sale.refresh_from_db()
    assert (seen, sale.block_height) == ([sale.inputs_digest], 803)
    assert sale.inputs_digest
