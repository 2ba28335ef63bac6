"""What our addresses hold, as the blocks say that we have followed; and what they must sign.

Called inside the snapshot's transaction: the cursors of the networks and what the followers wrote
commit together, so both are of the same block.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django.db import connection

from wallets.reserves.models import ReserveAddress, ReserveHolding, Snapshot

BATCH = 1000

# Coins of UTXO chains and balances of account chains. A coin of a block that is not old enough to
# count yet for customers is ours all the same.
_HELD = """
SELECT a.id, a.address, k.role, k.scheme, w.network_id, n.code, w.height, w.hash,
       h.asset_id, h.decimals, h.contract, h.units
  FROM (
        SELECT c.address_id, an.asset_id, an.decimals, an.contract, sum(c.units) AS units
          FROM wallets_coin c
          JOIN exchange_network n ON n.id = c.network_id
          JOIN exchange_asset s ON s.code = n.native_asset
          JOIN exchange_assetnetwork an ON an.network_id = n.id AND an.asset_id = s.id
         WHERE c.spent_height IS NULL
         GROUP BY c.address_id, an.id
         UNION ALL
        SELECT b.address_id, an.asset_id, an.decimals, an.contract, b.units
          FROM wallets_accountbalance b
          JOIN exchange_assetnetwork an ON an.id = b.asset_network_id
         WHERE b.units > 0
       ) h
  JOIN wallets_address a ON a.id = h.address_id
  JOIN wallets_keyset k ON k.id = a.key_set_id
  JOIN exchange_network n ON n.id = a.network_id
  JOIN wallets_networkwatch w ON w.network_id = a.network_id
 ORDER BY a.id, h.asset_id
"""


class Held(NamedTuple):
    address_id: int
    written: str
    role: str
    scheme: str
    network_id: int
    network: str
    height: int
    block_hash: str
    asset_id: int
    decimals: int
    contract: str
    units: int


def message(snapshot: Snapshot, held: Held) -> str:
    """What the owner of an address signs: one line that is of no use for any other day or block."""
    assert snapshot.taken_at is not None
    return (
        f"Holdfast proof of reserves {snapshot.name}: "
        f"at {snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ} Holdfast controls {held.written} "
        f"on {held.network}, block {held.height} {held.block_hash}"
    )


def keep(snapshot: Snapshot) -> int:
    """Write down every address that holds something. Returns how many. Memory does not grow."""
    kept, rows, last = 0, _held(), None
    for batch in iter(lambda: list(islice(rows, BATCH)), []):
        addresses: dict[int, ReserveAddress] = {}
        for held in batch:
            if held.address_id not in addresses and (last is None or last[0] != held.address_id):
                addresses[held.address_id] = _address(snapshot, held)
        ReserveAddress.objects.bulk_create(addresses.values())
        # An address with several assets may begin in one batch and end in the next.
        known = {**({last[0]: last[1]} if last else {}), **addresses}
        ReserveHolding.objects.bulk_create(
            ReserveHolding(
                address=known[held.address_id],
                asset_id=held.asset_id,
                decimals=held.decimals,
                contract=held.contract,
                units=held.units,
            )
            for held in batch
        )
        kept += len(addresses)
        last = (batch[-1].address_id, known[batch[-1].address_id])
    return kept


def _address(snapshot: Snapshot, held: Held) -> ReserveAddress:
    return ReserveAddress(
        snapshot=snapshot,
        network_id=held.network_id,
        address_id=held.address_id,
        written=held.written,
        role=held.role,
        scheme=held.scheme,
        height=held.height,
        block_hash=held.block_hash,
        message=message(snapshot, held),
    )


def _held() -> Iterator[Held]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_HELD)
        while rows := cursor.fetchmany(BATCH):
            yield from (Held._make((*row[:-1], int(row[-1]))) for row in rows)
