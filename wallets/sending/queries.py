"""What is under way, what a wallet holds, and what nobody can explain."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet, Sum

from exchange.assets.models import Network
from wallets.addresses.models import Address, KeySet
from wallets.sending.models import AccountBalance, ChainTransaction, Coin, ForeignSpend
from wallets.sending.spendable import native_of

State = ChainTransaction.State
UNDER_WAY = [State.PREPARED, State.SIGNED, State.BROADCAST, State.DROPPED]


class Unexplained(NamedTuple):
    """Something left an address of ours in a block, and no transaction of ours says why."""

    address: Address
    txid: str
    what: str
    height: int


def unexplained(*, network: Network, height: int) -> list[Unexplained]:
    """Spends from our addresses in one block that no transaction of ours explains.

    The follower of this room runs before those of the rooms above, so that within one block they
    can already ask. One indexed query.
    """
    rows = ForeignSpend.objects.filter(network=network, height=height).select_related(
        "address__key_set"
    )
    return [Unexplained(r.address, r.txid, r.what, r.height) for r in rows.order_by("id")]


def under_way(*, network: Network) -> QuerySet[ChainTransaction]:
    """Transactions that no block has decided yet, the oldest first."""
    return ChainTransaction.objects.filter(network=network, state__in=UNDER_WAY).order_by("id")


def on_chain(*, key_set: KeySet) -> dict[int, int]:
    """What a wallet holds after the followed blocks, by asset-network id, in base units."""
    if key_set.network.family == "evm":
        rows = (
            AccountBalance.objects.filter(address__key_set=key_set)
            .order_by()
            .values("asset_network")
            .annotate(total=Sum("units"))
        )
        return {row["asset_network"]: int(row["total"]) for row in rows}
    total = Coin.objects.filter(address__key_set=key_set, spent_height__isnull=True).aggregate(
        total=Sum("units")
    )["total"]
    return {native_of(key_set.network_id).pk: int(total or 0)}


def confirmations(row: ChainTransaction, *, tip: int) -> int:
    """Blocks on top of it, its own included; 0 while no block has it."""
    return 0 if row.height is None else max(0, tip - row.height + 1)
