"""What can be deposited, over which networks, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext, gettext_lazy

from exchange.assets.models import Asset, AssetNetwork
from exchange.core.errors import NotFound
from wallets.addresses.models import KeySet
from wallets.deposits import pauses


class UnknownAsset(NotFound):
    code = "unknown_asset"
    message = gettext_lazy("There is no such currency.")


class Coin(NamedTuple):
    """An asset that can be deposited, and over how many networks."""

    code: str
    name: str
    networks: int


class Offer(NamedTuple):
    """An asset on one network. Amount in the asset; `paused` says why nothing is credited now."""

    asset: str
    name: str
    network_id: int
    network: str
    network_name: str
    minimum: Decimal
    confirmations: int
    memo_name: str  # empty where an address needs no memo
    is_native: bool
    paused: str


def coins() -> list[Coin]:
    """Every asset that can be deposited somewhere, the most prominent first."""
    found: dict[str, Coin] = {}
    for row in _open():
        code = row.asset.code
        before = found.get(code)
        found[code] = Coin(code, row.asset.name, before.networks + 1 if before else 1)
    return list(found.values())


def of_asset(code: str) -> list[Offer]:
    """The networks over which one asset can be deposited; empty when there are none."""
    return [_offer(row) for row in _open(code)]


def named(currency: str) -> Offer:
    """What the wire calls BTC or USDT-ERC20: an asset, and a network where it has several.

    Without a network it is the one that the asset pays for, else the first. Raises UnknownAsset,
    or NotFound when it can't be deposited there.
    """
    code, _, network = currency.strip().upper().partition("-")
    offered = of_asset(code)
    if network:
        offered = [offer for offer in offered if offer.network == network]
    if not offered:
        if not Asset.objects.filter(code=code).exists():
            raise UnknownAsset(field="currency")
        raise NotFound(gettext("Deposits of this currency are not open."), field="currency")
    return next((offer for offer in offered if offer.is_native), offered[0])


def _open(code: str = "") -> Iterable[AssetNetwork]:
    """Rows whose network makes deposit addresses. One query."""
    rows = (
        AssetNetwork.objects.filter(
            deposit_enabled=True,
            asset__status=Asset.Status.ACTIVE,
            network__key_sets__role=KeySet.Role.DEPOSIT,
            network__key_sets__active=True,
        )
        .select_related("asset", "network")
        .order_by("asset__rank", "asset__code", "id")
    )
    rows = rows.filter(asset__code=code) if code else rows
    return (row for row in rows if row.contract or row.asset.code == row.network.native_asset)


def _offer(row: AssetNetwork) -> Offer:
    return Offer(
        asset=row.asset.code,
        name=row.asset.name,
        network_id=row.network_id,
        network=row.network.code,
        network_name=row.network.name,
        minimum=row.deposit_min,
        confirmations=row.network.confirmations,
        memo_name=row.network.memo_name if row.network.memo_required else "",
        is_native=row.network.native_asset == row.asset.code,
        paused=pauses.reason(row),
    )
