"""The queue of alerts, scenarios in versions and look-backs, as staff see and work them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils.html import escape

from compliance.monitoring import alerts, versions
from compliance.monitoring.models import Alert, AlertLabel, LookBack, Scenario
from exchange.accounts import roles
from exchange.core import clock, facts
from exchange.core.facts import FactKind
from exchange.core.models import Fact
from tests.factories import customer

pytestmark = pytest.mark.django_db
LIST = "/staff/compliance/alert/"


def deposits(holder, *usd):
    with transaction.atomic():
        for n, amount in enumerate(usd):
            facts.report(
                kind=FactKind.CRYPTO_DEPOSIT,
                customer_id=holder.pk,
                at=clock.now() - timedelta(hours=10 - n),
                reference=f"{holder.pk}:{n}",
                asset="USDT",
                amount=Decimal(amount),
                usd=Decimal(amount),
            )
    return list(Fact.objects.filter(customer_id=holder.pk).values_list("pk", flat=True))


def warned(holder, *, severity=4, score=None, scenario="structuring"):
    now = clock.now()
    alert = alerts.raise_alert(
        scenario=scenario,
        title="Structuring",
        explanation="3 deposits of 9,100 to 9,300 USD in 2 hours.",
        severity=severity,
        customer_id=holder.pk,
        window_start=now - timedelta(hours=10),
        window_end=now,
        evidence={
            "facts": deposits(holder, 9_100, 9_200, 9_300),
            "figures": {"count": 3, "total": 27600.0},
        },
        ring=[holder.pk, customer().pk],
    ).alert
    if score is not None:
        Alert.objects.filter(pk=alert.pk).update(score=score)
    return alert


def test_the_queue_shows_what_is_open_first_the_gravest_then_the_most_unusual(as_role):
    closed = warned(customer(), severity=5, score=0.99)
    Alert.objects.filter(pk=closed.pk).update(state=Alert.State.CLOSED, closed_at=clock.now())
    mild = warned(customer(), severity=2, score=0.9)
    known_longest = warned(customer(), severity=4)
    odd = warned(customer(), severity=4, score=0.8)
    known_later = warned(customer(), severity=4)
    grave = warned(customer(), severity=5)

    answer = as_role(roles.COMPLIANCE_OFFICER).get(LIST)

    shown = [row.pk for row in answer.context["cl"].result_list]
    assert shown == [row.pk for row in (grave, odd, known_longest, known_later, mild, closed)]


def test_an_alert_says_why_with_numbers_its_facts_and_a_drawing_in_words_too(as_role):
    holder = customer()
    alert = warned(holder)

    page = as_role(roles.COMPLIANCE_OFFICER).get(f"{LIST}{alert.pk}/change/").content.decode()

    assert "3 deposits of 9,100 to 9,300 USD in 2 hours." in page
    assert "27,600" in page
    assert page.count('class="move move--in" x=') == 3
    assert "3 movements from" in page
    assert "27,600 USD together" in page
    assert "9,300" in page
    assert f"/staff/exchange/customer/{holder.pk}/" in page


def test_who_may_not_know_of_filings_sees_no_alert(as_role):
    alert = warned(customer())

    for role in (roles.SUPPORT_AGENT, roles.INCIDENT_COMMANDER, roles.TREASURY_OPERATOR):
        client = as_role(role)
        assert client.get(LIST).status_code == 403
        assert client.get(f"{LIST}{alert.pk}/change/").status_code == 403


def test_an_officer_says_what_an_alert_was_and_it_stays_open(as_role):
    alert = warned(customer())
    client = as_role(roles.COMPLIANCE_OFFICER)
    url = f"{LIST}act/label/?ids={alert.pk}"

    client.post(url, {"outcome": "false_positive", "reason": "A salary."})

    assert AlertLabel.objects.get().outcome == "false_positive"
    alert.refresh_from_db()
    assert alert.state == "open"


@pytest.fixture
def structuring():
    versions.sync()
    return Scenario.objects.get(name="structuring")


def draft(client, row, **values):
    url = f"/staff/compliance/scenario/act/draft/?ids={row.pk}"
    return client.post(url, {"reason": "Canada asks for less.", **values})


def test_a_changed_number_is_a_new_version_that_watches_nothing(as_role, structuring):
    client = as_role(roles.COMPLIANCE_OFFICER)
    draft(
        client,
        structuring,
        changes='{"count": 5}',
        exceptions='[{"country": "CA", "threshold": 8000}]',
    )

    made = Scenario.objects.get(name="structuring", version=2)
    assert (made.state, made.parameters["base"]["count"]) == ("draft", 5)
    assert made.parameters["base"]["threshold"] == structuring.parameters["base"]["threshold"]
    assert made.parameters["overrides"] == [{"country": "CA", "threshold": 8000}]
    assert [row.version for row in versions.active() if row.name == "structuring"] == [1]
    page = client.get(f"/staff/compliance/scenario/{made.pk}/change/").content.decode()
    assert "threshold 8000" in page


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"changes": '{"counting": 5}'}, "has no parameter counting"),
        ({"changes": '{"count": "five"}'}, "count is written like 4"),
        ({"exceptions": '[{"threshold": 8000}]'}, "which tier or country"),
    ],
)
def test_what_no_scenario_could_run_with_is_refused(as_role, structuring, values, says):
    client = as_role(roles.COMPLIANCE_OFFICER)
    answer = client.post(
        f"/staff/compliance/scenario/act/draft/?ids={structuring.pk}",
        {"reason": "Try.", **values},
        follow=True,
    )

    assert escape(says) in answer.content.decode()
    assert not Scenario.objects.filter(version=2).exists()


def test_a_draft_takes_effect_when_it_was_tried_and_a_second_person_agrees(as_role, structuring):
    officer = as_role(roles.COMPLIANCE_OFFICER)
    draft(officer, structuring, changes='{"count": 5}')
    made = Scenario.objects.get(version=2)
    url = f"/staff/compliance/scenario/act/propose/?ids={made.pk}"

    answer = officer.post(url, {"reason": "Fewer."}, follow=True)
    assert "Run it on history first" in answer.content.decode()

    now = clock.now()
    LookBack.objects.create(
        scenario=made, since=now, until=now, state="done", asked_by="o", found=7
    )
    officer.post(url, {"reason": "Fewer."})
    proposal = made_proposal()
    assert "found 7" in proposal.summary

    mlro = as_role(roles.MLRO)
    mlro.post(f"/staff/exchange/proposal/act/approve/?ids={proposal.pk}", {"reason": "Agreed."})

    states = dict(Scenario.objects.filter(name="structuring").values_list("version", "state"))
    assert states == {1: "retired", 2: "active"}


def made_proposal():
    from exchange.audit.models import Proposal

    return Proposal.objects.get(kind="monitoring.activate_scenario")


def test_a_look_back_shows_how_far_it_is_and_its_figures_in_words(as_role, structuring):
    now = clock.now()
    row = LookBack.objects.create(
        scenario=structuring,
        champion=structuring,
        since=now - timedelta(days=90),
        until=now,
        state="running",
        steps=4,
        steps_done=1,
        asked_by="o",
        figures={
            "structuring": {
                "found": 12,
                "compared": {
                    "champion": {"alerts": 20},
                    "challenger": {"alerts": 12},
                    "kept": 11,
                    "gained": 1,
                    "lost": 9,
                    "gained_sample": [{"user": "7", "at": "2026-11-01", "explanation": "New one."}],
                    "lost_sample": [],
                },
                "lines": [
                    {
                        "parameter": "count",
                        "value": 5,
                        "looser": 4,
                        "above": {"alerts": 12},
                        "below": {"alerts": 8},
                        "below_sample": [],
                    }
                ],
            }
        },
    )

    url = f"/staff/compliance/lookback/{row.pk}/change/"
    page = as_role(roles.COMPLIANCE_OFFICER).get(url).content.decode()

    assert "1 of 4 steps (25 %)" in page
    assert 'aria-label="lost by the draft: 9 alerts"' in page
    assert 'aria-label="count 4 (below the line): 8 alerts"' in page
    assert "New one." in page
