"""How an asset is spread over hot and cold, and who may change that: two people together."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from exchange.assets.models import Asset
from exchange.audit.models import Proposal
from exchange.audit.proposals import proposal_kind, propose
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from wallets.custody.models import WHOLE, WalletPolicy

CHANGE = "wallets.change_walletpolicy"
FIELDS = (
    "cold_minimum_bp",
    "hot_target_bp",
    "hot_high_bp",
    "hot_low_bp",
    "outflow_deviations",
    "outflow_share_bp",
    "outflow_alone_bp",
)
# A policy under which withdrawals can't be paid, or a detector can't trip, is a mistake.
MOST_DEVIATIONS = 50


def policies() -> dict[int | None, WalletPolicy]:
    """Every policy by asset id; None is the one for all others. One query."""
    found = {row.asset_id: row for row in WalletPolicy.objects.all()}
    found.setdefault(None, WalletPolicy())
    return found


def policy_of(asset_id: int) -> WalletPolicy:
    """The asset's own policy, or the one for all; with no row at all, the defaults. One query."""
    rows = {
        row.asset_id: row
        for row in WalletPolicy.objects.filter(asset_id=asset_id)
        | WalletPolicy.objects.filter(asset__isnull=True)
    }
    return rows.get(asset_id) or rows.get(None) or WalletPolicy()


def propose_policy(*, asset: str, shares: dict[str, int], actor: Actor, reason: str) -> Proposal:
    """Ask for another policy of one asset (or of all, with an empty code). A second person decides.

    Raises PermissionRefused, NotFound, Invalid naming the field.
    """
    actor.require(CHANGE)
    _asset(asset)
    _validated(shares)
    return propose(
        kind="custody.set_policy",
        payload={"asset": asset, "shares": shares},
        summary=f"Wallet policy of {asset or 'every asset'}",
        reason=reason,
        actor=actor,
    )


@proposal_kind("custody.set_policy", permission_to_propose=CHANGE, permission_to_approve=CHANGE)
def _set_policy(*, payload: dict[str, Any], actor: Actor) -> str:
    shares = _validated(payload["shares"])
    asset = _asset(payload["asset"])
    with transaction.atomic():
        WalletPolicy.objects.get_or_create(asset=asset)
        row = WalletPolicy.objects.select_for_update().get(asset=asset)
        before = {name: getattr(row, name) for name in FIELDS}
        for name, value in shares.items():
            setattr(row, name, value)
        _in_order(row)
        row.save()
        record(
            actor=actor,
            verb="custody.set_policy",
            target=row,
            before=before,
            after={name: getattr(row, name) for name in FIELDS},
        )
    return f"{row} is changed"


def _asset(code: str) -> Asset | None:
    if not code:
        return None
    found = Asset.objects.filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no asset {code}.", field="asset")
    return found


def _validated(shares: dict[str, int]) -> dict[str, int]:
    if not shares or set(shares) - set(FIELDS):
        raise Invalid("Name what is to change.", field="shares", limit=list(FIELDS))
    for name, value in shares.items():
        least, most = (2, MOST_DEVIATIONS) if name == "outflow_deviations" else (0, WHOLE)
        if not isinstance(value, int) or not least <= value <= most:
            raise Invalid(f"{name} must be from {least} to {most}.", field=name, limit=most)
    _in_order(WalletPolicy(**shares))
    return shares


def _in_order(row: WalletPolicy) -> None:
    if not row.hot_low_bp <= row.hot_target_bp <= row.hot_high_bp:
        raise Invalid("Low, target and high must rise.", field="hot_target_bp")
    if row.hot_high_bp + row.cold_minimum_bp > WHOLE:
        raise Invalid(
            "What hot may hold and what cold must hold are more than everything.",
            field="hot_high_bp",
            limit=WHOLE - row.cold_minimum_bp,
        )
