"""Token sales for tests, brought to where a test begins by the verbs that staff and tasks use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from exchange.accounts.models import Customer
from exchange.core import clock
from launchpad.sales import announce, approve, commit, draft, fund, run
from launchpad.sales.models import Sale, Subscription
from launchpad.snapshots.models import Snapshot, SnapshotLine
from tests import factories
from tests.factories.accounts import acting
from tests.factories.identity import identified

RISKS = "You can lose all that you pay."


def values(**changes: Any) -> dict[str, Any]:
    """Terms: 1,000 NEW in lots of 1 at 0.25 USDT; it opened 40 minutes ago, for two hours more."""
    base = clock.now() - timedelta(hours=1)
    given = {
        "name": "New token",
        "about": "A token of a project.",
        "risks": RISKS,
        "asset": factories.asset("NEW"),
        "quote": factories.asset("USDT"),
        "mode": "pro_rata",
        "price": Decimal("0.25"),
        "lot": Decimal(1),
        "offered": Decimal(1000),
        "least": Decimal(1),
        "most": Decimal(10_000),
        "public_input": "inputs",
        "kyc_tier": 1,
        "snapshot_at": base + timedelta(minutes=10),
        "opens_at": base + timedelta(minutes=20),
        "closes_at": base + timedelta(hours=3),
        "distributes_at": base + timedelta(hours=4),
        **changes,
    }
    if given["mode"] == "tickets":  # 25 tickets of 10 USDT
        given = {"ticket_lots": 40, **given, "least": changes.get("least", Decimal(10))}
    if "project" not in given:
        given["project"] = factories.customer()
    return given


TIERS = [
    draft.NewTier("everybody", Decimal(0), Decimal(1000)),
    draft.NewTier("holders", Decimal(500), Decimal(10_000)),
]


def drafted(*, tiers: list[draft.NewTier] | None = None, **changes: Any) -> Sale:
    factories.asset("BMX")
    return draft.save(
        values=values(**changes), tiers=tiers or TIERS, actor=factories.SYSTEM, reason="a test"
    )


def funded(**changes: Any) -> Sale:
    """Approved, and its tokens stand ready."""
    sale = drafted(**changes)
    with transaction.atomic():
        approve.carry_out(
            payload={"sale_id": sale.pk, "terms": approve.fingerprint(sale)},
            actor=factories.SYSTEM,
        )
        fund.carry_out(
            payload={"sale_id": sale.pk, "source": "house:capital"}, actor=factories.SYSTEM
        )
    sale.refresh_from_db()
    return sale


def announced(**changes: Any) -> Sale:
    """Announced an hour ago; its snapshot was taken and names nobody."""
    sale = funded(**changes)
    with clock.held_at(sale.snapshot_at - timedelta(minutes=5)):
        announce.announce(sale_id=sale.pk, actor=factories.SYSTEM, reason="a test")
    sale.refresh_from_db()
    Snapshot.objects.filter(pk=sale.snapshot, state="planned").update(
        state="taken", taken_at=sale.snapshot_at, digest="0" * 64
    )
    return sale


def opened(**changes: Any) -> Sale:
    sale = announced(**changes)
    assert run.open_due(sale.pk)
    sale.refresh_from_db()
    return sale


def closed(sale: Sale) -> Sale:
    with clock.held_at(sale.closes_at):
        assert run.close_due(sale.pk)
        run.name_block(sale.pk)
    sale.refresh_from_db()
    return sale


def buyer(usdt: str = "1000", *, sale: Sale | None = None, bmx: str = "") -> Customer:
    """Somebody identified who has so much money, and held so much BMX when the snapshot came."""
    who = factories.customer()
    identified(who)
    if Decimal(usdt):
        factories.fund(who, "USDT", usdt)
    if sale is not None and bmx:
        SnapshotLine.objects.create(
            snapshot_id=sale.snapshot, customer=who, held=bmx, staked=0, power=bmx
        )
    return who


def commits(who: Customer, sale: Sale, total: str) -> Subscription:
    return commit.commit(
        sale_id=sale.pk,
        customer_id=who.pk,
        total=Decimal(total),
        risks_accepted=True,
        actor=acting(who),
    )
