"""Kill switches of single assets and networks: which names there are."""

from __future__ import annotations

from collections.abc import Callable

from exchange.assets.models import AssetNetwork
from exchange.core import switches


def _of(field: str, about: str) -> Callable[[], list[str]]:
    """Asks for the codes of what is open that way: one read of a small table."""

    def names() -> list[str]:
        rows = AssetNetwork.objects.filter(**{field: True}).order_by()
        return list(rows.values_list(about, flat=True).distinct())

    return names


for direction, field, out in (
    ("withdrawals", "withdraw_enabled", True),
    ("deposits", "deposit_enabled", False),
):
    switches.family(f"{direction}:asset", _of(field, "asset__code"), money_out=out)
    switches.family(f"{direction}:network", _of(field, "network__code"), money_out=out)
