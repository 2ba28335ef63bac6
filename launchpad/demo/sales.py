"""Token sales alive: one open with some hundred commitments, one coming, one over that still
releases its tokens. Step by step in real time where the database's own dates count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

from django.db import transaction

from compliance.identity.models import Identity
from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.errors import Refused
from exchange.ledger import queries as ledger
from launchpad.sales import announce, approve, commit, draft, fund, run
from launchpad.sales.models import Sale, Subscription
from launchpad.sales.states import State
from launchpad.snapshots import take
from wallets.chains import nodes
from wallets.demo import faucet

SEED = system("demo seed")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEAST_PEOPLE = 3
A_STEP = 40  # commitments at once: the figures are seen to grow
WANTED = {"TIDAL": 120, "GROVE": 320}
NAMED = ("alice@holdfast.example", "bob@holdfast.example", "carol@holdfast.example")
TIERS = [
    draft.NewTier("Everybody", D(0), D(500)),
    draft.NewTier("Bronze", D(20), D(1500)),
    draft.NewTier("Silver", D(200), D(3000)),
]
RISK = (
    "Most new tokens are worth less a year later than on their first day, many nothing. The network"
    " may never be finished. Nobody promises that the token will trade, or at which price. Pay only"
    " what you can lose entirely."
)


def seed() -> int:
    """Do the next step of each. Returns how many things were new."""
    project = _project()
    done = _happened(project)
    done += _announced(_running(project)) + _announced(_coming(project))
    running = Sale.objects.filter(asset__code="GROVE", state=State.OPEN).first()
    if running is not None:
        done += _commitments(running)
    _mine_for_draws()
    return done


def _over(project: Customer) -> dict[str, Any]:
    """In proportion, a fifth at once, the rest in six months; a part of it is due now."""
    now = clock.now()
    return {
        **_terms("TIDAL", "Tidal", project, now),
        "name": "Tidal: power from the sea",
        "mode": "pro_rata",
        "public_input": "inputs",
        "price": D("0.05"), "lot": D(1), "offered": D(400_000), "least": D(10), "most": D(3000),
        "first_ppm": 200_000, "periods": 6, "period_days": 30, "claim_days": 20,
        "opens_at": now + 2 * DAY, "closes_at": now + 5 * DAY, "distributes_at": now + 6 * DAY,
    }  # fmt: skip


def _running(project: Customer) -> dict[str, Any]:
    """A lottery of tickets of 25 USDT."""
    now = clock.now()
    return {
        **_terms("GROVE", "Grove", project, now),
        "name": "Grove: forests on a ledger",
        "mode": "tickets",
        "price": D("0.25"), "lot": D(10), "ticket_lots": 10, "offered": D(120_000),
        "least": D(25), "most": D(3000),
        "first_ppm": 250_000, "cliff_days": 30, "periods": 3, "period_days": 30,
        "snapshot_at": now + timedelta(seconds=30), "opens_at": now + timedelta(seconds=60),
        "closes_at": now + 3 * DAY, "distributes_at": now + 3 * DAY + 6 * HOUR,
    }  # fmt: skip


def _coming(project: Customer) -> dict[str, Any]:
    """First come, first served, in three days."""
    now = clock.now()
    return {
        **_terms("KITEX", "Kite", project, now),
        "name": "Kite: wind far above the ground",
        "mode": "first_come",
        "withdrawable": False,
        "price": D("1.2"), "lot": D(1), "offered": D(50_000), "least": D(12), "most": D(3000),
        "snapshot_at": now + 2 * DAY, "opens_at": now + 3 * DAY, "closes_at": now + 4 * DAY,
        "distributes_at": now + 4 * DAY + HOUR,
    }  # fmt: skip


def _terms(code: str, name: str, project: Customer, now: datetime) -> dict[str, Any]:
    asset, _made = Asset.objects.get_or_create(
        code=code, defaults={"name": name, "precision": 8, "kind": "token", "rank": 90_000}
    )
    return {
        "about": f"{name} is an invented project of this demo. Its token pays for what the"
        " network does once it works; it is no share in a company and brings no votes.",
        "risks": RISK,
        "asset": asset,
        "quote": Asset.objects.get(code="USDT"),
        "project": project,
        "fee_ppm": 30_000,
        "snapshot_at": now + DAY,
    }


def _project() -> Customer:
    email = "projects@holdfast.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    return Customer.objects.get_or_create(user=user, defaults={"name": "Invented projects"})[0]


def _announced(values: dict[str, Any]) -> int:
    """Bring a sale from terms to its announcement, unless there is one of its token."""
    if Sale.objects.filter(asset=values["asset"]).exists():
        return 0
    with transaction.atomic():
        sale = draft.save(values=values, tiers=TIERS, actor=SEED, reason="the demo's sales")
        terms = approve.fingerprint(sale)
        approve.carry_out(payload={"sale_id": sale.pk, "terms": terms}, actor=SEED)
        fund.carry_out(payload={"sale_id": sale.pk, "source": "house:capital"}, actor=SEED)
        announce.announce(sale_id=sale.pk, actor=SEED, reason="the demo's sales")
    return 1


def _happened(project: Customer) -> int:
    """Let the sale that is over happen, in its own time. One transaction: the sweep, which lives in
    ours, would close it at once. What follows the close is the sweep's."""
    if Sale.objects.filter(asset__code="TIDAL").exists():
        return 0
    began = clock.now() - 45 * DAY
    with transaction.atomic():
        with clock.held_at(began):
            _announced(_over(project))
        sale = Sale.objects.get(asset__code="TIDAL")
        if len(_people(sale, set())) < LEAST_PEOPLE:
            transaction.set_rollback(True)  # the demo's customers are not there yet
            return 0
        assert sale.snapshot is not None
        take.take(snapshot_id=sale.snapshot)
        with clock.held_at(sale.opens_at + HOUR):
            run.open_due(sale.pk)
            made = _commitments(sale, at_once=WANTED["TIDAL"])
        with clock.held_at(sale.closes_at):
            run.close_due(sale.pk)
    return made


