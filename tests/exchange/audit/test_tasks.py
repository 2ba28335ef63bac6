"""What the workers do for the audit room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import current_app

from exchange.audit import seal
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from tests.factories import SYSTEM, user

pytestmark = pytest.mark.django_db


def run(task: str) -> int:
    """By name, as beat asks for it."""
    return current_app.tasks[task].apply().get()


def test_the_worker_seals_what_waits_and_then_nothing(monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 2)
    for _ in range(3):
        record(actor=SYSTEM, verb="tests.happen")

    assert [run("audit.seal"), run("audit.seal")] == [3, 0]


def test_the_worker_closes_stale_proposals():
    stale, fresh = (
        Proposal.objects.create(
            kind="k",
            summary="s",
            payload={},
            reason="r",
            proposed_by=user(),
            expires_at=clock.now() + timedelta(hours=hours),
        )
        for hours in (-1, 1)
    )

    assert run("audit.expire_proposals") == 1

    states = dict(Proposal.objects.values_list("pk", "state"))
    assert states == {stale.pk: "expired", fresh.pk: "open"}
