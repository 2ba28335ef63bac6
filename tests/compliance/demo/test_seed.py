"""The demo's customers: a history in which officers find what is really there, and its books."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from compliance.cases import collect
from compliance.cases.models import Case
from compliance.demo import books, case_work, filing, seed
from compliance.identity.models import Identity
from compliance.monitoring import runs, score
from compliance.monitoring.models import Alert, AlertLabel, LookBack
from compliance.reporting import candidates
from compliance.reporting.models import Report
from exchange.accounts import roles
from exchange.accounts.models import Customer
from exchange.core import clock, facts
from exchange.core.actors import system
from exchange.core.models import Fact
from exchange.ledger import reconcile
from exchange.ledger.models import LedgerAccount, LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db
COUNT = 400  # enough for every pattern to have people of its own


def look_back_to_the_end():
    for _ in range(60):
        if not runs._one_step():
            return


def staff(email, role):
    person = factories.user(email=email, is_staff=True)
    person.groups.add(Group.objects.get(name=role))


def test_the_seeded_history_holds_real_patterns_and_its_officers_have_worked(maker):
    told = seed.seed(count=COUNT)

    assert told == Fact.objects.count() > COUNT * 20
    assert facts.waiting() == 0
    assert Customer.objects.exclude(pk=maker.pk).count() == Identity.objects.count() == COUNT
    assert seed.seed(count=COUNT) == 0

    look_back_to_the_end()

    run = LookBack.objects.get()
    assert (run.state, run.error) == ("done", "")
    assert run.raised == Alert.objects.count() > 0
    by_scenario = set(Alert.objects.values_list("scenario", flat=True))
    assert {
        "structuring", "pass_through", "fan_in", "fan_out", "cycle", "account_takeover",
        "mixer_exposure", "dormant_reactivated", "identity_cluster", "wash_ring",
    } <= by_scenario  # fmt: skip
    found = [alert for alert in Alert.objects.all() if seed.guilty() & set(alert.ring)]
    assert len(found) / Alert.objects.count() > 0.5

    roles.sync_roles()
    staff(case_work.OFFICER, roles.COMPLIANCE_OFFICER)
    staff(case_work.MLRO, roles.MLRO)
    assert case_work.work() == 0  # the alerts have found no case yet
    collect.collect_waiting(limit=1_000)
    worked = 0
    while done := case_work.work():
        worked += done

    said = list(AlertLabel.objects.values_list("outcome", flat=True))
    assert len(said) >= score.LEAST_LABELS
    productive = said.count("productive")
    assert min(productive, len(said) - productive) >= score.LEAST_OF_EACH
    assert case_work.progress() == ("", 0, 0)
    score.train()
    assert score.score_waiting() > 0
    assert Alert.objects.exclude(state="closed").exclude(score=None).exists()
    assert Case.objects.filter(queue="investigation", state="open").count() == 4
    assert Case.objects.filter(queue="triage", state="open").count() >= 10


def test_what_they_did_stands_in_the_ledger_and_the_books_agree(maker):
    seed.seed(count=COUNT)

    for check in reconcile.checks():
        found = check.look(0)
        assert (check.name, found.wrong) == (check.name, 0)
    brought = LedgerEntry.objects.filter(reference__startswith="demo:told:").count()
    moved = Fact.objects.exclude(usd=None)
    assert brought == moved.count() - moved.filter(extra__maker=True).count()
    ids = Customer.objects.exclude(pk=maker.pk).values_list("pk", flat=True)
    theirs = LedgerAccount.objects.filter(owner_kind="customer", owner_id__in=list(ids))
    assert theirs.filter(available__gt=0).values("owner_id").distinct().count() > COUNT * 0.9
    assert not theirs.filter(available__lt=0).exists()


def test_a_fact_moves_exactly_its_amount(maker):
    payer, payee = factories.customer(), factories.customer()
    now = clock.now()

    def fact(reference, kind, **more):
        return facts.NewFact(kind=kind, at=now, reference=reference, asset="ETH", **more)

    sold = {"side": "sell", "maker": False}
    told = [
        fact("1", "transfer", customer_id=payer.pk, counterparty_id=payee.pk, amount=Decimal(3),
             usd=Decimal(9_000)),
        fact("2", "crypto_withdrawal", customer_id=payee.pk, amount=Decimal(1), usd=Decimal(3_000)),
        fact("3", "trade", customer_id=payee.pk, amount=Decimal("0.5"), usd=Decimal(1_500),
             extra=sold),
    ]  # fmt: skip
    with facts.transaction.atomic():
        assert books.keep(told) == 4  # and what the payer had before

    assert factories.available(payer, "ETH") == 0
    assert factories.available(payee, "ETH") == Decimal("1.5")
    assert factories.available(payee, "USDT") == Decimal(1_500)
    assert factories.available(maker, "ETH") == Decimal("10000000.5")


@pytest.mark.usefixtures("maker")
def test_canadians_whose_coins_of_one_day_add_up_are_found_by_the_24_hour_rule():
    filing.file_as_invented()
    seed.seed(count=COUNT)
    today = clock.now().date()

    candidates.search(
        first=today - seed.timedelta(days=5), last=today, actor=system("reporting.find_candidates")
    )

    found = Report.objects.filter(kind="lvctr")
    several = [row for row in found if len(row.payload["transactions"]) == 3]
    assert len(several) == 3


@pytest.mark.usefixtures("_in_a_folder")
def test_a_look_back_that_was_killed_goes_on_with_its_step_and_raises_nothing_twice():
    seed.seed(count=COUNT)
    for _ in range(6):
        runs._one_step()
    raised = Alert.objects.count()
    row = LookBack.objects.get()
    assert (row.state, row.steps_done) == ("running", 6)

    # As if the step's commit had been lost, and the extract with the machine.
    LookBack.objects.update(steps_done=4)
    shutil.rmtree(runs._folder(row))
    runs._one_step()
    runs._one_step()

    assert Alert.objects.count() == raised
    assert LookBack.objects.get().steps_done == 6
