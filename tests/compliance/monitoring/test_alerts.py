"""Alerts: one for a subject, scenario and window; closed by people, labelled for the score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from compliance.monitoring import alerts
from compliance.monitoring.models import Alert, AlertLabel
from exchange.audit.models import AuditEvent
from exchange.core import locks
from exchange.core.errors import Invalid, NotFound, PermissionRefused
from exchange.core.models import OutboxEvent
from tests.concurrency.together import Meeting, together
from tests.factories import customer
from tests.factories.accounts import staff

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def raise_one(holder, **given):
    told = {
        "scenario": "structuring",
        "title": "Structuring",
        "explanation": "7 deposits of 8,210 to 9,940 USD in 51 hours.",
        "severity": 3,
        "customer_id": holder.pk,
        "window_start": NOON - 2 * DAY,
        "window_end": NOON,
    } | given
    return alerts.raise_alert(**told)


@pytest.mark.django_db
def test_an_alert_says_who_what_when_and_is_announced():
    holder, other = customer(), customer()

    raised = raise_one(holder, ring=[other.pk, holder.pk], evidence={"facts": [1, 2]})

    alert = Alert.objects.get()
    assert raised == (alert, True)
    assert (alert.subject, alert.customer_id) == (f"customer:{holder.pk}", holder.pk)
    assert (alert.state, alert.at, alert.ring) == ("open", NOON, [holder.pk, other.pk])
    assert OutboxEvent.objects.get(topic="monitoring.alert").payload == {"alert_id": alert.pk}


@pytest.mark.django_db
def test_found_again_it_is_the_same_alert():
    holder = customer()
    first = raise_one(holder)

    assert raise_one(holder, origin="look_back") == (first.alert, False)
    assert Alert.objects.count() == 1
    assert OutboxEvent.objects.filter(topic="monitoring.alert").count() == 1


@pytest.mark.django_db
def test_within_the_cooldown_there_is_no_second_until_the_first_is_closed():
    holder = customer()
    first = raise_one(holder).alert
    later = {"window_start": NOON - DAY, "window_end": NOON + DAY, "cooldown": 7 * DAY}

    assert raise_one(holder, **later) == (first, False)
    alerts.close(alert_ids=[first.pk], actor=staff(), reason="Salary, as every month.")
    assert raise_one(holder, **later).is_new


@pytest.mark.django_db
def test_another_customer_scenario_or_a_later_time_is_another_alert():
    holder = customer()
    raise_one(holder)

    assert raise_one(customer()).is_new
    assert raise_one(holder, scenario="fan_in").is_new
    assert raise_one(
        holder, window_start=NOON + 7 * DAY, window_end=NOON + 8 * DAY, cooldown=7 * DAY
    ).is_new


@pytest.mark.django_db
def test_what_is_no_alert_is_refused():
    holder = customer()

    for field, wrong in (
        ("severity", {"severity": 6}),
        ("explanation", {"explanation": " "}),
        ("window", {"window_start": NOON + DAY}),
        ("subject", {"customer_id": None}),
    ):
        with pytest.raises(Invalid) as refused:
            raise_one(holder, **wrong)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        raise_one(holder, customer_id=holder.pk + 1)
    assert Alert.objects.count() == 0


@pytest.mark.django_db
def test_an_alert_may_be_about_something_of_our_own():
    alert = raise_one(customer(), customer_id=None, subject="wallet:btc-hot").alert

    assert (alert.subject, alert.customer_id, alert.ring) == ("wallet:btc-hot", None, [])


@pytest.mark.django_db
def test_an_alert_goes_into_a_case_is_closed_and_comes_back_each_on_the_record():
    alert = raise_one(customer()).alert
    officer = staff()

    assert alerts.take_into_case(alert_ids=[alert.pk], actor=officer, case_id=9) == 1
    assert alerts.take_into_case(alert_ids=[alert.pk], actor=officer, case_id=9) == 0
    with pytest.raises(Invalid):
        alerts.close(alert_ids=[alert.pk], actor=officer, reason=" ")
    assert alerts.close(alert_ids=[alert.pk], actor=officer, reason="Explained.") == 1
    assert alerts.reopen(alert_ids=[alert.pk], actor=officer, reason="New facts.") == 1

    assert Alert.objects.get().state == "open"
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == [
        "monitoring.take_alert",
        "monitoring.close_alert",
        "monitoring.reopen_alert",
    ]


@pytest.mark.django_db
def test_a_label_is_a_persons_word_and_the_latest_counts():
    alert = raise_one(customer()).alert
    officer = staff("compliance.label_alert")

    with pytest.raises(PermissionRefused):
        alerts.label(alert_ids=[alert.pk], outcome="productive", actor=staff())
    with pytest.raises(Invalid):
        alerts.label(alert_ids=[alert.pk], outcome="odd", actor=officer)
    assert alerts.label(alert_ids=[alert.pk], outcome="false_positive", actor=officer) == 1
    assert alerts.label(alert_ids=[alert.pk], outcome="false_positive", actor=officer) == 0
    assert alerts.label(alert_ids=[alert.pk], outcome="productive", actor=officer) == 1

    said = list(AlertLabel.objects.order_by("id").values_list("outcome", flat=True))
    assert said == ["false_positive", "productive"]
    assert Alert.objects.get().state == "open"


def found_by_four_at_once() -> int:
    """Each comes upon the pattern a moment later than the one before it: other windows, but
    within the cooldown of each other."""
    holder = customer()
    together(
        [
            lambda n=n: raise_one(holder, window_end=NOON + timedelta(seconds=n), cooldown=7 * DAY)
            for n in range(4)
        ]
    )
    return Alert.objects.count()


@pytest.mark.django_db(transaction=True)
def test_of_four_who_find_the_same_at_once_one_raises_it():
    assert found_by_four_at_once() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_there_is_more_than_one(monkeypatch):
    """The control: the window differs, so the constraint alone would not do."""

    def idle(*_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    monkeypatch.setattr(locks, "hold", idle)
    monkeypatch.setattr(alerts, "_standing", Meeting(4).after(alerts._standing))

    assert found_by_four_at_once() > 1
