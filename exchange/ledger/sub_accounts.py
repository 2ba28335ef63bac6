"""Move money between a customer's own accounts: the main one and its sub-accounts.

The request number makes a retry safe: asked again with the same contents it is the same transfer,
with other contents it is refused.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exchange.accounts.models import Customer, Restriction
from exchange.accounts.standing import standings
from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import money
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Invalid, NotFound, PermissionRefused
from exchange.ledger import post
from exchange.ledger.accounts import customer_accounts
from exchange.ledger.models import SubAccountTransfer

REQUEST_NO = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
MOST_ROWS = 100


class UnknownAsset(NotFound):
    code = "unknown_asset"
    message = _("There is no such currency.")


class TransferRow(NamedTuple):
    """One transfer, as its customer sees it. Amount in the asset."""

    source_id: int
    destination_id: int
    asset: str
    amount: Decimal
    at: datetime


def transfer(
    *,
    source_id: int,
    destination_id: int,
    asset: str,
    amount: Decimal,
    request_no: str,
    actor: Actor,
) -> SubAccountTransfer:
    """Move an available amount from one account to another of the same customer.

    The main account may move any of its family's money, a sub-account its own. Raises Invalid
    (request_no, amount, account), UnknownAsset, InsufficientFunds, KeyReused, Restricted when the
    source may not withdraw, PermissionRefused.
    """
    if not REQUEST_NO.fullmatch(request_no):
        raise Invalid("1 to 64 letters, digits, dots, dashes or underscores.", field="requestNo")
    with transaction.atomic():
        parent_id = _family(source_id, destination_id)
        if actor.kind != SYSTEM and actor.customer_id not in (parent_id, source_id):
            raise PermissionRefused
        # Whoever may not withdraw must not reach the door by way of a neighbour's account.
        known = standings(customer_ids=[source_id], kind=Restriction.Kind.WITHDRAWAL)
        known[source_id].refuse_if_restricted()
        coin = Asset.objects.filter(code=asset).first()
        if coin is None:
            raise UnknownAsset(field="currency")
        amount = money.parse(amount, field="amount", precision=coin.precision)
        return _post(parent_id, source_id, destination_id, coin, amount, request_no, actor)


def _family(source_id: int, destination_id: int) -> int:
    """The main account that both belong to. Raises NotFound, Invalid."""
    found = Customer.objects.in_bulk([source_id, destination_id])
    if source_id == destination_id:
        raise Invalid("Source and destination are the same account.", field="account")
    parents = {customer.self_trade_id for customer in found.values()}
    if len(found) != 2 or len(parents) != 1:
        raise NotFound("There is no such sub-account.", field="account")
    return parents.pop()


def _post(
    parent_id: int,
    source_id: int,
    destination_id: int,
    coin: Asset,
    amount: Decimal,
    request_no: str,
    actor: Actor,
) -> SubAccountTransfer:
    pairs = {(source_id, coin.pk), (destination_id, coin.pk)}
    accounts = customer_accounts(pairs)
    entry = post.transfer(
        kind="sub_account_transfer",
        reference=f"{parent_id}:{request_no}",
        source=accounts[source_id, coin.pk],
        destination=accounts[destination_id, coin.pk],
        amount=amount,
    )
    made, is_new = SubAccountTransfer.objects.get_or_create(
        entry=entry,
        defaults={
            "parent_id": parent_id,
            "request_no": request_no,
            "source_id": source_id,
            "destination_id": destination_id,
            "asset": coin,
            "amount": amount,
        },
    )
    if is_new:
        record(
            actor=actor,
            verb="ledger.transfer_between_sub_accounts",
            target=made,
            after={
                "from": source_id,
                "to": destination_id,
                "asset": coin.code,
                "amount": amount,
            },
        )
    return made


def transfers(
    *, parent_id: int, account_id: int | None = None, limit: int = MOST_ROWS
) -> list[TransferRow]:
    """A family's transfers, newest first, at most 100; with `account_id` those of one account."""
    rows = SubAccountTransfer.objects.filter(parent_id=parent_id)
    if account_id is not None:
        rows = rows.filter(Q(source_id=account_id) | Q(destination_id=account_id))
    named = rows.order_by("-id").values_list(
        "source_id", "destination_id", "asset__code", "amount", "created_at"
    )
    return [TransferRow(*row) for row in named[: max(1, min(limit, MOST_ROWS))]]
