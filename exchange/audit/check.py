"""Verify the whole chain and write the result into the log itself, where staff see it."""

from __future__ import annotations

import logging

from django.db import transaction

from exchange.audit.models import AuditEvent
from exchange.audit.record import record
from exchange.audit.verify import Report, verify
from exchange.core.actors import Actor, system

log = logging.getLogger(__name__)

VERB = "audit.verify"


def check_chain(*, actor: Actor | None = None) -> Report:
    """Recompute every digest; minutes for ten million events. Changes nothing but the log."""
    report = verify()
    if report.broken is not None:
        log.error("the audit chain is broken: %s", report.broken)
    with transaction.atomic():
        record(
            actor=actor or system("audit.verify"),
            verb=VERB,
            target_type="auditseal",
            target_id=str(report.head.position),
            after={
                "holds": report.broken is None,
                "checked": report.checked,
                "head": str(report.head),
                "broken": "" if report.broken is None else str(report.broken),
            },
        )
    return report


def last_check() -> AuditEvent | None:
    """The newest verification that was written down. One indexed query."""
    return AuditEvent.objects.filter(verb=VERB).order_by("-pk").first()
