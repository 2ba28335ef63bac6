"""Announce a sale: from now on its dates, its rules and the hash of its secret are public."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.core import clock, facts, vault
from exchange.core.actors import Actor
from exchange.ledger.accounts import locked_available
from launchpad.sales import checks, draw, fund, moves, tiers
from launchpad.sales.draft import DRAFTS
from launchpad.sales.errors import NotReady
from launchpad.sales.models import WHOLE_PPM, Sale, SaleBook, SaleRelease
from launchpad.sales.states import State
from launchpad.snapshots import plan


def announce(*, sale_id: int, actor: Actor, reason: str) -> Sale:
    """Publish an approved sale whose tokens stand ready, and plan the snapshot of BMX.

    Raises PermissionRefused, NotReady, Invalid for terms that became impossible meanwhile.
    """
    actor.require(DRAFTS)
    with transaction.atomic():
        sale = moves.locked(sale_id)
        if sale.state != State.APPROVED or not sale.funded_from:
            raise NotReady(_("It must be approved, and its tokens must stand ready."))
        tokens = fund.tokens_account(sale)
        if locked_available([tokens])[tokens] < sale.offered:
            raise NotReady(_("Its account holds fewer tokens than are offered."))
        now = clock.now()
        if sale.snapshot_at <= now:
            raise NotReady(_("The moment of the snapshot has passed."), field="snapshot_at")
        checks.refuse_grave(sale, list(sale.tiers.all()))
        snapshot = plan.plan(
            asset_id=tiers.bmx_id(),
            at=sale.snapshot_at,
            average_of=tiers.AVERAGE_OF,
            why=f"sale {sale.pk}: {sale.name}",
        )
        secret = secrets.token_bytes(32)
        SaleBook.objects.create(sale=sale)
        SaleRelease.objects.bulk_create(schedule(sale))
        moves.move(
            sale,
            State.ANNOUNCED,
            actor=actor,
            reason=reason,
            announced_at=now,
            snapshot=snapshot.pk,
            seed_sealed=vault.seal(secret, context=f"sale:{sale.pk}"),
            seed_hash=draw.digest(secret),
        )
        _tell_monitoring(sale)
    return sale


def _tell_monitoring(sale: Sale) -> None:
    """Whoever bought the token just before everybody knew is worth a look, as with listings."""
    facts.report(
        kind=facts.FactKind.LISTING_ANNOUNCED,
        customer_id=sale.project_id,
        at=clock.now(),
        reference=sale.purpose,
        asset=sale.asset.code,
        extra={
            "market": f"{sale.asset.code}_{sale.quote.code}",
            "insiders": [sale.project_id],
        },
    )


def schedule(sale: Sale) -> list[SaleRelease]:
    """When which share is released: with the distribution, then a period after the cliff, and so
    on. Shares are counted from the start, so the last one makes it whole."""
    parts = [SaleRelease(sale=sale, number=0, due_at=sale.distributes_at, upto_ppm=sale.first_ppm)]
    rest = WHOLE_PPM - sale.first_ppm
    for number in range(1, sale.periods + 1):
        days = sale.cliff_days + number * sale.period_days
        parts.append(
            SaleRelease(
                sale=sale,
                number=number,
                due_at=sale.distributes_at + timedelta(days=days),
                upto_ppm=sale.first_ppm + rest * number // sale.periods,
            )
        )
    return parts
