"""Put committed events into the hash chain, one sealer at a time.

Events wait in `AuditWaiting`, where a trigger puts them in the transaction that wrote them. An
event whose transaction committed late is sealed late: the chain's order is the order of sealing.
"""

from __future__ import annotations

import logging

from django.db import connection, transaction

from exchange.audit import chain
from exchange.core.copy import copy_rows
from exchange.core.locks import Lock, try_hold

log = logging.getLogger(__name__)

BATCH = 500
_TAKE = f"""
SELECT {chain.SELECTED} FROM exchange_auditevent e
  JOIN exchange_auditwaiting w ON w.event_id = e.id ORDER BY e.id LIMIT %s
"""  # noqa: S608  the columns are a constant


def seal_waiting(*, batches: int = 40) -> int:
    """Seal what waits, at most `batches` times 500 events. Returns how many were sealed.

    Safe to run twice and alongside itself: who does not get the lock seals nothing. The head goes
    into the log file, which the database's owner can't rewrite.
    """
    sealed = 0
    for _ in range(batches):
        count = _seal_batch(BATCH)
        sealed += count
        if count < BATCH:
            break
    if sealed:
        log.info("audit log sealed", extra={"head": str(chain.head()), "events": sealed})
    return sealed


def _seal_batch(limit: int) -> int:
    with transaction.atomic():
        if not try_hold(Lock.AUDIT_SEAL):
            return 0
        position, digest = chain.head()
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [limit])
            rows = cursor.fetchall()
            seals = []
            for row in rows:
                position, digest = position + 1, chain.next_digest(digest, row)
                seals.append((position, row[0], digest))
            copy_rows("exchange_auditseal", ["position", "event_id", "digest"], seals)
            cursor.execute(
                "DELETE FROM exchange_auditwaiting WHERE event_id = ANY(%s)",
                [[row[0] for row in rows]],
            )
    return len(rows)
