"""Draft a sale, change a draft, and take an approved one back to be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from launchpad.sales import checks, moves
from launchpad.sales.errors import NotReady
from launchpad.sales.models import Sale, SaleTier
from launchpad.sales.states import State

DRAFTS = "launchpad.draft_sale"
FIELDS = (
    "name", "about", "risks", "website", "asset", "quote", "project", "mode", "price", "lot",
    "offered", "least", "most", "ticket_lots", "most_places", "withdrawable", "kyc_tier",
    "countries_excluded", "public_input", "fee_ppm", "first_ppm", "cliff_days", "periods",
    "period_days", "claim_days", "snapshot_at", "opens_at", "closes_at", "distributes_at",
)  # fmt: skip


class NewTier(NamedTuple):
    name: str
    least_held: Decimal
    most: Decimal


def save(
    *,
    values: Mapping[str, Any],
    tiers: Sequence[NewTier],
    actor: Actor,
    reason: str,
    sale_id: int | None = None,
) -> Sale:
    """Write a draft down, or change one. `values` are the fields of FIELDS.

    Grave problems are refused here, so that no draft is found to be impossible by whoever approves
    it. Raises PermissionRefused, Invalid, NotReady when it is no draft any more.
    """
    actor.require(DRAFTS)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise Invalid(f"A sale has no {sorted(unknown)[0]}.", field=sorted(unknown)[0])
    with transaction.atomic():
        sale = moves.locked(sale_id) if sale_id is not None else Sale(created_at=clock.now())
        if sale.state != State.DRAFT:
            raise NotReady("Only drafts are changed.", limit=sale.state)
        before = {name: str(getattr(sale, name)) for name in values} if sale.pk else {}
        for name, value in values.items():
            setattr(sale, name, value)
        its_tiers = [SaleTier(**tier._asdict()) for tier in tiers]
        checks.refuse_grave(sale, its_tiers)
        sale.save()
        sale.tiers.all().delete()
        for tier in its_tiers:
            tier.sale = sale
        SaleTier.objects.bulk_create(its_tiers)
        after = {name: str(getattr(sale, name)) for name in values}
        record(
            actor=actor,
            verb="sales.draft",
            target=sale,
            reason=reason,
            before={name: was for name, was in before.items() if was != after[name]},
            after={
                **{name: now for name, now in after.items() if before.get(name) != now},
                "tiers": [f"{t.name}: {t.least_held} BMX, {t.most}" for t in tiers],
            },
        )
    return sale


def reopen(*, sale_id: int, actor: Actor, reason: str) -> Sale:
    """Take an approved sale back to be changed; it needs approval again. Raises NotReady once its
    tokens stand ready: then it is cancelled, and drafted anew."""
    actor.require(DRAFTS)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if sale.funded_from:
            raise NotReady("Its tokens stand ready already: cancel it and draft another.")
        moves.move(sale, State.DRAFT, actor=actor, reason=reason, told=False)
    return sale
