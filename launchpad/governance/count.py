"""Close a vote and count it, in batches by customer; killed anywhere, it goes on from there.

From the close on no vote and no delegation is taken that could change it: both are dated, and what
stood at the close counts whenever the task runs. Each account that took part becomes a line of the
file; the result is computed from the file's lines by the very script that everybody can download.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, copy, dispatch, locks, outbox
from exchange.core.actors import system
from exchange.core.money import SCALE
from launchpad.governance import policy, verify_vote
from launchpad.governance.delegate import ALL
from launchpad.governance.models import CountedVote, VoteProposal
from launchpad.governance.opening import leave_out
from launchpad.governance.power import units
from launchpad.governance.propose import locked, move
from launchpad.governance.states import State

ITSELF = system("governance.count")
A_BATCH = 5000

# Everybody whose power takes part: with an answer of their own, or their delegate's.
_TAKING_PART = """
    SELECT v.customer_id, coalesce(l.power, 0) AS power, v.choices, v.salt,
           NULL::bigint AS through, NULL::text AS through_salt
      FROM launchpad_vote v
      LEFT JOIN launchpad_snapshotline l
             ON l.snapshot_id = %(snapshot)s AND l.customer_id = v.customer_id
     WHERE v.proposal_id = %(proposal)s AND v.customer_id > %(after)s
     UNION ALL
    SELECT d.customer_id, l.power, v.choices, '', v.customer_id, v.salt
      FROM launchpad_vote v
      JOIN launchpad_delegate t ON t.customer_id = v.customer_id
      JOIN launchpad_delegation d ON d.delegate_id = t.id AND d.since < %(at)s
                                 AND (d.until IS NULL OR d.until >= %(at)s)
      JOIN launchpad_snapshotline l
        ON l.snapshot_id = %(snapshot)s AND l.customer_id = d.customer_id AND l.power > 0
     WHERE v.proposal_id = %(proposal)s AND d.customer_id > %(after)s
       AND NOT EXISTS (SELECT FROM launchpad_vote own
                        WHERE own.proposal_id = %(proposal)s AND own.customer_id = d.customer_id)
       AND NOT EXISTS (SELECT FROM launchpad_voteexclusion x
                        WHERE x.proposal_id = %(proposal)s AND x.customer_id = v.customer_id)
"""
COUNTING = f"""
SELECT customer_id, power, choices, salt, through, through_salt FROM ({_TAKING_PART}) t
 WHERE NOT EXISTS (SELECT FROM launchpad_voteexclusion x
                    WHERE x.proposal_id = %(proposal)s AND x.customer_id = t.customer_id)
"""  # noqa: S608  this room's own words
_BATCH = COUNTING + " ORDER BY customer_id LIMIT %(limit)s"
_GROUPED = f"""
SELECT choices, sum(power), count(*) FILTER (WHERE power > 0) FROM ({COUNTING}) c GROUP BY choices
"""  # noqa: S608  this room's own words
_LINES = """
SELECT voter, units, choices, via FROM launchpad_countedvote
 WHERE proposal_id = %s ORDER BY voter COLLATE "C"
"""


class Answered(NamedTuple):
    """Somebody who takes part."""

    customer_id: int
    power: Decimal
    choices: str  # JSON
    salt: str
    through: int | None  # the delegate's customer
    through_salt: str | None


def close_vote(*, proposal_id: int) -> bool:
    """Take no more answers, and begin to count. False unless its end has come."""
    with transaction.atomic():
        locks.hold(locks.Lock.PROPOSAL_VOTE, ALL)
        locks.hold(locks.Lock.PROPOSAL_VOTE, proposal_id)
        proposal = locked(proposal_id)
        if proposal.state != State.OPEN or proposal.closes_at is None:
            return False
        if clock.now() < proposal.closes_at:
            return False
        move(proposal, State.COUNTING)
        proposal.save(update_fields=["state"])
        left_out = leave_out(proposal, proposal.closes_at)
        record(
            actor=ITSELF,
            verb="governance.close",
            target=proposal,
            after={"state": proposal.state, "left_out_since": left_out},
        )
        dispatch.after_commit("governance.count", queue="payouts", proposal_id=proposal_id)
    return True


def count_batch(*, proposal_id: int, limit: int = A_BATCH) -> int:
    """Write the next lines of the file; after the last of them, the result. Returns how many.

    Of two at once one works and the other returns 0.
    """
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.PROPOSAL_VOTE, proposal_id):
            return 0
        proposal = locked(proposal_id)
        if proposal.state != State.COUNTING:
            return 0
        rows = _batch(proposal, limit)
        _write(proposal, rows)
        if rows:
            proposal.counted_to = rows[-1].customer_id
            proposal.save(update_fields=["counted_to"])
        if len(rows) < limit:
            _conclude(proposal)
    return len(rows)


def count(*, proposal_id: int) -> int:
    """Count to the end, a transaction a batch. Returns how many lines were written."""
    written = 0
    while True:
        now = count_batch(proposal_id=proposal_id)
        written += now
        if now < A_BATCH:
            return written


def so_far(proposal: VoteProposal) -> dict[str, Any]:
    """The result as if the vote closed now. Reads every vote of it: keep the answer a while."""
    return verify_vote.tally(header(proposal, 0), _groups_now(proposal), "")


def due(*, limit: int = 50) -> list[int]:
    """Open votes whose end has come."""
    rows = VoteProposal.objects.filter(state=State.OPEN, closes_at__lte=clock.now())
    return list(rows.order_by("closes_at").values_list("pk", flat=True)[:limit])


def unfinished(*, limit: int = 50) -> list[int]:
    rows = VoteProposal.objects.filter(state=State.COUNTING).order_by("closes_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def header(proposal: VoteProposal, lines: int) -> dict[str, Any]:
    """The file's first line: all that a recount needs to know."""
    eligible = proposal.eligible_units or 0
    return {
        "format": verify_vote.FORMAT,
        "proposal": proposal.pk,
        "kind": proposal.kind,
        "title": proposal.title,
        "method": proposal.method,
        "options": [
            {"key": option.key, "title": option.title, "role": option.role}
            for option in proposal.options.all()
        ],
        "asset": policy.ASSET,
        "precision": SCALE,
        "snapshot_at": _written(proposal.snapshot_at),
        "closes_at": _written(proposal.closes_at),
        "eligible": str(eligible),
        "quorum": str(quorum_units(proposal)),
        "threshold_bps": proposal.threshold_bps,
        "lines": lines,
    }


