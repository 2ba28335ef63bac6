"""Check a counted vote from its beginnings: postings, answers, delegations, the file, its result.

What the public can check needs the file alone (verify_vote.py); this is for us, who have the rest.
"""

from __future__ import annotations

from django.db import connection, transaction

from launchpad.governance import count, verify_vote
from launchpad.governance.models import VoteProposal
from launchpad.governance.states import COUNTED
from launchpad.snapshots.take import recompute

# Whose line is missing, too much, or other than what their answer and their snapshot line say.
_DIFFERENT = f"""
WITH again AS (
    SELECT customer_id, (power * 1e18)::numeric AS units, choices FROM ({count.COUNTING}) c
), kept AS (
    SELECT customer_id, units, choices FROM launchpad_countedvote WHERE proposal_id = %(proposal)s
)
SELECT customer_id FROM (
    (SELECT * FROM again EXCEPT SELECT * FROM kept)
     UNION ALL
    (SELECT * FROM kept EXCEPT SELECT * FROM again)
) d GROUP BY customer_id ORDER BY customer_id LIMIT 20
"""  # noqa: S608  this room's own words


def recheck(*, proposal_id: int) -> list[str]:
    """What is wrong with a counted vote, in words; nothing when all of it agrees.

    Reads every posting of BMX until the snapshot's moment, every answer and every line.
    """
    proposal = VoteProposal.objects.filter(pk=proposal_id, state__in=COUNTED).first()
    if proposal is None or proposal.snapshot_id is None:
        return [f"there is no vote {proposal_id} that was counted"]
    wrong = [
        f"snapshot: {each}" for each in recompute(snapshot_id=proposal.snapshot_id).differences
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT, count.parameters_of(proposal, proposal.closes_at))
        wrong += [f"customer {row[0]}: counted otherwise than answered" for row in cursor]
    with transaction.atomic():
        lines = list(count.file_lines(proposal))
    try:
        _header, result, root = verify_vote.recount(lines)
    except verify_vote.Wrong as error:
        return [*wrong, f"file: {error}"]
    if root != proposal.root:
        wrong.append(f"file: its root is {root} and not {proposal.root}")
    if result != proposal.result:
        wrong.append("result: the file comes to another one")
    return wrong
