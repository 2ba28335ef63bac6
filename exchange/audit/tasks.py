"""Tasks: thin, killable, safe to run twice."""

from celery import shared_task

from exchange.audit import proposals
from exchange.audit import seal as sealing


@shared_task(name="audit.seal", acks_late=True)
def seal() -> int:
    """Put committed events into the hash chain."""
    return sealing.seal_waiting()


@shared_task(name="audit.expire_proposals", acks_late=True)
def expire_proposals() -> int:
    """Close the proposals that nobody decided in time."""
    return proposals.expire_stale()
