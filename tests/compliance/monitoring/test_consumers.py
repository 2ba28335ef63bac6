"""What screening and custody announce stands in the queue of alerts."""

from __future__ import annotations

import pytest
from django.db import transaction

from compliance.monitoring.models import Alert
from compliance.screening.models import Hit
from exchange.core import clock, outbox
from tests.factories import customer

pytestmark = pytest.mark.django_db


def hit(holder, **given):
    fields = {
        "customer": holder,
        "subject": "customer",
        "subject_name": "Ivan Petrov",
        "customer_version": 1,
        "score": 870,
        "raised_at": clock.now(),
    } | given
    return Hit.objects.create(**fields)


def announce(topic, **payload):
    with transaction.atomic():
        outbox.announce(topic, **payload)
    outbox.deliver()


def test_a_hit_becomes_one_alert_however_often_it_is_told():
    holder = customer()
    found = hit(holder)
    announce("screening.hit", hit_id=found.pk)
    announce("screening.hit", hit_id=found.pk)

    alert = Alert.objects.get()
    assert (alert.customer_id, alert.scenario, alert.severity) == (holder.pk, "screening.hit", 3)
    assert "Ivan Petrov" in alert.explanation
    assert "870 of 1000" in alert.explanation
    assert alert.evidence["hit"] == found.pk


def test_a_hit_that_somebody_cleared_meanwhile_becomes_none():
    found = hit(customer(), state=Hit.State.FALSE)
    announce("screening.hit", hit_id=found.pk)

    assert not Alert.objects.exists()


def test_a_confirmed_one_is_as_severe_as_can_be_and_names_who_confirmed():
    found = hit(
        customer(), state=Hit.State.TRUE, decided_by="o@holdfast.example", decided_at=clock.now()
    )
    announce("screening.confirmed", hit_id=found.pk)

    alert = Alert.objects.get()
    assert (alert.scenario, alert.severity) == ("screening.confirmed", 5)
    assert alert.explanation.startswith("o@holdfast.example confirmed")
    assert alert.facts_known_at == found.raised_at


def test_an_alarm_that_stopped_something_is_an_alert_about_our_own():
    told = {"alarm_id": 7, "kind": "outflow", "grade": "stop", "says": "20 BTC in ten minutes."}
    announce("custody.alarm", **told)
    announce("custody.alarm", **told)
    announce("custody.alarm", **{**told, "alarm_id": 8, "grade": "watch"})

    alert = Alert.objects.get()
    assert (alert.subject, alert.customer_id) == ("custody alarm:7", None)
    assert "20 BTC in ten minutes." in alert.explanation
