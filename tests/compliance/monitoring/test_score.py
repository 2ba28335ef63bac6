"""The score learns from officers' words, says why, and closes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from compliance.monitoring import alerts, score
from compliance.monitoring.models import Alert, ScoreModel
from exchange.core import facts
from exchange.core.facts import FactKind
from exchange.core.models import Fact
from tests.factories import customer
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def alert(number, *, usd, severity=3, scenario="structuring"):
    holder = customer()
    with transaction.atomic():
        facts.report(
            kind=FactKind.CRYPTO_DEPOSIT,
            customer_id=holder.pk,
            at=NOON,
            reference=f"{number}",
            usd=Decimal(usd),
        )
    fact = Fact.objects.get(reference=f"{number}")
    return alerts.raise_alert(
        scenario=scenario,
        title="Structuring",
        explanation="Deposits below 10,000 USD.",
        severity=severity,
        customer_id=holder.pk,
        window_start=NOON - timedelta(hours=number + 1),
        window_end=NOON,
        evidence={"facts": [fact.pk]},
    ).alert


def labelled(count=40):
    """What moves much was worth it."""
    officer = staff("compliance.label_alert")
    for n in range(count):
        much = n % 2 == 0
        made = alert(n, usd=90_000 + n if much else 1_000 + n)
        outcome = "productive" if much else "false_positive"
        alerts.label(alert_ids=[made.pk], outcome=outcome, actor=officer)


def test_it_learns_what_officers_find_worth_it_and_says_by_how_much():
    labelled()
    model = score.train()
    large, small = alert(100, usd=95_000), alert(101, usd=1_100)
    score.score_waiting()

    large.refresh_from_db()
    small.refresh_from_db()
    assert large.score > 0.8 > 0.2 > small.score
    first = large.score_reasons[0]
    assert (first["says"], first["value"]) == ("moved in the window", "95,001 USD")
    assert first["adds"] > 1
    assert (model.labels, model.productive) == (40, 20)
    assert model.quality["auc"] > 0.8


def test_the_same_labels_grow_the_same_trees_and_are_read_back_as_they_were():
    labelled()
    one = score.train()
    ScoreModel.objects.filter(pk=one.pk).update(labels=0)
    other = score.train()

    assert one.trees == other.trees
    kept = score.Forest.of(ScoreModel.objects.get(pk=other.pk))
    assert kept.as_json() == other.trees


def test_parts_add_up_to_the_score():
    labelled()
    forest = score.Forest.of(score.train())
    (row,) = score._rows([Alert.objects.last()], {Alert.objects.last().pk: 0.5})

    added = forest.start + sum(forest.parts(row).values())
    assert score._sigmoid(added) == pytest.approx(forest.probability(row))


def test_with_too_few_words_it_says_nothing_and_severity_orders():
    labelled(20)

    assert score.train() is None
    assert score.score_waiting() == 0
    assert set(Alert.objects.values_list("score", flat=True)) == {None}


def test_it_is_not_grown_anew_for_a_word_or_two():
    labelled()
    assert score.train() is not None
    assert score.train() is None


def test_however_low_the_score_an_alert_stays_open():
    labelled()
    score.train()
    score.score_waiting()

    assert set(Alert.objects.values_list("state", flat=True)) == {"open"}