def _commitments(sale: Sale, *, at_once: int = A_STEP) -> int:
    """Let the next of the demo's customers commit some of their money."""
    taken = set(Subscription.objects.filter(sale=sale).values_list("customer_id", flat=True))
    wanted = WANTED[sale.asset.code]
    made = 0
    for customer_id, free in _people(sale, taken):
        if made >= at_once or len(taken) + made >= wanted:
            break
        pick = Random(f"{sale.pk}:{customer_id}")  # noqa: S311  every demo is the same
        unit = sale.ticket_price if sale.mode == "tickets" else D(10)
        units = min(int(free / unit), int(D(500) / unit), pick.choice([1, 2, 4, 4, 8, 12, 20, 50]))
        if not units:
            continue
        try:
            commit.commit(
                sale_id=sale.pk,
                customer_id=customer_id,
                total=units * unit,
                risks_accepted=True,
                actor=SEED,
            )
        except Refused:
            continue
        made += 1
    return made


def _people(sale: Sale, taken: set[int]) -> list[tuple[int, D]]:
    """Identified customers with money, the named traders first."""
    named = Customer.objects.filter(user__email__in=NAMED).values_list("pk", flat=True)
    known = Identity.objects.filter(approved_at__isnull=False, lapsed_at=None, tier__gte=1)
    ids: Sequence[int] = [
        *named, *known.order_by("pk").values_list("customer_id", flat=True)[:2000],
    ]  # fmt: skip
    balances = ledger.balances_of_many(customer_ids=ids, asset_ids=[sale.quote_id])
    free = {owner: rows[0][1] for owner, rows in balances.items()}
    return [(each, free[each]) for each in dict.fromkeys(ids) if each in free and each not in taken]


def _mine_for_draws() -> None:
    """A draw waits for a block, and nobody else mines a development chain that rests."""
    waits = Sale.objects.filter(state=State.CLOSED, block_height__isnull=False).exists()
    if waits and "BTC" in nodes.configured() and nodes.node("BTC").development:
        faucet.mine(network="BTC", blocks=2)
