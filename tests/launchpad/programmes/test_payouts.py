"""A payout pays everybody exactly once, or nobody."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.audit.proposals import approve
from exchange.core.errors import Conflict, Invalid, KeyReused, PermissionRefused
from exchange.core.models import OutboxEvent
from exchange.ledger import reconcile
from exchange.ledger.queries import trial_balance
from launchpad.programmes import check, fund, open, payouts, queries, stop
from launchpad.programmes.models import Payout, PayoutLine, Programme
from launchpad.programmes.payouts import Line, Query
from tests import factories
from tests.factories.accounts import staff
from tests.launchpad.conftest import programme, put_into

pytestmark = pytest.mark.django_db


def lines_for(people, *amounts: str) -> list[Line]:
    return [
        Line(who.pk, D(amount), f"t:{n}")
        for n, (who, amount) in enumerate(zip(people, amounts, strict=False))
    ]


def prepared(made: Programme, people, *amounts: str, key: str = "day 1", **more) -> Payout:
    return payouts.prepare(
        programme_id=made.pk,
        key=key,
        lines=lines_for(people, *amounts),
        actor=factories.SYSTEM,
        **more,
    )


def test_everybody_is_paid_and_the_programme_pays_the_exact_sum(people):
    made = programme("USDT", "100")
    payout = prepared(made, people, "1.5", "2.25", "0.000001", remainder=D("0.000002"))
    assert (payout.lines, payout.total) == (3, D("3.750001"))

    assert payouts.pay(payout.pk, batch=2) == 3

    payout.refresh_from_db()
    assert (payout.state, payout.paid, payout.batches) == ("paid", D("3.750001"), 2)
    assert [factories.available(each, "USDT") for each in people[:3]] == [
        D("1.5"), D("2.25"), D("0.000001"),
    ]  # fmt: skip
    assert factories.house("USDT", "rounding") == D("0.000002")
    assert queries.house_balances_of(made) == (D("96.249997"), 0)
    assert all(total == 0 for _, total in trial_balance())


def test_paying_again_pays_nobody_again(people):
    payout = prepared(programme("USDT", "10"), people, "1", "2")
    payouts.pay(payout.pk)
    assert payouts.pay(payout.pk) == 0
    assert factories.available(people[1], "USDT") == 2


def test_with_too_little_nobody_is_paid_and_the_programme_stops_and_says_why(people):
    made = programme("USDT", "2.99")
    payout = prepared(made, people, "1", "2")

    assert payouts.pay(payout.pk) == 0

    payout.refresh_from_db()
    made.refresh_from_db()
    assert (payout.state, made.state) == ("short", "stopped")
    assert "0.01 USDT are missing" in made.stopped_because
    assert [factories.available(each, "USDT") for each in people[:2]] == [0, 0]
    assert queries.house_balances_of(made) == (D("2.99"), 0)
    told = OutboxEvent.objects.get(topic="programmes.stopped")
    assert told.payload["programme_id"] == made.pk


def test_a_stopped_programme_goes_on_by_a_person_after_the_missing_came(people):
    made = programme("USDT", "2.99")
    payout = prepared(made, people, "1", "2")
    payouts.pay(payout.pk)
    person = staff("launchpad.resume_programme")

    with pytest.raises(stop.TooLittle) as refused:
        stop.resume(programme_id=made.pk, actor=person, reason="looked at it")
    assert refused.value.limit == D("0.01")
    put_into(made, "0.01")
    stop.resume(programme_id=made.pk, actor=person, reason="funded")
    payouts.sweep()

    payout.refresh_from_db()
    assert payout.state == "paid"
    assert [factories.available(each, "USDT") for each in people[:2]] == [1, 2]


def test_what_was_prepared_behind_a_short_payout_waits_too(people):
    made = programme("USDT", "2")
    payouts.pay(prepared(made, people, "3").pk)
    later = prepared(made, people, "1", key="day 2")
    assert payouts.sweep() == 0
    later.refresh_from_db()
    assert later.state == "ready"


def test_a_payout_that_began_goes_to_its_end_though_the_programme_was_stopped(people):
    made = programme("USDT", "10")
    payout = prepared(made, people, "1", "2", "3")
    payouts.pay(payout.pk, batch=1, most=1)
    stop.stop(programme_id=made.pk, because="a doubt", actor=staff("launchpad.stop_programme"))
    assert reconcile.holds(0).wrong == 0  # half-way, with the rest held
    assert check.payouts(0).wrong == 0

    assert payouts.sweep() == 2
    assert factories.available(people[2], "USDT") == 3


def test_the_same_key_is_the_same_payout_and_other_contents_are_refused(people):
    made = programme("USDT", "10")
    first = prepared(made, people, "1", "2")
    assert prepared(made, people, "1", "2").pk == first.pk
    with pytest.raises(KeyReused):
        prepared(made, people, "1", "2.5")
    assert PayoutLine.objects.count() == 2


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001"])
def test_a_line_that_is_not_a_positive_number_of_units_refuses_the_whole(people, amount):
    with pytest.raises(Invalid):
        prepared(programme("USDT", "10"), people, "1", amount)
    assert not Payout.objects.exists()
    assert not PayoutLine.objects.exists()


def test_lines_come_from_a_query_and_open_accounts_that_are_missing(people):
    made = programme("USDT", "10")
    payout = payouts.prepare(
        programme_id=made.pk,
        key="q",
        lines=Query("SELECT id, 0.5, 'customer:' || id, 'spot' FROM exchange_customer"),
        actor=factories.SYSTEM,
    )
    payouts.pay(payout.pk)
    assert payout.total == D("2.5")
    assert factories.available(people[4], "USDT") == D("0.5")
    assert queries.paid_to(people[4].pk)[0][0].of == f"customer:{people[4].pk}"


def test_a_payout_that_is_held_back_waits_for_its_release(people):
    payout = prepared(programme("USDT", "10"), people, "1", hold_back=True)
    assert payouts.sweep() == 0
    payouts.release(payout_id=payout.pk, actor=factories.SYSTEM)
    assert payouts.sweep() == 1


def test_only_a_payout_that_did_not_begin_can_be_cancelled(people):
    made = programme("USDT", "10", kind="airdrop")
    begun, waiting = prepared(made, people, "1", "2"), prepared(made, people, "1", key="b")
    payouts.pay(begun.pk, batch=1, most=1)
    person = staff("launchpad.cancel_payout")
    with pytest.raises(Conflict):
        payouts.cancel(payout_id=begun.pk, actor=person, reason="a mistake")
    assert payouts.cancel(payout_id=waiting.pk, actor=person, reason="x").state == "cancelled"
    assert payouts.pay(waiting.pk) == 0


def test_funding_takes_two_people(people):
    made = programme("USDT")
    first = staff("launchpad.fund_programme", "launchpad.approve_funding")
    proposal = fund.propose_funding(
        programme_id=made.pk, source="capital", amount=D("12.5"), actor=first, reason="November"
    )
    with pytest.raises(PermissionRefused):
        approve(proposal_id=proposal.pk, actor=first)
    assert queries.house_balances_of(made) == (0, 0)

    approve(proposal_id=proposal.pk, actor=staff("launchpad.approve_funding"))

    assert queries.house_balances_of(made) == (D("12.5"), 0)
    assert factories.house("USDT", "capital") == D("-12.5")


@pytest.mark.parametrize("source", ["custody", "spot", "programme:1", ""])
def test_programmes_are_funded_from_named_purposes_only(source):
    with pytest.raises(Invalid):
        fund.propose_funding(
            programme_id=programme("USDT").pk,
            source=source,
            amount=D(1),
            actor=staff("launchpad.fund_programme"),
            reason="x",
        )


def test_what_is_left_of_a_closed_programme_goes_back_where_it_came_from(people):
    made = programme("USDT", "10")
    payouts.pay(prepared(made, people, "4").pk)
    treasurer = staff("launchpad.open_programme", "launchpad.fund_programme")
    with pytest.raises(Conflict):
        fund.return_rest(programme_id=made.pk, actor=treasurer, reason="over")
    open.close(programme_id=made.pk, actor=treasurer, reason="over")

    assert fund.return_rest(programme_id=made.pk, actor=treasurer, reason="over") == 6
    assert fund.return_rest(programme_id=made.pk, actor=treasurer, reason="over") == 0
    assert factories.house("USDT", "capital") == -4


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (stop.stop, {"because": "x"}),
        (stop.resume, {"reason": "x"}),
        (open.close, {"reason": "x"}),
        (fund.return_rest, {"reason": "x"}),
    ],
)
def test_nobody_without_the_permission_moves_a_programme(verb, words):
    made = programme("USDT", "5")
    with pytest.raises(PermissionRefused):
        verb(programme_id=made.pk, actor=staff(), **words)
    made.refresh_from_db()
    assert made.state == "open"
    assert queries.house_balances_of(made) == (5, 0)
