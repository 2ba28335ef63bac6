"""The demo's votes: seeded in steps, once, by what customers themselves could have done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from launchpad.demo import governance as demo
from launchpad.governance import count
from launchpad.governance.models import Vote, VoteProposal
from launchpad.governance.opening import open_vote
from launchpad.snapshots.take import take
from tests import factories
from tests.factories.launchpad import bmx

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_vote_that_is_over_an_open_one_and_one_to_come(monkeypatch):
    minute = timedelta(minutes=1)
    monkeypatch.setattr("launchpad.governance.policy.LEAST_NOTICE", minute)
    monkeypatch.setattr("launchpad.governance.policy.LEAST_LENGTH", 2 * minute)
    bmx()
    factories.market("BMX_USDT", maker_rate="0.001", taker_rate="0.001")
    for name in (*demo.NAMED, *demo.BOTS):
        who = factories.user(email=f"{name}@holdfast.example")
        holder = demo.Customer.objects.create(user=who)
        if name in demo.BOTS:
            factories.fund(holder, "BMX", 3_000_000)

    assert demo.seed() == 0  # the others may still come
    monkeypatch.setattr(demo, "PATIENCE", timedelta(0))
    assert demo.seed() > 0
    assert demo.seed() == 0
    over, running, coming = (
        VoteProposal.objects.get(subject=subject)
        for subject in (demo.OVER, demo.RUNNING, demo.COMING)
    )
    assert {over.state, running.state, coming.state} == {"published"}

    # The snapshot's moment is three seconds away; nothing is posted until then.
    monkeypatch.setattr("exchange.ledger.history.settled", lambda at: True)
    with clock.held_at(over.opens_at):
        assert take(snapshot_id=over.snapshot_id)
        open_vote(proposal_id=over.pk)
        open_vote(proposal_id=running.pk)
        demo.seed()
    with clock.held_at(over.closes_at):
        count.close_vote(proposal_id=over.pk)
        count.count(proposal_id=over.pk)
        assert demo.seed() == 0
    over.refresh_from_db()
    assert (over.state, over.winner) == ("closed", "tax")
    assert Vote.objects.filter(proposal=running).count() == 1  # bob; two others gave it to carol
    assert coming.closes_at > running.closes_at
