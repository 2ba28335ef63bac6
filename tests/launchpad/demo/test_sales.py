"""The demo's sales: one happened, one is joined by customers, one is to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock, dispatch
from exchange.ledger import reconcile
from launchpad.demo import sales
from launchpad.sales import run, sweep
from launchpad.sales.models import Sale
from launchpad.snapshots.models import Snapshot
from tests import factories
from tests.factories import sales as s

pytestmark = pytest.mark.django_db


def test_the_demo_shows_a_sale_of_every_stage(monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)
    for code in ("USDT", "BMX"):
        factories.asset(code)
    sales.seed()
    assert not Sale.objects.filter(asset__code="TIDAL").exists()  # nobody is there yet
    for _ in range(5):
        s.buyer("3000")

    sales.seed()
    sweep.sweep()
    over = Sale.objects.get(asset__code="TIDAL")
    running = Sale.objects.get(asset__code="GROVE")
    with clock.held_at(running.opens_at + timedelta(seconds=1)):
        Snapshot.objects.filter(pk=running.snapshot).update(
            state="taken", taken_at=running.snapshot_at, digest="0" * 64
        )
        assert run.open_due(running.pk)
        sales.seed()
        assert sales.seed() == 0

    assert (over.state, over.subscribers) == ("vesting", 5)
    assert running.subscriptions.filter(committed__gt=0).count() == 5
    assert Sale.objects.get(asset__code="KITEX").state == "announced"
    for check in reconcile.checks():
        if check.name in ("sales", "sales from entries", "holds"):
            assert check.look(0).findings == [], check.name
