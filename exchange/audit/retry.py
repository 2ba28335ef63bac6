"""Give an event of the outbox that failed too often another chance, on the record."""

from __future__ import annotations

from django.db import transaction

from exchange.audit.record import record
from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.models import OutboxEvent


def retry_outbox_event(*, event_id: int, actor: Actor, reason: str) -> OutboxEvent:
    """Count the attempts of an undelivered event from zero again, and wake the delivery.

    Raises PermissionRefused, Invalid without a reason, NotFound, Conflict when it was delivered.
    """
    actor.require("exchange.change_outboxevent")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        event = OutboxEvent.objects.select_for_update().filter(pk=event_id).first()
        if event is None:
            raise NotFound(f"There is no event {event_id}.", field="event_id")
        if event.delivered_at is not None:
            raise Conflict("It was delivered meanwhile.")
        before = {"attempts": event.attempts, "last_error": event.last_error}
        event.attempts = 0
        event.save(update_fields=["attempts"])
        record(
            actor=actor,
            verb="core.retry_event",
            target=event,
            reason=reason,
            before=before,
            after={"attempts": 0},
        )
        dispatch.after_commit("core.deliver_outbox")
    return event
