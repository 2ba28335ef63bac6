"""Write down who did what, in the transaction that did it."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from exchange.audit.models import AuditEvent
from exchange.core import clock
from exchange.core.actors import Actor


def record(
    *,
    actor: Actor,
    verb: str,
    target: models.Model | None = None,
    target_type: str = "",
    target_id: str = "",
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event to the audit log.

    `verb` is "room.what" in the present tense. `before` and `after` hold only what changed; the
    caller keeps secrets out of them. Must run inside the transaction that makes the change, so
    that neither exists without the other. Sealed within seconds by the task `audit.seal`.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit event belongs to the transaction of what it records")
    if target is not None:
        target_type, target_id = target._meta.model_name or "", str(target.pk)
    return AuditEvent.objects.create(
        at=clock.now(),
        actor_kind=actor.kind,
        actor=actor.label,
        user_id=actor.user_id,
        verb=verb,
        target_type=target_type,
        target_id=target_id,
        reason=reason,
        before=_plain(before),
        after=_plain(after),
        ip=actor.ip,
        request_id=actor.request_id,
    )


def _plain(value: dict[str, Any] | None) -> Any:
    """As JSON keeps it: decimals and dates as text."""
    return None if value is None else json.loads(json.dumps(value, cls=DjangoJSONEncoder))
