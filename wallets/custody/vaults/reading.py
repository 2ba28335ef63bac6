"""What the shares are worth, read from the chain at the block that we have followed to.

Books and worth are compared at one block, so that a move between two looks changes neither gain
nor loss. A gain belongs to nobody until it is booked; a loss beyond what rounding costs is missing
from what we hold, and reconciliation says so.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from exchange.core import clock
from exchange.core.money import from_units
from wallets.addresses import issue
from wallets.chains.interface import ChainUnavailable
from wallets.chains.models import NetworkWatch
from wallets.custody.models import Vault
from wallets.custody.vaults.calls import Reader

log = logging.getLogger(__name__)
TRIES = 3


class Lent(NamedTuple):
    """One vault as reconciliation sees it. Decimals in the asset."""

    vault: Vault
    asset_id: int
    book: Decimal
    worth: Decimal
    not_booked: Decimal  # gained, or lost by rounding alone

    @property
    def lost(self) -> bool:
        return self.worth < self.book + self.not_booked


def read(vault_id: int) -> Vault:
    """Look at a vault's shares. Raises ChainUnavailable, also while blocks come faster than we
    read."""
    vault = Vault.objects.select_related("key_set__network").get(pk=vault_id)
    network = vault.key_set.network
    own = issue.own_address(key_set_id=vault.key_set_id).address
    for _ in range(TRIES):
        seen = NetworkWatch.objects.get(network=network)
        reader = Reader(network.code, seen.hash)
        shares = reader.shares(vault.address, own)
        worth = reader.worth(vault.address, shares)
        with transaction.atomic():
            cursor = NetworkWatch.objects.select_for_update().get(pk=seen.pk)
            if cursor.hash != seen.hash:
                continue
            fresh = Vault.objects.select_for_update(of=("self",)).get(pk=vault_id)
            fresh.shares, fresh.gained, fresh.last_error = shares, worth - fresh.book, ""
            fresh.read_height, fresh.read_at = seen.height, clock.now()
            fresh.save(update_fields=["shares", "gained", "read_height", "read_at", "last_error"])
            return fresh
    raise ChainUnavailable(f"{network.code} moves faster than its vault is read")


def read_all() -> int:
    """Every vault that something is in. Returns how many were read; the others say why not."""
    done = 0
    for vault_id in Vault.objects.order_by("pk").values_list("pk", flat=True):
        try:
            read(vault_id)
            done += 1
        except ChainUnavailable as why:
            log.warning("vault %s is not read: %s", vault_id, why)
            Vault.objects.filter(pk=vault_id).update(last_error=str(why)[:500])
    return done


def lent() -> list[Lent]:
    """Every vault, in the caller's moment. One query."""
    rows = Vault.objects.select_related(
        "key_set__network", "asset_network__asset", "asset_network__network"
    )
    return [_lent(row) for row in rows.order_by("pk")]


def hold(vault_id: int) -> None:
    """No block comes between a booking and the ledger: the first lock of whoever books."""
    NetworkWatch.objects.select_for_update().get(network__key_sets__vaults=vault_id)


def change_book(*, vault_id: int, units: int) -> None:
    """A gain (or, negative, a loss) was booked in the ledger. Part of that transaction, which holds
    the vault (`hold`)."""
    Vault.objects.filter(pk=vault_id).update(book=F("book") + units, gained=F("gained") - units)


def rounding(vault: Vault) -> int:
    """The most that rounding may have cost: ERC-4626 rounds each move in the vault's favour."""
    return int(vault.moved)


def _lent(row: Vault) -> Lent:
    decimals = row.asset_network.decimals
    unexplained = row.gained < -rounding(row)
    return Lent(
        vault=row,
        asset_id=row.asset_network.asset_id,
        book=from_units(row.book, decimals),
        worth=from_units(row.worth, decimals),
        not_booked=from_units(0 if unexplained else row.gained, decimals),
    )
