"""Events that must travel upward: written with the change, delivered after the commit.

`announce` inserts the event in the caller's transaction. `deliver` hands waiting events to the
consumers that subscribed to their topic, oldest first; a consumer runs in a transaction of its own
with the mark that it was delivered, so each consumer's own writes happen exactly once, and its
outside effects (a mail) at least once.

What fails waits twice as long after each try: twenty of them reach over six days, so that a mail
server or a Valkey that is away for an evening loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from exchange.core import clock, dispatch
from exchange.core.models import OutboxEvent

log = logging.getLogger(__name__)

Consumer = Callable[[dict[str, Any]], None]
_consumers: dict[str, list[Consumer]] = {}
MAX_ATTEMPTS = 20


def consumes(topic: str) -> Callable[[Consumer], Consumer]:
    """Register a function for a topic. Called with the payload, inside a transaction."""

    def register(consumer: Consumer) -> Consumer:
        _consumers.setdefault(topic, []).append(consumer)
        return consumer

    return register


def announce(topic: str, **payload: Any) -> OutboxEvent:
    """Write an event down. Must run inside the transaction that makes it true."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event belongs to the transaction that makes it true")
    event = OutboxEvent.objects.create(topic=topic, payload=payload)
    dispatch.after_commit("core.deliver_outbox")
    return event


def deliver(*, limit: int = 200) -> int:
    """Deliver events that are due, each tried once. Safe to run twice and alongside itself.

    Returns how many went out.
    """
    delivered = 0
    failed: list[int] = []
    for _ in range(limit):
        with transaction.atomic():
            event = _due().select_for_update(skip_locked=True).exclude(pk__in=failed).first()
            if event is None:
                return delivered
            if _deliver_one(event):
                delivered += 1
            else:
                failed.append(event.pk)
    return delivered


def _due() -> QuerySet[OutboxEvent]:
    """Waiting and not given up; after n misses, from 2^n - 1 seconds after the announcement."""
    return (
        OutboxEvent.objects.filter(delivered_at__isnull=True, attempts__lt=MAX_ATTEMPTS)
        .extra(  # noqa: S610  no part of it comes from outside
            where=["attempts = 0 OR created_at + (2 ^ attempts - 1) * interval '1 s' <= %s"],
            params=[clock.now()],
        )
        .order_by("attempts", "id")
    )


def _deliver_one(event: OutboxEvent) -> int:
    try:
        with transaction.atomic():
            for consumer in _consumers.get(event.topic, []):
                consumer(event.payload)
    except Exception as error:  # noqa: BLE001  one bad event must not hold up the others
        log.exception("outbox event %s (%s) failed", event.pk, event.topic)
        event.attempts += 1
        event.last_error = str(error)[:500]
        event.save(update_fields=["attempts", "last_error"])
        return 0
    event.delivered_at = clock.now()
    event.save(update_fields=["delivered_at"])
    return 1
