"""Reads of the audit room."""

from __future__ import annotations

from django.db.models import QuerySet

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.actors import Actor


def waiting_for(*, actor: Actor) -> QuerySet[Proposal]:
    """Open proposals that this actor may decide, the most urgent first. One indexed query."""
    kinds = [kind.name for kind in proposals.kinds() if actor.may(kind.permission_to_approve)]
    return (
        Proposal.objects.filter(
            state=Proposal.State.OPEN, expires_at__gt=clock.now(), kind__in=kinds
        )
        .exclude(proposed_by_id=actor.user_id)
        .select_related("proposed_by")
        .order_by("expires_at")
    )


def history_of(*, target_type: str, target_id: object, limit: int = 100) -> list[AuditEvent]:
    """What was done to one thing, newest first. One indexed query."""
    return list(
        AuditEvent.objects.filter(target_type=target_type, target_id=str(target_id)).order_by(
            "-id"
        )[:limit]
    )
