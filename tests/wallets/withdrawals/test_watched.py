"""Monitoring holds withdrawals, and never refuses one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction

from compliance.monitoring import alerts
from exchange.core import clock, facts, outbox
from exchange.core.facts import FactKind
from tests.factories import withdrawals as w
from tests.factories.accounts import staff
from wallets.withdrawals.models import GateOutcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bitcoin_followed")]

HOUR = timedelta(hours=1)


def tell(who, kind, hours_ago, reference, **more):
    with transaction.atomic():
        facts.report(
            kind=kind,
            customer_id=who.pk,
            at=clock.now() - hours_ago * HOUR,
            reference=reference,
            **more,
        )


def said(row):
    return list(
        GateOutcome.objects.filter(withdrawal=row, gate="monitoring")
        .order_by("round")
        .values_list("verdict", "code")
    )


def warn(who, severity=4, scenario="structuring"):
    now = clock.now()
    return alerts.raise_alert(
        scenario=scenario,
        title="Structuring",
        explanation="7 deposits below 10,000 USD.",
        severity=severity,
        customer_id=who.pk,
        window_start=now - HOUR,
        window_end=now,
    ).alert


def test_whoever_is_not_suspicious_passes():
    row = w.ask(w.rich("BTC", "1"), "0.1")

    assert (row.state, said(row)) == ("approved", [("pass", "")])


def test_an_open_severe_alert_holds_and_its_reason_stays_with_the_officers():
    who = w.rich("BTC", "1")
    alert = warn(who)
    row = w.ask(who, "0.1")

    assert (row.state, row.approvals_needed) == ("held", 1)
    outcome = GateOutcome.objects.get(withdrawal=row, gate="monitoring")
    assert outcome.message == f"Alert {alert.pk} is open."


def test_a_closed_alert_and_a_mild_one_hold_nothing():
    who = w.rich("BTC", "1")
    alerts.close(alert_ids=[warn(who).pk], actor=staff(), reason="Salary.")
    warn(who, severity=3, scenario="profile_deviation")

    assert w.ask(who, "0.1").state == "approved"


def taken_over(who, *, known_address=False, first_device=False):
    if not first_device:
        tell(who, FactKind.DEVICE, 24 * 90, "first", device="laptop")
    if known_address:
        tell(who, FactKind.WITHDRAWAL_SENT, 24 * 30, "earlier", address=w.STRANGER)
    tell(who, FactKind.DEVICE, 3, "second", device="stranger")


def test_a_new_device_a_new_address_and_half_of_the_balance_are_held_for_two_people():
    who = w.rich("BTC", "1")
    taken_over(who)
    row = w.ask(who, "0.6")

    assert (row.state, row.approvals_needed) == ("held", 2)
    assert said(row) == [("hold", "account_takeover")]


@pytest.mark.parametrize(
    ("amount", "how"),
    [
        ("0.2", {}),  # too little of it
        ("0.6", {"known_address": True}),
        ("0.6", {"first_device": True}),  # the device that the account was opened with
    ],
)
def test_without_one_of_the_three_it_is_no_takeover(amount, how):
    who = w.rich("BTC", "1")
    taken_over(who, **how)

    assert said(w.ask(who, amount)) == [("pass", "")]


def test_a_reset_counts_like_a_new_device_for_a_day():
    who, other = w.rich("BTC", "1"), w.rich("BTC", "1")
    tell(who, FactKind.CREDENTIAL_CHANGE, 23, "reset")
    tell(other, FactKind.CREDENTIAL_CHANGE, 25, "older")

    assert said(w.ask(who, "0.6")) == [("hold", "account_takeover")]
    assert said(w.ask(other, "0.6")) == [("pass", "")]


def older(who, days=200):
    type(who).objects.filter(pk=who.pk).update(created_at=clock.now() - timedelta(days=days))
    return who


def test_far_more_than_the_busiest_day_in_months_is_held():
    who = older(w.rich("BTC", "5"))
    tell(who, FactKind.CRYPTO_WITHDRAWAL, 24 * 20, "earlier", usd=D(1_500))
    row = w.ask(who, "0.45")  # 9,000 USD: six times as much, and not worth looking at

    assert said(row) == [("pass", "")]
    assert said(w.ask(who, "0.2")) == [("hold", "velocity")]


def test_a_new_account_that_moves_much_is_held():
    assert said(w.ask(w.rich("BTC", "5"), "1.3")) == [("hold", "new_account_velocity")]
    assert said(w.ask(older(w.rich("BTC", "5")), "1.3")) == [("pass", "")]


def test_an_alert_that_comes_after_the_approval_takes_an_unsigned_withdrawal_back():
    who = w.rich("BTC", "1")
    row = w.ask(who, "0.1")
    assert row.state == "approved"

    warn(who)
    outbox.deliver()

    row.refresh_from_db()
    assert (row.state, row.approvals_needed) == ("held", 1)
    assert said(row) == [("pass", ""), ("hold", "open_alert")]


def test_of_somebody_else_or_mild_it_takes_nothing_back():
    who = w.rich("BTC", "1")
    row = w.ask(who, "0.1")
    warn(w.rich("BTC", "1"))
    warn(who, severity=3)
    outbox.deliver()

    row.refresh_from_db()
    assert row.state == "approved"
