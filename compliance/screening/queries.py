"""What others ask of screening."""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.screening.models import Blocking, Hit, ListedAddress, ListEntry, ListVersion


def open_hits(customer_id: int) -> QuerySet[Hit]:
    """Hits of this customer that nobody has decided, the likeliest first."""
    return Hit.objects.filter(customer_id=customer_id, state__in=Hit.WAITING).order_by(
        "-score", "id"
    )


def waiting() -> QuerySet[Hit]:
    """The queue: addresses and sure names first. One index."""
    return Hit.objects.filter(state__in=Hit.WAITING).order_by("-score", "id")


def blockings(customer_id: int) -> QuerySet[Blocking]:
    """Since when this customer's property has to be blocked, and why."""
    return Blocking.objects.filter(customer_id=customer_id).order_by("known_at")


def earlier_decisions(hit: Hit) -> QuerySet[Hit]:
    """What was decided about the same two under other versions, the newest first."""
    return (
        Hit.objects.filter(customer_id=hit.customer_id, subject=hit.subject, entry=hit.entry_id)
        .exclude(pk=hit.pk)
        .exclude(decided_at=None)
        .order_by("-decided_at")
    )


def newest_versions() -> list[ListVersion]:
    """The newest version of each list."""
    return list(ListVersion.objects.order_by("source", "-number").distinct("source"))


def standing_counts() -> tuple[int, int]:
    """How many entries and addresses stand now."""
    return (
        ListEntry.objects.filter(removed_in=None).count(),
        ListedAddress.objects.filter(removed_in=None).count(),
    )
