"""Tasks: thin, killable, safe to run twice."""

from celery import shared_task

from exchange.audit import check, proposals
from exchange.audit import seal as sealing


@shared_task(name="audit.seal", acks_late=True)
def seal() -> int:
    """Put committed events into the hash chain."""
    return sealing.seal_waiting()


@shared_task(name="audit.expire_proposals", acks_late=True)
def expire_proposals() -> int:
    """Close the proposals that nobody decided in time."""
    return proposals.expire_stale()


@shared_task(name="audit.verify", acks_late=True)
def verify() -> int:
    """Recompute the hash chain and write the result down. Returns how many events hold."""
    return check.check_chain().checked
