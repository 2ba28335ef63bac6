"""Putting in and taking out: what moves, what is refused, what a retry does."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from compliance.identity import queries as identity
from exchange.accounts.restrictions import restrict
from exchange.core.errors import (
    Conflict,
    InsufficientFunds,
    Invalid,
    KeyReused,
    NotFound,
    PermissionRefused,
    Restricted,
    SwitchedOff,
)
from exchange.core.models import Switch
from exchange.ledger.queries import balance
from launchpad.earn import accrue, check, products, redeem, subscribe, terms
from launchpad.earn.errors import (
    BelowMinimum,
    CapReached,
    Locked,
    LosesInterest,
    NotAllowed,
    NotOffered,
    TermsChanged,
)
from launchpad.earn.models import Position
from tests import factories
from tests.factories.accounts import acting, staff
from tests.launchpad.earn.conftest import fixed, on_day, product, put_in, staking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_day")]


def saved(holder, code: str = "USDT") -> D:
    return balance(
        customer_id=holder.pk, asset_id=factories.asset(code).pk, purpose="earn"
    ).available


def take(position: Position, amount: str | None = None, **more):
    words = {
        "customer_id": position.customer_id,
        "position_id": position.pk,
        "amount": None if amount is None else D(amount),
        "request_no": f"r{position.pk}-{amount}",
        "actor": factories.SYSTEM,
    }
    return redeem.redeem(**{**words, **more})


def books_agree() -> bool:
    looks = (check.accounts, check.positions, check.taken, check.days, check.ends)
    return [look(0).findings for look in looks] == [[]] * 5


def test_what_is_put_in_leaves_the_spot_account_and_stands_in_the_position():
    holder, made = factories.customer(), product()
    factories.fund(holder, "USDT", "50")
    position = put_in(holder, made, "100")
    assert (factories.available(holder, "USDT"), saved(holder)) == (50, 100)
    assert (position.amount, position.earns_from.isoformat()) == (100, "2026-03-11")
    assert books_agree()


def test_more_money_in_a_flexible_product_joins_the_position_and_fixed_ones_stand_apart():
    holder, flexible, term = factories.customer(), product(), fixed()
    assert put_in(holder, flexible, "100").pk == put_in(holder, flexible, "5").pk
    assert put_in(holder, term, "100").pk != put_in(holder, term, "5").pk
    assert Position.objects.get(product=flexible).amount == 105
    assert books_agree()


def test_the_same_request_again_is_the_first_and_another_with_its_number_is_refused():
    holder, made = factories.customer(), product()
    first = put_in(holder, made, "100", request_no="a")
    assert put_in(holder, made, "100", request_no="a").pk == first.pk
    with pytest.raises(KeyReused):
        put_in(holder, made, "99", request_no="a")
    assert saved(holder) == 100


@pytest.mark.parametrize(
    ("amount", "refusal", "limit"),
    [
        ("9.99", BelowMinimum, D(10)),
        ("200.01", CapReached, D(200)),
        ("50.0000001", Invalid, 6),
        ("0", Invalid, 0),
    ],
)
def test_too_little_too_much_and_too_fine_amounts_move_nothing(amount, refusal, limit):
    holder, made = factories.customer(), product(minimum="10", cap_customer="200")
    factories.fund(holder, "USDT", "1000")
    with pytest.raises(refusal) as refused:
        put_in(holder, made, "0", amount=D(amount))
    assert refused.value.limit == limit
    assert (factories.available(holder, "USDT"), saved(holder)) == (1000, 0)
    assert not Position.objects.exists()


def test_a_customers_cap_holds_for_their_sub_accounts_together():
    holder, made = factories.customer(), product(cap_customer="100")
    put_in(holder, made, "70")
    with pytest.raises(CapReached) as refused:
        put_in(factories.customer(parent=holder), made, "40")
    assert refused.value.limit == 30


def test_the_products_cap_is_for_all_customers_and_taking_out_makes_room():
    made = product(cap_total="100", cap_customer="100")
    first, second = factories.customer(), factories.customer()
    position = put_in(first, made, "80")
    with pytest.raises(CapReached):
        put_in(second, made, "30")
    take(position, "20")
    assert put_in(second, made, "40", request_no="again").amount == 40


def test_nobody_puts_in_what_they_do_not_have():
    holder, made = factories.customer(), product()
    factories.fund(holder, "USDT", "5")
    with pytest.raises(InsufficientFunds):
        put_in(holder, made, "0", amount=D(6))
    assert not Position.objects.exists()


def test_terms_that_changed_since_they_were_read_are_refused():
    holder, made = factories.customer(), product()
    with pytest.raises(TermsChanged) as refused:
        put_in(holder, made, "5", terms_version=2)
    assert refused.value.limit == 1


def test_a_pause_a_switch_a_restriction_and_a_countrys_rules_each_stop_new_money(monkeypatch):
    holder, made = factories.customer(), product()
    desk = staff("launchpad.pause_product")
    products.pause(product_id=made.pk, actor=desk, reason="too little demand for loans")
    with pytest.raises(NotOffered):
        put_in(holder, made, "5")
    products.unpause(product_id=made.pk, actor=desk, reason="demand is back")
    for name in ("earn", f"earn:{made.slug}"):
        switch = Switch.objects.create(name=name, closed=True)
        with pytest.raises(SwitchedOff):
            put_in(holder, made, "5")
        switch.delete()
    monkeypatch.setattr(
        subscribe, "may", lambda *_: identity.Answer(False, "tier", "Verify first.")
    )
    with pytest.raises(NotAllowed):
        put_in(holder, made, "5")
    monkeypatch.undo()
    officer = staff("exchange.freeze_customer")
    restrict(customer_id=holder.pk, kind="trading", actor=officer, reason="a doubt")
    with pytest.raises(Restricted):
        put_in(holder, made, "5")
    assert not Position.objects.exists()


def test_who_is_not_verified_may_not_earn(monkeypatch):
    monkeypatch.setattr(subscribe, "may", identity.may)
    with pytest.raises(NotAllowed):
        put_in(factories.customer(), product(), "5")


def test_a_stranger_neither_puts_in_nor_takes_out():
    holder, other, made = factories.customer(), factories.customer(), product()
    position = put_in(holder, made, "100")
    with pytest.raises(PermissionRefused):
        put_in(holder, made, "5", actor=acting(other))
    with pytest.raises(PermissionRefused):
        take(position, actor=acting(other))
    with pytest.raises(NotFound):
        take(position, customer_id=other.pk, actor=acting(other))
    assert saved(holder) == 100


def test_flexible_money_comes_back_at_once_and_a_retry_takes_nothing_twice():
    holder, made = factories.customer(), product()
    position = put_in(holder, made, "100")
    take(position, "30", request_no="x")
    take(position, "30", request_no="x")
    assert (factories.available(holder, "USDT"), saved(holder)) == (30, 70)
    take(position)
    position.refresh_from_db()
    assert (position.state, saved(holder)) == ("closed", 0)
    with pytest.raises(Conflict):
        take(position, "1", request_no="y")
    assert books_agree()


def test_less_than_the_minimum_is_not_left_behind():
    position = put_in(factories.customer(), product(minimum="10"), "100")
    with pytest.raises(BelowMinimum):
        take(position, "95")
    with pytest.raises(Invalid):
        take(position, "100.5")


def test_fixed_savings_end_early_only_by_giving_up_their_interest_knowingly():
    holder, made = factories.customer(), fixed()
    position = put_in(holder, made, "3650")
    with on_day(4):
        accrue.accrue_all()  # three days of one dollar
        with pytest.raises(LosesInterest) as refused:
            take(position)
        assert refused.value.limit == 3
        with pytest.raises(Invalid):
            take(position, "100", accept_loss=True)
        take(position, accept_loss=True)
    position.refresh_from_db()
    assert (position.state, position.forfeited) == ("closed", 3)
    assert factories.available(holder, "USDT") == 3650
    with on_day(40):
        accrue.accrue_all()
    assert factories.available(holder, "USDT") == 3650
    assert books_agree()


def test_what_has_no_early_exit_is_locked_until_its_day():
    made = product("bmx-90", code="BMX", kind="staking", lock_days=90, vote_weight=150)
    position = put_in(factories.customer(), made, "100")
    with pytest.raises(Locked) as refused:
        take(position)
    assert refused.value.limit == position.unlocks_at
    with on_day(90), pytest.raises(Locked):
        take(position)
    with on_day(91):
        take(position)
    position.refresh_from_db()
    assert position.state == "closed"


def test_unstaking_waits_in_the_queue_until_its_date():
    holder, made = factories.customer(), staking()
    position = put_in(holder, made, "10")
    leaving = take(position, "4")
    assert (leaving.state, leaving.amount, leaving.free_at.isoformat()) == (
        "unbonding", 4, "2026-03-17T12:00:00+00:00",
    )  # fmt: skip
    with on_day(6):
        assert redeem.let_go_due() == 0
    with on_day(7):
        assert redeem.let_go_due() == 1
        assert redeem.let_go_due() == 0
    assert (factories.available(holder, "ETH"), saved(holder, "ETH")) == (4, 6)
    assert books_agree()


def test_fixed_savings_end_on_their_day_with_interest_and_all():
    holder, made = factories.customer(), fixed()
    put_in(holder, made, "3650")
    with on_day(31):
        accrue.accrue_all()
        assert redeem.let_go_due() == 1
        from launchpad.programmes import payouts

        payouts.sweep()
    assert factories.available(holder, "USDT") == 3680
    assert books_agree()


def test_a_closed_switch_keeps_a_products_money_where_it_is():
    holder, made = factories.customer(), product()
    position = put_in(holder, made, "100")
    Switch.objects.create(name=f"redeem:{made.slug}", closed=True)
    with pytest.raises(SwitchedOff):
        take(position)
    assert saved(holder) == 100


def test_new_terms_take_two_people_and_hold_from_the_next_day():
    from exchange.audit.proposals import approve

    made = product()
    draft = terms.Draft(D(1), D(1_000_000), D(500_000), [(D(0), 20_000)])
    first = staff("launchpad.draft_product", "launchpad.approve_product")
    proposal = terms.propose_terms(
        product_id=made.pk, draft=draft, actor=first, reason="rates fell"
    )
    with pytest.raises(PermissionRefused):
        approve(proposal_id=proposal.pk, actor=first)
    assert (
        approve(proposal_id=proposal.pk, actor=staff("launchpad.approve_product")).state
        == "executed"
    )
    published = made.terms.get(version=2)
    assert published.from_day.isoformat() == "2026-03-11"
    assert terms.terms_on(made, made.first_day).version == 1


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("tiers", {"tiers": []}),
        ("tiers", {"tiers": [(D(5), 10)]}),
        ("tiers", {"tiers": [(D(0), 10), (D(0), 5)]}),
        ("tiers", {"tiers": [(D(0), 2_000_001)]}),
        ("minimum", {"minimum": D("0.0000001")}),
        ("cap_customer", {"cap_customer": D("0.5")}),
        ("cap_total", {"cap_total": D(100)}),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_their_field(field, changed):
    sound = terms.Draft(D(1), D(1000), D(500), [(D(0), 20_000)])
    with pytest.raises(Invalid) as refused:
        terms.propose_terms(
            product_id=product().pk,
            draft=sound._replace(**changed),
            actor=staff("launchpad.draft_product"),
            reason="x",
        )
    assert refused.value.field == field
