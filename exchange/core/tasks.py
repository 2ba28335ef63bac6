"""Tasks: deliver what waits in the outbox."""

from __future__ import annotations

from celery import shared_task

from exchange.core import outbox


@shared_task(name="core.deliver_outbox", acks_late=True)
def deliver_outbox() -> int:
    """Hand waiting events to their consumers. Safe to run twice and alongside itself."""
    return outbox.deliver()
