"""kill -9 in the middle of allocating, settling and releasing: done again, every sum is exact."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import connection

from benchmarks import subscribers
from exchange.core import clock, dispatch
from exchange.ledger import reconcile
from exchange.ledger.models import LedgerEntry
from launchpad.sales import recompute, release, run, settle, sweep
from launchpad.sales.models import Sale, SaleRelease, Subscription
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 45


def killed(sale: Sale, where: str) -> None:
    """Let a worker go on with the sale in a process of its own, and kill it where it stands."""
    given = connection.settings_dict
    login = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    url = f"postgresql://{login}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.launchpad.sales.worker", str(sale.pk), where],
        env={
            **os.environ,
            "TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "exchange.settings.test",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said = worker.stdout.readline()
        assert said == b"there\n", worker.communicate()[1].decode()[-2000:]
    finally:
        worker.kill()
        worker.communicate()
    sale.refresh_from_db()


def entries(kind: str) -> int:
    return LedgerEntry.objects.filter(kind=kind).count()


def test_a_worker_killed_anywhere_repeats_nothing_and_loses_nothing(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)  # nobody else goes on
    sale = subscribers.open_sale(people=PEOPLE, mode="tickets", lots=5000, first_ppm=250_000)
    assert run.close_due(sale.pk)

    killed(sale, "allocating")
    assert sale.state == "closed"
    assert not Subscription.objects.filter(lots__isnull=False).exists()

    killed(sale, "settling")
    settled = Subscription.objects.filter(settled_at__isnull=False).count()
    assert (sale.state, entries("sale_settlement"), settled) == ("distributing", 2, 20)

    while settle.distribute(sale_id=sale.pk, limit=10):
        pass
    sale.refresh_from_db()
    assert (sale.state, entries("sale_settlement")) == ("vesting", 5)
    assert (sale.allocated, sale.spent) == (D(5000), D(2000))
    assert factories.house("USDT", sale.purpose) == D(2000)
    assert factories.house("NEW", sale.purpose) == D(3750)

    SaleRelease.objects.update(due_at=clock.now() - timedelta(days=30))
    killed(sale, "releasing")
    assert entries("sale_release") == 1

    sweep.go_on(sale.pk)
    sale.refresh_from_db()
    assert sale.state == "finished"
    assert factories.house("NEW", sale.purpose) == 0
    assert release.release_due(sale_id=sale.pk) == 0
    assert recompute.compare(sale.pk)[:2] == (PEOPLE, 0)
    for check in reconcile.checks():
        if check.name in ("sales", "holds", "trial balance", "balances", "entries"):
            assert check.look(0).findings == [], check.name
