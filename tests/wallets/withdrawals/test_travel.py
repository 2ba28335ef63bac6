"""Withdrawals wait for the travel rule, and go on by themselves when it is settled."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.test import Client

from compliance.travel_rule import decide as officers
from compliance.travel_rule import keys, owners
from compliance.travel_rule.models import AddressOwner, TravelMessage
from exchange.audit import proposals
from exchange.core import outbox
from exchange.core.errors import Conflict
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.accounts import acting, authenticator, phone_shows, staff
from wallets.withdrawals import cancel, decide
from wallets.withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(bitcoin_followed):
    keys.make(actor=factories.SYSTEM)
    return bitcoin_followed


@pytest.fixture
def who():
    """Somebody who has not said whose the addresses are."""
    holder = w.rich("BTC", "1")
    AddressOwner.objects.all().delete()
    authenticator(holder.user)
    return holder


def say(who, kind="own_wallet", address=w.STRANGER):
    owners.declare(
        new=owners.NewOwner(customer_id=who.pk, network="BTC", key=address, kind=kind),
        actor=acting(who),
    )
    outbox.deliver()


def test_a_small_withdrawal_is_asked_nothing(who):
    row = w.ask(who, "0.04")

    assert (row.state, row.value_usdt) == ("approved", 800)
    assert not TravelMessage.objects.exists()


def test_a_larger_one_is_held_until_the_customer_says_whose_the_address_is(who):
    row = w.ask(who, "0.1")

    assert row.state == "held"
    held = row.outcomes.get(gate="travel rule")
    assert (held.verdict, held.code) == ("hold", "travel_customer")
    assert factories.held(who, "BTC") == D("0.1002")

    say(who)

    row.refresh_from_db()
    assert (row.state, row.gates_round) == ("approved", 2)
    assert TravelMessage.objects.get().state == "kept"
    w.books_agree()


def test_telling_again_what_is_known_asks_the_gates_no_second_time(who):
    row = w.ask(who, "0.1")
    outbox.deliver()
    outbox.deliver()

    row.refresh_from_db()
    assert row.gates_round == 1


def test_what_was_said_of_an_address_counts_the_next_time(who):
    say(who)

    assert w.ask(who, "0.1").state == "approved"


def test_nobody_approves_it_over_the_travel_rule(who):
    row = w.ask(who, "0.1")
    treasurer = staff(decide.PERMISSION)
    authenticator(factories.User.objects.get(pk=treasurer.user_id))

    with pytest.raises(Conflict):
        decide.approve(withdrawal_id=row.pk, actor=treasurer, code=phone_shows(), reason="a friend")

    row.refresh_from_db()
    assert (row.state, row.decisions.count()) == ("held", 0)


def test_two_officers_let_it_go_without_the_data(who):
    row = w.ask(who, "0.1")
    message = TravelMessage.objects.get()
    asked = officers.propose_release(
        message_id=message.pk, actor=staff(officers.RELEASE), reason="old customer"
    )
    proposals.approve(proposal_id=asked.pk, actor=staff(officers.RELEASE))
    outbox.deliver()

    row.refresh_from_db()
    assert row.state == "approved"


def test_an_officers_refusal_keeps_it_held(who):
    row = w.ask(who, "0.1")
    officers.refuse(
        message_id=TravelMessage.objects.get().pk, actor=staff(officers.WORK), reason="no"
    )
    outbox.deliver()

    row.refresh_from_db()
    assert row.state == "held"
    assert row.outcomes.filter(gate="travel rule").last().code == "travel_refused"


def test_a_withdrawal_taken_back_ends_the_exchange(who):
    row = w.ask(who, "0.1")

    cancel.cancel(withdrawal_id=row.pk, actor=acting(who))
    outbox.deliver()

    assert TravelMessage.objects.get().state == "cancelled"
    assert factories.available(who, "BTC") == 1


def test_what_is_settled_does_not_let_through_what_another_gate_holds(who, prices):
    prices["BTC"] = D(100_000)
    row = w.ask(who, "0.5")

    say(who)

    row.refresh_from_db()
    assert (row.state, row.approvals_needed) == ("held", 2)
    verdicts = dict(row.outcomes.filter(round=2).values_list("gate", "verdict"))
    assert (verdicts["travel rule"], verdicts["amount"]) == ("pass", "hold")


def test_coins_given_to_another_customer_travel_nowhere(who):
    other = factories.customer()

    assert w.ask(who, "0.4", recipient=str(other.pk)).state == "confirmed"
    assert not TravelMessage.objects.exists()


@pytest.fixture
def browser(who):
    client = Client()
    client.force_login(who.user)
    return client


def test_the_page_asks_who_receives_it_before_it_shows_everything_once_more(browser, who):
    asked = browser.post("/withdraw/BTC/BTC", {"address": w.STRANGER, "amount": "0.25"})
    assert asked.status_code == 302
    page = browser.get(asked.url)
    shown = page.content.decode()
    assert "Who receives it?" in shown
    assert "0.25 BTC" in shown
    assert w.STRANGER in shown

    answered = browser.post(asked.url, {"kind": "own_wallet", "next": page.context["next"]})
    confirmation = browser.get(answered.url)

    assert "Is this right?" in confirmation.content.decode()
    draft = confirmation.context["draft"]
    browser.post("/withdraw/confirm", {"draft": draft, "code": phone_shows()})
    assert Withdrawal.objects.get().state == "approved"


def test_a_question_is_nobody_elses(browser, who):
    asked = browser.post("/withdraw/BTC/BTC", {"address": w.STRANGER, "amount": "0.25"})
    other = Client()
    other.force_login(factories.customer().user)

    assert other.get(asked.url).status_code == 302
    other.post(asked.url, {"kind": "own_wallet"})
    assert not AddressOwner.objects.exists()


def test_a_program_is_held_and_the_customer_answers_on_the_page(browser, who):
    row = w.ask(who, "0.1")  # as a program does: without a page
    listed = browser.get("/withdrawals").content.decode()
    message = TravelMessage.objects.get()
    assert f"/transfers/{message.uid}/answer" in listed

    browser.post(
        f"/transfers/{message.uid}/answer",
        {"kind": "other_wallet", "name": "Robert Barnes", "next": "/withdrawals"},
    )
    outbox.deliver()

    row.refresh_from_db()
    assert row.state == "approved"
    other = Client()
    other.force_login(factories.customer().user)
    assert other.get(f"/transfers/{message.uid}/answer").status_code == 404


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_an_answer_leads_nowhere_else(browser, who, where):
    w.ask(who, "0.1")
    message = TravelMessage.objects.get()

    answered = browser.post(
        f"/transfers/{message.uid}/answer", {"kind": "own_wallet", "next": where}
    )

    assert answered.url == "/"


def test_a_forged_question_is_not_asked(browser):
    assert browser.get("/transfers/whose?q=forged").status_code == 302
