"""Deciding what is held: four eyes, fresh codes, and nothing moves when it is denied."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.accounts import restrictions
from exchange.accounts.second_factor import WrongCode
from exchange.accounts.throttle import TooManyTries
from exchange.audit.models import AuditEvent
from exchange.audit.switches import throw_switch
from exchange.core.errors import Conflict, Invalid, PermissionRefused, Restricted, SwitchedOff
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import authenticator, phone_shows, staff
from wallets.withdrawals import decide
from wallets.withdrawals.decide import DecidedAlready, approve, refuse
from wallets.withdrawals.models import Decision

pytestmark = pytest.mark.django_db
SECRETS = iter(f"secret-{n:013d}".encode() for n in range(10_000))


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    return bitcoin_followed


@pytest.fixture
def held(prices):
    prices["BTC"] = D(100_000)
    row = w.ask(w.rich("BTC", "1"), "0.5")
    assert (row.state, row.approvals_needed) == ("held", 2)
    return row


class Treasurer:
    def __init__(self, *permissions: str) -> None:
        self.actor = staff(*(permissions or (decide.PERMISSION,)))
        self.secret = next(SECRETS)
        authenticator(factories.User.objects.get(pk=self.actor.user_id), secret=self.secret)

    def approves(self, row, code: str = "", reason: str = "known to us"):
        return approve(
            withdrawal_id=row.pk,
            actor=self.actor,
            code=code or phone_shows(self.secret),
            reason=reason,
        )


def test_two_people_approve_and_each_shows_a_code(held):
    first, second = Treasurer(), Treasurer()

    assert first.approves(held).state == "held"
    assert second.approves(held).state == "approved"

    verbs = AuditEvent.objects.filter(verb="withdrawals.approve").order_by("id")
    assert [event.after for event in verbs] == [
        {"approvals": 1, "needed": 2},
        {"approvals": 2, "needed": 2},
    ]


def test_one_person_is_not_two(held, monkeypatch):
    first = Treasurer()
    first.approves(held)
    monkeypatch.setattr(decide.second_factor, "show_code", lambda **_: None)  # the next minute

    with pytest.raises(DecidedAlready):
        first.approves(held)

    held.refresh_from_db()
    assert held.state == "held"


def test_without_permission_code_or_reason_nothing_is_decided(held):
    with pytest.raises(PermissionRefused):
        Treasurer("exchange.view_user").approves(held)
    with pytest.raises(Invalid):
        Treasurer().approves(held, reason=" ")
    with pytest.raises((WrongCode, TooManyTries)):
        Treasurer().approves(held, code="000000")
    assert not Decision.objects.exists()
    assert factories.held(held.customer, "BTC") == D("0.5002")


def test_a_code_that_was_used_once_approves_nothing_more(held):
    who = Treasurer()
    code = phone_shows(who.secret)
    who.approves(held, code)
    other = w.ask(w.rich("BTC", "1"), "0.5")

    with pytest.raises((WrongCode, TooManyTries)):
        who.approves(other, code)


def test_refusing_takes_one_and_gives_the_coins_back(held):
    who = Treasurer()

    row = refuse(
        withdrawal_id=held.pk,
        actor=who.actor,
        code=phone_shows(who.secret),
        reason="the address belongs to a scam",
        customer_message="Please write to us.",
    )

    assert (row.state, row.customer_message) == ("refused", "Please write to us.")
    assert (factories.available(row.customer, "BTC"), factories.held(row.customer, "BTC")) == (1, 0)
    with pytest.raises(Conflict):
        Treasurer().approves(held)
    w.books_agree()


def test_what_forbids_it_now_forbids_the_approval_too(held):
    restrictions.restrict(
        customer_id=held.customer_id, kind="withdrawal", actor=factories.SYSTEM, reason="theft"
    )
    with pytest.raises(Restricted):
        Treasurer().approves(held)
    throw_switch(name="withdrawals", close=True, actor=factories.SYSTEM, reason="drain")
    with pytest.raises(SwitchedOff):
        Treasurer().approves(held)

    assert not Decision.objects.exists()


def test_nobody_decides_about_their_own(held):
    owner = held.customer.user
    secret = next(SECRETS)
    authenticator(owner, secret=secret)

    with pytest.raises(PermissionRefused):
        approve(
            withdrawal_id=held.pk,
            actor=staff(decide.PERMISSION, holder=owner),
            code=phone_shows(secret),
            reason="me",
        )
