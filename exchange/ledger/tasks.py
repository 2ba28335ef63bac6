"""Tasks: thin, killable, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from exchange.ledger import reconcile as books


# Once a day it looks at everything, which takes as long as there is history.
@shared_task(name="ledger.reconcile", acks_late=True, time_limit=4 * 3600)
def reconcile() -> int:
    """Compare the books. Returns how many rows are wrong. One runs at a time; others return 0."""
    result = books.reconcile()
    return 0 if result is None else sum(each["wrong"] for each in result.checks)
