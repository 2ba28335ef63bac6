"""Lists without what the reader must not know of: the audit log, proposals, the outbox.

Which rooms are confidential is said by `core.confidential`; which rows, by `roles.CONFIDENTIAL`.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from exchange.accounts import roles
from exchange.core import confidential

# Events of the proposals themselves name the kind among what changed.
OF_PROPOSALS = "audit."


class Everybody:
    """A reader without any permission: for figures that are read once and shown to all."""

    @staticmethod
    def has_perm(_permission: str) -> bool:
        return False


EVERYBODY = Everybody()


def readable_events(user: Any, events: QuerySet[Any]) -> QuerySet[Any]:
    """Audit events without those that would betray a filing to this reader."""
    prefixes = confidential.hidden_from(user.has_perm)
    if not prefixes:
        return events
    kind = Coalesce(KeyTextTransform("kind", "after"), Value(""), output_field=TextField())
    hidden = Q(target_type__in=roles.CONFIDENTIAL)
    for prefix in prefixes:
        hidden |= Q(verb__startswith=prefix)
        hidden |= Q(verb__startswith=OF_PROPOSALS, kept_kind__startswith=prefix)
    return events.alias(kept_kind=kind).exclude(hidden)


def readable_proposals(user: Any, proposals: QuerySet[Any]) -> QuerySet[Any]:
    """Proposals without those of confidential rooms, or about confidential rows."""
    prefixes = confidential.hidden_from(user.has_perm)
    if not prefixes:
        return proposals
    hidden = Q(target_type__in=roles.CONFIDENTIAL)
    for prefix in prefixes:
        hidden |= Q(kind__startswith=prefix)
    return proposals.exclude(hidden)


def readable_outbox(user: Any, events: QuerySet[Any]) -> QuerySet[Any]:
    """Events between rooms, without confidential topics."""
    for prefix in confidential.hidden_from(user.has_perm):
        events = events.exclude(topic__startswith=prefix)
    return events
