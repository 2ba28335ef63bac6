"""Letters of the launchpad: who gets one, what stands in it, and at which pace they go out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core import mail as django_mail
from django.db import transaction

from exchange.accounts import circulars, letters, mail, neutral, restrictions
from exchange.audit import proposals
from exchange.core import clock, outbox
from exchange.core.errors import PermissionRefused
from exchange.core.models import OutboxEvent
from launchpad.sales import cancel, sweep, withdraw
from tests import factories
from tests.factories import sales as s
from tests.factories.accounts import acting, staff
from tests.launchpad.sales.test_sale import distributed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    """Deliver the outbox and return what was sent to somebody since the last time."""

    def deliver(who=None) -> list:
        while outbox.deliver():
            pass
        found, django_mail.outbox = django_mail.outbox, []
        return [each for each in found if who is None or who.user.email in each.to]

    deliver()
    return deliver


def test_everybody_who_took_part_learns_what_they_got_paid_and_were_given_back(sent):
    sale = s.opened(first_ppm=100_000, periods=2, period_days=30)
    one, other = s.buyer("400"), s.buyer("400")
    s.commits(one, sale, "375")
    s.commits(other, sale, "125")
    sent()

    distributed(sale)

    [letter] = sent(one)
    assert letter.subject == "New token: you got 750 NEW"
    for said in (
        "375 USDT",
        "Paid for them: 187.5 USDT",
        "Given back to your account: 187.5 USDT",
        "In your account now: 75 NEW",
        "675 NEW, is locked",
        f"/launchpad/sales/{sale.pk}",
    ):
        assert said in letter.body
    due = sale.distributes_at + timedelta(days=30)
    assert f"the next one on {due:%Y-%m-%d %H:%M} UTC" in letter.body


def test_whoever_got_nothing_reads_that_all_is_given_back(sent):
    sale = s.opened(mode="first_come")
    first, late = s.buyer(), s.buyer()
    s.commits(first, sale, "250")
    s.commits(late, sale, "50")

    distributed(sale)

    [letter] = sent(late)
    assert letter.subject == "New token: you got no tokens, and all your money back"
    assert "Given back to your account: 50 USDT" in letter.body


def test_a_cancelled_sale_is_told_with_its_reason_and_the_whole_amount(sent):
    sale = s.opened()
    who = s.buyer()
    s.commits(who, sale, "60")
    asked = cancel.propose(
        sale_id=sale.pk, told="The project withdrew.", actor=staff("launchpad.draft_sale"),
        reason="they asked",
    )  # fmt: skip
    proposals.approve(proposal_id=asked.pk, actor=staff("launchpad.approve_sale"))

    sweep.sweep()

    [letter] = sent(who)
    assert letter.subject == "New token was cancelled: 60 USDT are free again"
    assert "The project withdrew." in letter.body


def test_whoever_was_left_out_reads_neutral_words(sent):
    sale = s.opened()
    who = s.buyer()
    s.commits(who, sale, "60")
    restrictions.restrict(
        customer_id=who.pk, kind="trading", actor=factories.SYSTEM, reason="sanctions"
    )

    distributed(sale)

    [letter] = sent(who)
    assert letter.subject == "New token: 60 USDT are free again"
    ours, _rest = letter.body.split("Is something wrong?")  # every letter says that
    neutral.refuse_tipping_off(ours, field="body")


def test_tokens_that_come_due_are_told_once_and_a_letter_of_courtesy_is_turned_off(sent):
    sale = s.opened(first_ppm=0, periods=2, period_days=10, claim_days=5)
    one, other = s.buyer(), s.buyer()
    s.commits(one, sale, "25")
    s.commits(other, sale, "25")
    distributed(sale)
    sent()
    letters.set_courtesy(user_id=other.user_id, wanted=False, actor=acting(other))

    with clock.held_at(sale.distributes_at + timedelta(days=10)):
        sweep.go_on(sale.pk)
        sweep.go_on(sale.pk)
        told = sent()

    assert [each.subject for each in told] == ["50 NEW of New token can be claimed"]
    assert told[0].to == [one.user.email]
    assert "/security/letters" in told[0].body


def test_whoever_takes_everything_back_is_told(sent):
    sale = s.opened()
    who = s.buyer()
    s.commits(who, sale, "60")
    withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, total=D(20), actor=acting(who))
    assert sent(who) == []

    withdraw.withdraw(sale_id=sale.pk, customer_id=who.pk, actor=acting(who))

    assert [each.subject for each in sent(who)] == ["You took 20 USDT back from New token"]


def test_a_crowd_is_written_to_a_hundred_at_a_time_behind_whatever_else_waits(monkeypatch):
    """Whoever asks for a password meanwhile waits for a handful of letters, and not for a crowd."""
    monkeypatch.setattr(circulars, "AT_ONCE", 3)
    people = [factories.customer() for _ in range(8)]

    def everybody(about, above, limit):
        ids = [each.pk for each in people if each.pk > above][:limit]
        return [circulars.Addressed(pk, pk, "welcome", {}) for pk in ids]

    monkeypatch.setitem(circulars._sources, "a test", everybody)
    with transaction.atomic():
        circulars.begin("a test")
        mail.tell(people[0].user_id, "password_changed")

    while outbox.deliver(limit=1):
        pass

    topics = list(OutboxEvent.objects.order_by("pk").values_list("topic", flat=True))
    assert topics == [
        "mail.circular", "mail.send", *["mail.send"] * 3, "mail.circular", *["mail.send"] * 3,
        "mail.circular", *["mail.send"] * 2,
    ]  # fmt: skip
    told = [each.to[0] for each in django_mail.outbox if "Welcome" in each.subject]
    assert sorted(told) == sorted(each.user.email for each in people)


def test_the_owner_reads_the_letters_of_a_sub_account(monkeypatch, sent):
    owner = factories.customer()
    sub = factories.customer(parent=owner)
    monkeypatch.setitem(
        circulars._sources,
        "a test",
        lambda about, above, limit: [circulars.Addressed(1, sub.pk, "welcome", {})],
    )
    with transaction.atomic():
        circulars.begin("a test")

    assert len(sent(owner)) == 1


def test_nobody_turns_off_the_letters_of_somebody_else():
    one, other = factories.customer(), factories.customer()

    with pytest.raises(PermissionRefused):
        letters.set_courtesy(user_id=one.user_id, wanted=False, actor=acting(other))

    one.user.refresh_from_db()
    assert one.user.courtesy_letters


def test_the_box_is_on_the_page_of_ones_own_letters(client):
    who = factories.customer()
    client.force_login(who.user)

    assert client.get("/security/letters").status_code == 200
    client.post("/security/letters", {})

    who.user.refresh_from_db()
    assert not who.user.courtesy_letters
    assert b"and no others" in client.get("/security").content
