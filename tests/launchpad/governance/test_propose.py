"""Proposals: what rooms and people propose, and how it becomes a vote with known moments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.models import OutboxEvent
from launchpad.governance import parameters, policy
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import OptionText, Timeline, open_proposal
from launchpad.governance.review import publish, send_back, withdraw
from launchpad.governance.states import Role, State
from launchpad.snapshots.models import Snapshot
from tests import factories
from tests.factories.launchpad import NOON, bmx

pytestmark = pytest.mark.django_db

OPENER = ("launchpad.open_voteproposal",)
DAY = timedelta(days=1)
TEXT = "Whether this token should be listed, and why it should."


def moments(**changed: object) -> Timeline:
    usual = Timeline(NOON + DAY, NOON + DAY + timedelta(hours=1), NOON + 6 * DAY)
    return usual._replace(**changed)


def asked(**changed: object) -> VoteProposal:
    bmx()
    words = {"kind": "listing", "title": "List WAVE?", "text": TEXT, "subject": "listing:7"}
    with clock.held_at(NOON):
        return open_proposal(
            **{**words, "actor": factories.officer(*OPENER), "timeline": moments(), **changed}
        )


def test_a_room_opens_a_vote_by_yes_or_no_with_its_snapshot_planned_ahead():
    proposal = asked()

    assert proposal.state == State.PUBLISHED
    assert [(o.key, o.role) for o in proposal.options.all()] == [
        ("yes", "for"),
        ("no", "against"),
        ("abstain", "abstain"),
    ]
    assert (proposal.quorum_bps, proposal.threshold_bps, proposal.tally) == (500, 5000, "hidden")
    snapshot = Snapshot.objects.get()
    assert (snapshot.at, snapshot.state) == (NOON + DAY, "planned")
    assert proposal.snapshot == snapshot


def test_asking_twice_about_one_subject_is_one_vote():
    assert asked() == asked(title="Another title")
    assert VoteProposal.objects.count() == 1


def test_without_moments_the_usual_ones_of_its_kind_are_taken():
    proposal = asked(timeline=None)
    assert proposal.snapshot_at == NOON + timedelta(days=1, minutes=1)
    assert proposal.opens_at == proposal.snapshot_at + timedelta(hours=1)
    assert proposal.closes_at == proposal.opens_at + timedelta(days=5)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"snapshot_at": NOON + timedelta(hours=11)}, "snapshot_at"),
        ({"opens_at": NOON + DAY + timedelta(seconds=59)}, "opens_at"),
        ({"closes_at": NOON + DAY + timedelta(hours=24)}, "closes_at"),
        ({"closes_at": NOON + 61 * DAY}, "closes_at"),
    ],
)
def test_moments_that_come_too_soon_or_too_late_are_refused(changed, field):
    with pytest.raises(Invalid) as refusal:
        asked(timeline=moments(**changed))
    assert refusal.value.field == field
    assert not VoteProposal.objects.exists()
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "war"}, "kind"),
        ({"title": "Hm"}, "title"),
        ({"text": "Because."}, "text"),
        ({"method": "shouting"}, "method"),
        ({"options": [OptionText("yes", "Yes")]}, "options"),
        ({"options": [OptionText("a", "Yes"), OptionText("a", "No")]}, "options"),
        ({"options": [OptionText("a", "Yes"), OptionText("b", "Yes")]}, "options"),
        ({"options": [OptionText("A b", "Yes"), OptionText("b", "No")]}, "options"),
        ({"options": [OptionText(f"o{n}", f"Option {n}") for n in range(13)]}, "options"),
        (
            {"options": [OptionText(k, k, role=Role.AGAINST) for k in ("no", "never")]},
            "options",
        ),
        ({"quorum_bps": 10_001}, "quorum_bps"),
        ({"tally": "whispered"}, "tally"),
        ({"kind": "parameter"}, "parameter"),
    ],
)
def test_what_cannot_be_voted_on_is_refused_with_its_field(changed, field):
    with pytest.raises(Invalid) as refusal:
        asked(**changed)
    assert refusal.value.field == field


def test_only_those_who_may_open_votes():
    with pytest.raises(PermissionRefused):
        asked(actor=factories.officer("launchpad.review_voteproposal"))


def test_a_vote_is_withdrawn_with_a_reason_until_it_closes_and_its_room_hears_of_it():
    proposal = asked()
    reviewer = factories.officer("launchpad.review_voteproposal")
    with clock.held_at(NOON + timedelta(hours=2)):
        withdraw(proposal_id=proposal.pk, actor=reviewer, reason="the project gave up")

    proposal.refresh_from_db()
    assert (proposal.state, proposal.withdrawn_because) == ("withdrawn", "the project gave up")
    told = OutboxEvent.objects.get(topic="governance.withdrawn")
    assert told.payload == {
        "proposal_id": proposal.pk,
        "kind": "listing",
        "subject": "listing:7",
    }
    with pytest.raises(Conflict):
        withdraw(proposal_id=proposal.pk, actor=reviewer, reason="again")


def test_nobody_withdraws_a_vote_whose_end_has_come():
    proposal = asked()
    VoteProposal.objects.filter(pk=proposal.pk).update(state=State.OPEN)
    reviewer = factories.officer("launchpad.review_voteproposal")
    with clock.held_at(NOON + 6 * DAY), pytest.raises(Conflict):
        withdraw(proposal_id=proposal.pk, actor=reviewer, reason="we don't like the result")
    proposal.refresh_from_db()
    assert proposal.state == State.OPEN


def test_what_is_published_already_is_neither_published_nor_returned_again():
    proposal = asked()
    reviewer = factories.officer("launchpad.review_voteproposal")
    with clock.held_at(NOON):
        with pytest.raises(Conflict):
            publish(proposal_id=proposal.pk, timeline=moments(), actor=reviewer)
        with pytest.raises(Conflict):
            send_back(
                proposal_id=proposal.pk, code="unclear", note="what is meant?", actor=reviewer
            )


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("0.0015", False),
        ("0.002", True),  # it is that already
        ("0.0009", True),  # below the maker's
        ("0.02", True),
        ("1e-3", True),
        ("-0.001", True),
        ("0.0012345", True),
        ("NaN", True),
        ("", True),
    ],
)
def test_a_votes_parameter_keeps_its_bounds(value, refused):
    factories.market("BTC_USDT")
    if not refused:
        parameters.refuse_change("market.taker_rate", "BTC_USDT", value)
        return
    with pytest.raises(Invalid):
        parameters.refuse_change("market.taker_rate", "BTC_USDT", value)


def test_a_vote_changes_only_what_is_declared():
    with pytest.raises(Invalid):
        parameters.refuse_change("signer.policy", "", "off")
    with pytest.raises(NotFound):
        parameters.refuse_change("market.taker_rate", "NO_WHERE", "0.001")


def test_every_kind_has_its_published_terms():
    assert set(policy.TERMS) == {"listing", "feature", "parameter", "grant"}
    assert not policy.TERMS["listing"].by_customers
