"""Alerts become cases: one open case a person or a ring, however often an event comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.cases import clocks, collect, links, priority
from compliance.cases.models import Case, CaseAlert
from compliance.cases.states import Queue
from compliance.identity.models import Identity
from compliance.monitoring import alerts
from compliance.monitoring.models import Alert
from exchange.core import clock, outbox
from exchange.core.actors import system
from tests import factories
from tests.factories import cases as f

pytestmark = pytest.mark.django_db
SYSTEM = system("tests")


def test_an_alert_opens_a_case_in_triage_that_is_due_in_a_day():
    holder = factories.customer()
    alert = f.alert(holder)

    case = collect.collect(alert_id=alert.pk)

    assert (case.queue, case.state, case.owner) == (Queue.TRIAGE, "open", None)
    assert case.customer == holder
    assert case.due_at - case.queued_at == timedelta(hours=24)
    alert.refresh_from_db()
    assert alert.state == Alert.State.IN_CASE


def test_the_event_delivered_twice_puts_the_alert_into_one_case_once():
    alert = f.alert(factories.customer())
    outbox.deliver()
    before = list(CaseAlert.objects.values_list("case_id", "alert_id"))

    collect.on_alert({"alert_id": alert.pk})
    collect.on_alert({"alert_id": alert.pk})

    assert list(CaseAlert.objects.values_list("case_id", "alert_id")) == before
    assert Case.objects.count() == 1


def test_a_second_alert_of_the_same_person_joins_the_open_case():
    holder = factories.customer()
    first = f.case(holder, severity=2)

    second = collect.collect(alert_id=f.alert(holder, severity=5, scenario="fan_in").pk)

    assert second == first
    assert second.severity == 5
    assert second.alerts.count() == 2


def test_a_sub_account_s_alert_is_its_owner_s():
    holder = factories.customer()
    case = f.case(holder)

    found = collect.collect(alert_id=f.alert(factories.customer(parent=holder)).pk)

    assert found == case


def test_a_ring_is_one_case_and_a_bystander_another():
    ring = [factories.customer() for _ in range(3)]
    case = f.case(ring[0], ring=ring, scenario="cycle")

    by_member = collect.collect(alert_id=f.alert(ring[2]).pk)
    by_stranger = collect.collect(alert_id=f.alert(factories.customer()).pk)

    assert by_member == case
    assert by_stranger != case
    assert sorted(case.people.values_list("customer_id", flat=True)) == [c.pk for c in ring]


def test_an_alert_that_ties_two_open_cases_joins_the_older_and_links_them():
    one, other = factories.customer(), factories.customer()
    older, newer = f.case(one), f.case(other)

    found = collect.collect(alert_id=f.alert(other, ring=[one, other], scenario="cycle").pk)

    assert found == older
    assert [(link.older, link.newer) for link in links.links_of(older)] == [(older, newer)]


def test_an_alert_about_something_of_our_own_has_a_case_without_a_customer(db):
    now = clock.now()
    raised = alerts.raise_alert(
        scenario="drain",
        title="Drain",
        explanation="30 % of the hot wallet left in 10 minutes.",
        severity=5,
        window_start=now,
        window_end=now,
        subject="wallet:btc-hot",
    )

    case = collect.collect(alert_id=raised.alert.pk)

    assert (case.subject, case.customer) == ("wallet:btc-hot", None)


def test_the_legal_clock_is_when_facts_were_first_known_not_when_the_alert_came():
    holder = factories.customer()
    known = clock.now() - timedelta(days=9)
    case = f.case(holder, facts_known_at=known)

    collect.collect(alert_id=f.alert(holder, facts_known_at=known + timedelta(days=2)).pk)

    case.refresh_from_db()
    assert case.facts_known_at == known
    assert case.raised_at > known + timedelta(days=8)


def test_a_sanctions_hit_is_due_in_four_hours_and_before_everything_else():
    plain = f.case(severity=5)

    hit = f.case(severity=5, scenario="screening.hit")

    assert hit.due_at - hit.queued_at == timedelta(hours=4)
    assert (hit.weight, plain.weight) == (5 * 2 * 1 * 10, 5 * 2 * 1)


def test_the_weight_is_severity_times_risk_times_exposure():
    holder = factories.customer()
    Identity.objects.create(customer=holder, risk="high")
    money = [f.fact(holder, usd="6000"), f.fact(holder, usd="5000")]
    told_again = f.fact(holder, usd="5000", kind="withdrawal_sent")

    case = f.case(holder, severity=4, known=[*money, told_again])

    assert case.exposure_usd == D("11000.00")
    assert case.weight == 4 * 3 * 3  # from 10,000 on the exposure counts three times


def test_age_raises_the_priority_and_the_database_counts_like_we_do():
    with clock.held_at(clock.now() - timedelta(days=3)):
        old = f.case(severity=2)
    fresh = f.case(severity=3)
    now = clock.now()

    ordered = list(priority.first_things_first(Case.objects.all(), now))

    assert ordered == [old, fresh]  # 2 x 2 x (1 + 3) before 3 x 2 x (1 + 0)
    assert (
        [int(case.priority) for case in ordered]
        == [priority.priority_of(case, now) for case in ordered]
        == [16, 6]
    )


def test_whoever_becomes_riskier_moves_up():
    holder = factories.customer()
    case = f.case(holder, severity=3)
    Identity.objects.create(customer=holder, risk="prohibited")

    collect.on_identity({"customer_id": holder.pk, "version": 2})

    case.refresh_from_db()
    assert case.weight == 3 * 4


def test_the_sweep_finds_alerts_that_no_event_brought():
    alert = f.alert(factories.customer())

    assert collect.collect_waiting() == 1
    assert collect.collect_waiting() == 0
    assert CaseAlert.objects.get().alert == alert


def test_an_alert_closed_before_it_was_collected_opens_nothing():
    alert = f.alert(factories.customer())
    alerts.close(alert_ids=[alert.pk], actor=SYSTEM, reason="a test of the rule")

    assert collect.collect(alert_id=alert.pk) is None
    assert not Case.objects.exists()


def test_investigation_has_ten_working_days():
    friday = clock.now().replace(2026, 11, 27, 15, 0, 0, 0)

    due = clocks.due_at(queue=Queue.INVESTIGATION, since=friday, sanctions=False)
    of_a_sunday = clocks.due_at(queue=Queue.MLRO, since=friday + timedelta(days=2), sanctions=False)

    assert f"{due:%a %F %H:%M}" == "Fri 2026-12-11 15:00"
    assert f"{of_a_sunday:%a %F %H:%M}" == "Wed 2026-12-02 00:00"


@pytest.mark.parametrize(
    ("hours", "standing"),
    [(0, "in_time"), (17, "in_time"), (18, "due"), (23, "due"), (24, "breached")],
)
def test_a_clock_is_due_in_its_last_quarter(hours, standing):
    since = clock.now()
    due = since + timedelta(hours=24)

    assert clocks.standing(due=due, since=since, now=since + timedelta(hours=hours)) == standing
