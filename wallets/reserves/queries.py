"""What a snapshot says: what is owed and what is proved, asset by asset."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet, Sum

from exchange.core.money import ZERO, from_units
from wallets.reserves.models import ReserveAddress, ReserveHolding, Snapshot


class Figures(NamedTuple):
    """One asset of a snapshot. Decimals in the asset."""

    code: str
    owed: Decimal
    proved: Decimal
    unproved: Decimal  # at addresses of ours that have not signed: counted for nothing
    holders: int
    leaves: int

    @property
    def percent(self) -> Decimal | None:
        """Proved reserves against what is owed, rounded down; None where nothing is owed."""
        if not self.owed:
            return None
        return (self.proved * 100 / self.owed).quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    @property
    def covered(self) -> bool:
        return self.proved >= self.owed


class NetworkProofs(NamedTuple):
    """The addresses of one network: how many there are and how many have signed."""

    network: str
    height: int
    block_hash: str
    addresses: int
    proved: int


def published() -> QuerySet[Snapshot]:
    """Newest first."""
    return Snapshot.objects.filter(state=Snapshot.State.PUBLISHED).order_by("-taken_at")


def figures(snapshot: Snapshot) -> list[Figures]:
    """Per asset, those that customers hold first. Two queries."""
    held: dict[str, tuple[Decimal, Decimal]] = {}
    rows = (
        ReserveHolding.objects.filter(address__snapshot=snapshot)
        .values_list("asset__code", "decimals")
        .annotate(
            proved=Sum("units", filter=Q(address__proved_at__isnull=False)),
            unproved=Sum("units", filter=Q(address__proved_at__isnull=True)),
        )
    )
    for code, decimals, proved, unproved in rows:
        before = held.get(code, (ZERO, ZERO))
        held[code] = (
            before[0] + from_units(int(proved or 0), decimals),
            before[1] + from_units(int(unproved or 0), decimals),
        )
    found = [
        Figures(
            tree.code,
            from_units(int(tree.owed), tree.decimals),
            *held.pop(tree.code, (ZERO, ZERO)),
            tree.holders,
            tree.leaves,
        )
        for tree in snapshot.trees.select_related("asset").order_by("asset__rank", "code")
    ]
    return found + [Figures(code, ZERO, *sums, 0, 0) for code, sums in sorted(held.items())]


def proofs_by_network(snapshot: Snapshot) -> list[NetworkProofs]:
    rows = (
        snapshot.addresses.values_list("network__code", "height", "block_hash")
        .annotate(Count("pk"), Count("proved_at"))
        .order_by("network__code")
    )
    return [NetworkProofs(*row) for row in rows]


def largest_addresses(snapshot: Snapshot, limit: int) -> list[ReserveAddress]:
    """Cold wallets first: those that hold most stand where a reader begins."""
    return list(
        snapshot.addresses.select_related("network")
        .prefetch_related("holdings__asset")
        .order_by("role", "network__code", "pk")[:limit]
    )