def quorum_units(proposal: VoteProposal) -> int:
    """The least power that must take part, rounded up."""
    return -(-(proposal.eligible_units or 0) * proposal.quorum_bps // policy.WHOLE_BPS)


def file_lines(proposal: VoteProposal) -> Iterator[str]:
    """The published file, line by line. Memory does not grow. Must run inside a transaction."""
    yield proposal.file_header
    yield from _vote_lines(proposal.pk)


def line_of(voter: str, number: int, choices: list[str], via: str) -> str:
    row: dict[str, Any] = {"choices": choices, "power": str(number), "voter": voter}
    if via:
        row["via"] = via
    return _json(row)


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _written(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def parameters_of(proposal: VoteProposal, at: datetime | None, after: int = -1) -> dict[str, Any]:
    return {
        "proposal": proposal.pk,
        "snapshot": proposal.snapshot_id,
        "at": at,
        "after": after,
    }


def _groups_now(proposal: VoteProposal) -> dict[tuple[str, ...], list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED, parameters_of(proposal, clock.now()))
        return {
            tuple(json.loads(choices)): [units(power), number]
            for choices, power, number in cursor.fetchall()
        }


def _batch(proposal: VoteProposal, limit: int) -> list[Answered]:
    with connection.cursor() as cursor:
        cursor.execute(
            _BATCH,
            {**parameters_of(proposal, proposal.closes_at, proposal.counted_to), "limit": limit},
        )
        return [Answered(*row) for row in cursor.fetchall()]


def _write(proposal: VoteProposal, rows: list[Answered]) -> None:
    def lines() -> Iterator[tuple[object, ...]]:
        for row in rows:
            salt = row.salt or secrets.token_hex(16)
            via = ""
            if row.through is not None:
                via = verify_vote.voter_of(row.through_salt or "", proposal.pk, row.through)
            voter = verify_vote.voter_of(salt, proposal.pk, row.customer_id)
            yield (
                proposal.pk,
                row.customer_id,
                voter,
                salt,
                units(row.power),
                json.dumps(json.loads(row.choices)),
                via,
            )

    copy.copy_rows(
        CountedVote._meta.db_table,
        ("proposal_id", "customer_id", "voter", "salt", "units", "choices", "via"),
        lines(),
    )


def _vote_lines(proposal_id: int) -> Iterator[str]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_LINES, [proposal_id])
        while rows := cursor.fetchmany(5000):
            for voter, number, choices, via in rows:
                yield line_of(voter, int(number), json.loads(choices), via)


def _conclude(proposal: VoteProposal) -> None:
    """Compute the result from the file's lines, and tell it."""
    votes: list[tuple[tuple[str, ...], int]] = []
    leaves: list[bytes] = []
    for line in _vote_lines(proposal.pk):
        leaves.append(verify_vote.leaf_of(line))
        row = json.loads(line)
        votes.append((tuple(row["choices"]), int(row["power"])))
    head = header(proposal, len(votes))
    proposal.file_header = _json(head)
    proposal.root = verify_vote.root_of([verify_vote.leaf_of(proposal.file_header), *leaves])
    result = verify_vote.tally(head, verify_vote.groups_of(votes), proposal.root)
    proposal.result = result
    proposal.outcome, proposal.winner = result["outcome"], result["winner"]
    move(proposal, State.CLOSED)
    proposal.closed_at = clock.now()
    proposal.save()
    record(
        actor=ITSELF,
        verb="governance.count",
        target=proposal,
        after={
            "state": proposal.state,
            "outcome": proposal.outcome,
            "winner": proposal.winner,
            "lines": len(votes),
            "root": proposal.root,
        },
    )
    outbox.announce(
        "governance.closed",
        proposal_id=proposal.pk,
        kind=proposal.kind,
        subject=proposal.subject,
        outcome=proposal.outcome,
        winner=proposal.winner,
    )
