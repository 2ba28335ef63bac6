"""Small deposits add up: those to one address, of one asset, are credited together as soon as they
reach the minimum. Each stays a row of its own, with its own confirmations, gates and ledger entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from exchange.assets.models import Network
from exchange.core.money import ZERO, plain
from wallets.deposits import states
from wallets.deposits.models import Deposit

State = Deposit.State
MOST_AT_ONCE = 2_000  # the oldest first; the next arrival goes on with the rest


def gather(network: Network, address_ids: Collection[int]) -> list[Deposit]:
    """Let small deposits to these addresses go on where together they reach the minimum. Part of
    the transaction that writes an arrival down. Returns those that go on."""
    rows = (
        Deposit.objects.select_for_update(of=("self",))
        .filter(
            network=network,
            state=State.BELOW_MINIMUM,
            address_id__in=address_ids,
            height__isnull=False,
            asset_network__isnull=False,
            customer_id__isnull=False,
        )
        .select_related("asset_network__asset")
        .order_by("id")[:MOST_AT_ONCE]
    )
    groups: defaultdict[tuple[int, int], list[Deposit]] = defaultdict(list)
    for row in rows:
        if row.creditable > ZERO:  # less than the ledger's smallest unit adds nothing
            assert row.asset_network_id is not None
            groups[row.asset_network_id, row.address_id].append(row)
    gathered = [row for group in groups.values() if _reaches(group) for row in group]
    for row in gathered:
        row.save()
    return gathered


def _reaches(group: list[Deposit]) -> bool:
    """Whether a group is enough; then each of it goes on, and says why."""
    listed = group[0].asset_network
    assert listed is not None
    together: Decimal = sum((row.creditable for row in group), ZERO)
    if together < listed.deposit_min:
        return False
    says = f"{len(group)} to this address reach {plain(together)} {listed.asset.code} together"
    for row in group:
        states.move(row, State.CONFIRMING, reason=says)
    return True
