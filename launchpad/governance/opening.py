"""Open a vote once its snapshot is taken: who is left out, and how much power there is in all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import system
from launchpad.governance import policy
from launchpad.governance.models import VoteProposal
from launchpad.governance.power import EXCLUDED, units
from launchpad.governance.propose import locked, move
from launchpad.governance.states import State
from launchpad.snapshots import queries as snapshots

ITSELF = system("governance.open")
# A vote that opened later than this (an outage) stays open as long as it was announced for.
LATE = timedelta(minutes=5)

_LEAVE_OUT = f"""
INSERT INTO launchpad_voteexclusion (proposal_id, customer_id, rule, at, units)
SELECT DISTINCT ON (x.customer_id) %(proposal)s, x.customer_id, x.rule, %(at)s,
       coalesce(l.power, 0) * 1e18
  FROM ({EXCLUDED}) x
  LEFT JOIN launchpad_snapshotline l
         ON l.snapshot_id = %(snapshot)s AND l.customer_id = x.customer_id
 WHERE l.id IS NOT NULL
    OR EXISTS (SELECT FROM launchpad_vote v  -- a delegate without BMX of their own
                WHERE v.proposal_id = %(proposal)s AND v.customer_id = x.customer_id)
 ORDER BY x.customer_id, x.rule DESC
ON CONFLICT (proposal_id, customer_id) DO NOTHING
"""  # noqa: S608  this room's own words
_ELIGIBLE = """
SELECT coalesce(sum(l.power), 0), count(*)
  FROM launchpad_snapshotline l
 WHERE l.snapshot_id = %(snapshot)s AND l.power > 0
   AND NOT EXISTS (SELECT FROM launchpad_voteexclusion x
                    WHERE x.proposal_id = %(proposal)s AND x.customer_id = l.customer_id)
"""


def open_vote(*, proposal_id: int) -> bool:
    """Open one vote. False when its time has not come, its snapshot is not taken, or it is open."""
    with transaction.atomic():
        locks.hold(locks.Lock.PROPOSAL_VOTE, proposal_id)
        proposal = locked(proposal_id)
        now = clock.now()
        if proposal.state != State.PUBLISHED or proposal.opens_at is None:
            return False
        if now < proposal.opens_at or not snapshots.is_taken(proposal.snapshot_id or 0):
            return False
        assert proposal.snapshot_at is not None
        assert proposal.closes_at is not None
        leave_out(proposal, proposal.snapshot_at)
        with connection.cursor() as cursor:
            cursor.execute(_ELIGIBLE, {"snapshot": proposal.snapshot_id, "proposal": proposal.pk})
            eligible, voters = cursor.fetchone()
        if now - proposal.opens_at > LATE:
            proposal.closes_at += now - proposal.opens_at
        move(proposal, State.OPEN)
        proposal.opened_at = now
        proposal.eligible_units, proposal.eligible_voters = units(eligible), voters
        proposal.save()
        record(
            actor=ITSELF,
            verb="governance.open",
            target=proposal,
            after={"voters": voters, "power": eligible, "closes_at": proposal.closes_at},
        )
        outbox.announce("governance.opened", proposal_id=proposal.pk, kind=proposal.kind)
    return True


def leave_out(proposal: VoteProposal, at: datetime) -> int:
    """Write down whose power does not count by the rules as of `at`. Twice is once."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEAVE_OUT,
            {
                "proposal": proposal.pk,
                "snapshot": proposal.snapshot_id,
                "at": at,
                "kinds": [str(kind) for kind in policy.RESTRICTIONS],
            },
        )
        return cursor.rowcount


def due(*, limit: int = 50) -> list[int]:
    """Published votes whose opening has come."""
    rows = VoteProposal.objects.filter(state=State.PUBLISHED, opens_at__lte=clock.now()).order_by(
        "opens_at"
    )
    return list(rows.values_list("pk", flat=True)[:limit])
