"""What is known of deposits: a customer's own, those under way, and what is not credited yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet, Sum

from exchange.core.money import from_units
from wallets.chains.models import NetworkWatch
from wallets.deposits import confirmations, states
from wallets.deposits.models import Deposit

State = Deposit.State
MOST_ROWS = 1_000
# States in which the chain holds coins for which the ledger has no entry.
NOT_BOOKED = (
    State.CONFIRMING, State.CHECKED, State.HELD, State.BELOW_MINIMUM, State.NO_OWNER,
    State.REFUSED, State.IGNORED,
)  # fmt: skip


class DepositRow(NamedTuple):
    """A deposit as its customer sees it. Amount in the asset."""

    id: int
    customer_id: int
    asset: str
    network: str
    network_name: str
    amount: Decimal
    state: str
    confirmations: int
    needed: int
    address: str
    memo: str
    txid: str
    at: datetime
    changed_at: datetime
    credited_at: datetime | None


def of_customer(
    *,
    customer_id: int,
    asset: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[DepositRow]:
    """A customer's deposits, newest first. One indexed query and one for the tips."""
    rows = Deposit.objects.filter(customer_id=customer_id, asset_network__isnull=False)
    if asset:
        rows = rows.filter(asset_network__asset__code=asset)
    if since is not None:
        rows = rows.filter(seen_at__gte=since)
    if until is not None:
        rows = rows.filter(seen_at__lte=until)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return as_rows(_with_names(rows).order_by("-id")[: max(1, min(limit, MOST_ROWS))])


def one(*, customer_id: int, deposit_id: int) -> DepositRow | None:
    """One deposit of this customer; None for another's."""
    rows = Deposit.objects.filter(
        pk=deposit_id, customer_id=customer_id, asset_network__isnull=False
    )
    return next(iter(as_rows(_with_names(rows)[:1])), None)


def under_way(*, network_id: int, limit: int = MOST_ROWS) -> list[DepositRow]:
    """Deposits of customers that move with every block of a network."""
    rows = Deposit.objects.filter(
        network=network_id,
        state__in=states.UNDER_WAY,
        customer_id__isnull=False,
        asset_network__isnull=False,
    )
    return as_rows(_with_names(rows).order_by("id")[:limit])


def as_rows(deposits: Iterable[Deposit]) -> list[DepositRow]:
    """Deposits, read with their names, as customers see them."""
    found = list(deposits)
    tips = dict(
        NetworkWatch.objects.filter(network__in={d.network_id for d in found}).values_list(
            "network_id", "height"
        )
    )
    return [_row(deposit, tips.get(deposit.network_id, 0)) for deposit in found]


def not_booked() -> dict[tuple[str, str], Decimal]:
    """By (asset, network): what our addresses received and the ledger has no entry for.

    Together with custody's balance it is what the chains hold for us. One grouped query.
    """
    rows = (
        Deposit.objects.filter(
            state__in=NOT_BOOKED, height__isnull=False, asset_network__isnull=False
        )
        .values_list("asset_network__asset__code", "network__code", "asset_network__decimals")
        .annotate(units=Sum("units"))
        .order_by()
    )
    found: dict[tuple[str, str], Decimal] = {}
    for asset, network, decimals, units in rows:
        key = asset, network
        found[key] = found.get(key, Decimal(0)) + from_units(int(units), decimals)
    return found


def _with_names(rows: QuerySet[Deposit]) -> QuerySet[Deposit]:
    return rows.select_related("asset_network__asset", "network", "address")


def _row(deposit: Deposit, tip: int) -> DepositRow:
    needed = confirmations.needed(deposit)
    assert deposit.customer_id is not None
    return DepositRow(
        id=deposit.pk,
        customer_id=deposit.customer_id,
        asset=deposit.asset_code,
        network=deposit.network.code,
        network_name=deposit.network.name,
        amount=deposit.creditable,
        state=deposit.state,
        confirmations=min(confirmations.have(deposit, tip), needed),
        needed=needed,
        address=deposit.address.address,
        memo=deposit.address.memo,
        txid=deposit.txid,
        at=deposit.seen_at,
        changed_at=deposit.changed_at,
        credited_at=deposit.credited_at,
    )
