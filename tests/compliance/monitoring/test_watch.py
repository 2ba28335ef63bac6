"""The live worker: what waits is watched once, by whoever comes, killed or not."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from compliance.cases import collect
from compliance.monitoring import raising, versions, watch
from compliance.monitoring.models import Alert, Scenario
from exchange.core import clock, facts
from exchange.core.facts import FactKind, NewFact
from exchange.core.models import Fact
from tests.factories import customer

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _shipped():
    watch.forget()
    versions.sync()
    yield
    watch.forget()


def deposit(holder, usd, hours_ago, number):
    return NewFact(
        kind=FactKind.CRYPTO_DEPOSIT,
        customer_id=holder.pk,
        at=clock.now() - hours_ago * HOUR,
        reference=f"{holder.pk}:{number}",
        asset="USDT",
        amount=Decimal(usd),
        usd=Decimal(usd),
    )


def tell(*new):
    with transaction.atomic():
        facts.report_many(new)


def structuring(holder):
    """Six deposits a little below ten thousand, ten hours apart."""
    return [deposit(holder, 9_100 + 100 * n, 60 - 10 * n, n) for n in range(6)]


def alerted():
    return list(Alert.objects.values_list("customer_id", "scenario", "origin"))


def test_new_facts_become_an_alert_that_names_them_and_the_numbers():
    holder = customer()
    tell(*structuring(holder))

    assert watch.watch().facts == 6

    assert (holder.pk, "structuring", "live") in alerted()
    alert = Alert.objects.get(scenario="structuring")
    assert "9,1" in alert.explanation
    assert alert.version == 1
    assert set(alert.evidence["facts"]) <= set(Fact.objects.values_list("pk", flat=True))
    assert len(alert.evidence["facts"]) >= 3
    assert facts.waiting() == 0


def wallet_paid(number, *, minutes_ago, share="0.0100", approved=True):
    return NewFact(
        kind=FactKind.HOT_WALLET_PAYMENT,
        customer_id=None,
        at=clock.now() - timedelta(minutes=minutes_ago),
        reference=f"1:1:{number}",
        asset="BTC",
        amount=Decimal("0.1"),
        usd=Decimal(5_000),
        extra={"subject": "wallet:btc-hot", "wallet_share": share, "approved": approved},
    )


def test_a_payment_that_nobody_approved_is_an_alert_about_the_wallet():
    tell(wallet_paid(1, minutes_ago=300), wallet_paid(2, minutes_ago=200))
    watch.watch()
    assert alerted() == []

    tell(wallet_paid(3, minutes_ago=1, approved=False))
    watch.watch()

    alert = Alert.objects.get()
    assert (alert.scenario, alert.subject, alert.customer) == (
        "hot_wallet_drain",
        "wallet:btc-hot",
        None,
    )
    assert alert.evidence["facts"] == [Fact.objects.get(reference="1:1:3").pk]
    assert "1 of them of no approved withdrawal" in alert.explanation
    assert alert.ring == []


def test_an_alert_about_a_wallet_becomes_a_case_about_that_wallet():
    tell(wallet_paid(1, minutes_ago=1, share="0.3000"))
    watch.watch()

    case = collect.collect(alert_id=Alert.objects.get().pk)

    assert (case.subject, case.customer) == ("wallet:btc-hot", None)


def test_what_came_one_by_one_gives_the_same_alert_as_all_at_once():
    one, other = customer(), customer()
    tell(*structuring(one))
    watch.watch()
    for fact in structuring(other):
        tell(fact)
        watch.watch()

    by_customer = {pk: set() for pk in (one.pk, other.pk)}
    for pk, scenario, _ in alerted():
        by_customer[pk].add(scenario)
    assert by_customer[one.pk] == by_customer[other.pk] != set()


def test_watching_again_watches_nothing_again():
    holder = customer()
    tell(*structuring(holder))
    watch.watch()
    before = alerted()

    assert watch.watch().facts == 0
    watch.forget()
    tell(deposit(holder, 50, 0, "later"))
    assert watch.watch().facts == 1
    assert alerted() == before


def test_a_process_that_forgot_everything_still_sees_the_pattern():
    holder = customer()
    *before, last = structuring(holder)
    tell(*before[:3])
    watch.watch()
    watch.forget()  # as after a restart
    tell(*before[3:], last)
    watch.watch()

    assert (holder.pk, "structuring", "live") in alerted()


def test_what_another_process_watched_is_part_of_the_history():
    holder = customer()
    new = structuring(holder)
    tell(new[0])
    watch.watch()
    mine = watch._memory
    watch.forget()
    tell(*new[1:3])
    watch.watch()  # somebody else, with a memory of their own
    watch._memory = mine
    tell(*new[3:])
    watch.watch()

    assert (holder.pk, "structuring", "live") in alerted()
    known = watch._memory.live.store.execute("SELECT id FROM facts ORDER BY id").fetchall()
    assert [row[0] for row in known] == list(
        Fact.objects.order_by("id").values_list("pk", flat=True)
    )


def test_history_that_waited_for_nobody_counts_as_history():
    holder = customer()
    *before, last = structuring(holder)[:4]  # the fourth makes it a pattern
    with transaction.atomic():
        facts.report_many(before, watched=False)
    tell(last)
    assert watch.watch().facts == 1

    assert (holder.pk, "structuring", "live") in alerted()


def test_when_raising_fails_the_facts_wait_on_and_the_next_try_finds_the_same(monkeypatch):
    holder = customer()
    tell(*structuring(holder))
    raise_all = raising.raise_all
    monkeypatch.setattr(raising, "raise_all", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watch.watch()
    assert (facts.waiting(), alerted()) == (6, [])

    monkeypatch.setattr(raising, "raise_all", raise_all)
    watch.watch()

    assert (holder.pk, "structuring", "live") in alerted()
    assert facts.waiting() == 0


KILLED = """
import os, signal, sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from compliance.monitoring import raising, watch
raise_all = raising.raise_all
def and_die(*given, **how):
    raised = raise_all(*given, **how)
    assert raised, "there was nothing to die of"
    os.kill(os.getpid(), signal.SIGKILL)
raising.raise_all = and_die
watch.watch()
"""


def test_killed_with_the_alert_written_and_not_committed_nothing_is_lost_and_nothing_twice():
    holder = customer()
    tell(*structuring(holder))
    database = str(connection.settings_dict["NAME"])
    died = subprocess.run([sys.executable, "-c", KILLED, database], timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert (facts.waiting(), alerted()) == (6, [])

    watch.watch()
    assert [row for row in alerted() if row[1] == "structuring"] == [
        (holder.pk, "structuring", "live")
    ]
    assert facts.waiting() == 0


def test_a_version_that_takes_effect_watches_from_the_next_batch_on():
    holder = customer()
    Scenario.objects.filter(name="structuring").update(state="retired")
    tell(*structuring(holder)[:3])
    watch.watch()
    assert [row for row in alerted() if row[1] == "structuring"] == []

    Scenario.objects.filter(name="structuring").update(state="active")
    tell(structuring(holder)[3])
    watch.watch()
    assert (holder.pk, "structuring", "live") in alerted()
