"""What this room tells those who watch (`core.facts`).

A withdrawal over a chain counts from the request, for an attempt matters even when it is taken
back; that it was sent, or closed without, is a fact besides. A transfer to another customer counts
when it is theirs. The person is the main account; `extra` names the account when it is another.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.accounts import told
from exchange.accounts.models import LoginDevice
from exchange.core import clock, facts
from exchange.core.facts import FactKind
from exchange.core.money import plain
from exchange.ledger import queries as ledger
from wallets.withdrawals.models import Withdrawal


def requested(row: Withdrawal) -> None:
    """Amounts are held already: `share` is what this takes of what the account had of the asset."""
    if row.asset_network is None:
        return
    left = ledger.balance(customer_id=row.customer_id, asset_id=row.asset_id).available
    total = row.amount + row.fee
    _tell(
        FactKind.CRYPTO_WITHDRAWAL,
        row,
        at=row.requested_at,
        share=plain((total / max(total + left, total)).quantize(Decimal("0.0001"))),
    )


def sent(row: Withdrawal) -> None:
    _tell(FactKind.WITHDRAWAL_SENT, row, at=clock.now())


def closed(row: Withdrawal) -> None:
    if row.asset_network is not None:
        _tell(FactKind.WITHDRAWAL_CLOSED, row, at=clock.now(), state=row.state)


def given(row: Withdrawal) -> None:
    assert row.recipient is not None
    _tell(FactKind.TRANSFER, row, at=clock.now(), counterparty_id=row.recipient.self_trade_id)


def _tell(
    kind: FactKind,
    row: Withdrawal,
    *,
    at: datetime,
    counterparty_id: int | None = None,
    **extra: Any,
) -> None:
    if row.customer_id != row.owner_id:
        extra["account"] = row.customer_id
    if row.asset_network is not None:
        extra["network"] = row.asset_network.network.code
    facts.report(
        kind=kind,
        customer_id=row.owner_id,
        counterparty_id=counterparty_id,
        at=at,
        reference=str(row.pk),
        asset=row.asset.code,
        amount=row.amount,
        usd=row.value_usdt,
        device=told.word_for(LoginDevice.objects.filter(pk=row.device_id or 0).first()),
        ip=row.ip,
        address=row.key,
        extra=extra,
    )
