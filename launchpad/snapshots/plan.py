"""Plan a snapshot: name the moment while it is still to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Invalid, NotFound
from launchpad.snapshots.models import Snapshot

LONGEST_AVERAGE = timedelta(days=90)
FURTHEST = timedelta(days=365)
ITSELF = system("snapshots.plan")


def plan(
    *,
    asset_id: int,
    at: datetime,
    why: str,
    average_of: timedelta | None = None,
    actor: Actor = ITSELF,
) -> Snapshot:
    """Plan what everybody has of an asset at `at`, or on average over the span before it.

    Returns the one that is planned or taken already for the same moment and span. Rooms above call
    it inside their own verbs, which asked who may. Raises NotFound, and Invalid for a moment that
    has passed: what counts must be known before it counts.
    """
    span = average_of or timedelta(0)
    if span < timedelta(0) or span > LONGEST_AVERAGE or span % timedelta(seconds=1):
        raise Invalid(
            _("An average takes whole seconds, at most 90 days."),
            field="average_of",
            limit=str(LONGEST_AVERAGE),
        )
    seconds = int(span.total_seconds())
    with transaction.atomic():
        standing = Snapshot.objects.filter(asset_id=asset_id, at=at, average_seconds=seconds)
        if found := standing.first():
            return found
        _refuse_moment(at)
        if not Asset.objects.filter(pk=asset_id).exists():
            raise NotFound(_("There is no such asset."), field="asset_id")
        snapshot, made = Snapshot.objects.get_or_create(
            asset_id=asset_id,
            at=at,
            average_seconds=seconds,
            defaults={
                "why": why[:200],
                "planned_by": actor.label,
                "planned_at": clock.now(),
            },
        )
        if made:
            record(
                actor=actor,
                verb="snapshots.plan",
                target_type="holdings_snapshot",
                target_id=str(snapshot.pk),
                after={"asset": asset_id, "at": at, "average_seconds": seconds, "why": why[:200]},
            )
    return snapshot


def _refuse_moment(at: datetime) -> None:
    now = clock.now()
    if at <= now:
        raise Invalid(_("This moment has passed."), field="at", limit=now.isoformat())
    if at > now + FURTHEST:
        raise Invalid(_("This moment is more than a year away."), field="at")
