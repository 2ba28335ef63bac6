"""What is known of withdrawals: a customer's own, what one would cost, what waits for staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from exchange.accounts.models import Customer
from exchange.assets.models import AssetNetwork
from exchange.core import clock
from exchange.core.money import ZERO
from exchange.ledger import queries as ledger
from wallets import chains
from wallets.chains.models import NetworkWatch
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import limits, values
from wallets.withdrawals.default_gates import withdrawn_by
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import UNSENT, State

MOST_ROWS = 1_000


class WithdrawalRow(NamedTuple):
    """A withdrawal as its customer sees it. `amount` arrives, the fee came on top of it."""

    id: int
    customer_id: int
    asset: str
    network: str  # "" for a transfer to another customer
    network_name: str
    amount: Decimal
    fee: Decimal
    state: str
    address: str
    memo: str
    recipient: str
    txid: str
    confirmations: int
    needed: int
    message: str
    can_cancel: bool
    at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


class Quote(NamedTuple):
    """What stands before a withdrawal of one asset over one network. Amounts in the asset."""

    asset: str
    network: str
    network_name: str
    memo_name: str
    available: Decimal
    fee: Decimal
    least: Decimal
    precision: int
    most: Decimal  # what can arrive now: balance less fee, within the day's limit
    left_today: Decimal | None  # in the asset; None when nobody knows what it is worth
    left_today_usdt: Decimal


def of_customer(
    *,
    customer_id: int,
    asset: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[WithdrawalRow]:
    """A customer's withdrawals, newest first. One indexed query and one for the tips."""
    rows = Withdrawal.objects.filter(customer_id=customer_id)
    if asset:
        rows = rows.filter(asset__code=asset)
    if since is not None:
        rows = rows.filter(requested_at__gte=since)
    if until is not None:
        rows = rows.filter(requested_at__lte=until)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return as_rows(_with_names(rows).order_by("-id")[: max(1, min(limit, MOST_ROWS))])


def one(*, customer_id: int, withdrawal_id: int) -> WithdrawalRow | None:
    """One withdrawal of this customer; None for another's."""
    rows = Withdrawal.objects.filter(pk=withdrawal_id, customer_id=customer_id)
    return next(iter(as_rows(_with_names(rows)[:1])), None)


def waiting_for_people() -> QuerySet[Withdrawal]:
    """Held withdrawals, the oldest first."""
    return Withdrawal.objects.filter(state=State.HELD).order_by("id")


def quote(*, customer_id: int, row: AssetNetwork) -> Quote:
    """What a withdrawal of this asset over this network costs and may be, for one customer."""
    asset = row.asset
    precision = min(asset.precision, row.decimals)
    available = ledger.balance(customer_id=customer_id, asset_id=asset.pk).available
    left_usdt = left_today(customer_id=customer_id)
    left = values.from_usdt(asset.code, left_usdt)
    most = available - row.withdraw_fee
    if left is not None:
        most = min(most, left)
    step = Decimal(1).scaleb(-precision)
    most = max(ZERO, most)
    return Quote(
        asset=asset.code,
        network=row.network.code,
        network_name=row.network.name,
        memo_name=row.network.memo_name if row.network.memo_required else "",
        available=available,
        fee=row.withdraw_fee,
        least=row.withdraw_min,
        precision=precision,
        most=most - most % step,
        left_today=None if left is None else left - left % step,
        left_today_usdt=left_usdt,
    )


def left_today(*, customer_id: int) -> Decimal:
    """What the person behind a customer may still withdraw now, in USDT: within 24 hours, and
    within 30 days when less of that is left."""
    owner_id = Customer.objects.get(pk=customer_id).self_trade_id
    tier, now = limits.tier_of(owner_id), clock.now()
    of_day = tier.daily - withdrawn_by(owner_id, now)
    of_month = tier.monthly - withdrawn_by(owner_id, now, span=limits.MONTH)
    return max(ZERO, min(of_day, of_month))


def networks_of(asset: str) -> list[AssetNetwork]:
    """Where an asset can be withdrawn to: open, and with a node of ours."""
    rows = AssetNetwork.objects.filter(
        asset__code=asset,
        asset__status="active",
        withdraw_enabled=True,
        network__code__in=chains.configured(),
    )
    return list(rows.select_related("asset", "network").order_by("network__name"))


def as_rows(found: Iterable[Withdrawal]) -> list[WithdrawalRow]:
    """Withdrawals, read with their names, as customers see them."""
    listed = list(found)
    tips = dict(
        NetworkWatch.objects.filter(
            network_id__in={w.asset_network.network_id for w in listed if w.asset_network}
        ).values_list("network_id", "height")
    )
    return [_row(each, tips) for each in listed]


def _row(each: Withdrawal, tips: dict[int, int]) -> WithdrawalRow:
    network = each.asset_network.network if each.asset_network is not None else None
    carrier = each.transaction
    height = carrier.height if carrier is not None else None
    seen = 0
    if network is not None and height is not None:
        seen = max(0, tips.get(network.pk, height) - height + 1)
    return WithdrawalRow(
        id=each.pk,
        customer_id=each.customer_id,
        asset=each.asset.code,
        network=network.code if network else "",
        network_name=network.name if network else "",
        amount=each.amount,
        fee=each.fee,
        state=each.state,
        address=each.address,
        memo=each.memo,
        recipient=_called(each.recipient),
        txid=carrier.txid if carrier is not None and each.state not in UNSENT else "",
        confirmations=min(seen, network.confirmations) if network else 0,
        needed=network.confirmations if network else 0,
        message=each.customer_message,
        can_cancel=_can_cancel(each),
        at=each.requested_at,
        sent_at=each.sent_at,
        closed_at=each.closed_at,
    )


def _can_cancel(each: Withdrawal) -> bool:
    """Until the signer was asked. The verb looks again, under locks."""
    carrier = each.transaction
    unseen = carrier is None or (
        carrier.state == ChainTransaction.State.PREPARED and carrier.asked_at is None
    )
    return each.state in (State.HELD, State.APPROVED) and unseen


def _called(recipient: Customer | None) -> str:
    """How a sender knows them: by the address that was typed, or by the number."""
    if recipient is None:
        return ""
    return recipient.user.email if recipient.user is not None else str(recipient.pk)


def _with_names(rows: QuerySet[Withdrawal]) -> QuerySet[Withdrawal]:
    return rows.select_related("asset", "asset_network__network", "transaction", "recipient__user")
