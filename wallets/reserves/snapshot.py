"""Take a snapshot: keep one moment of the ledger and of the chains we follow.

Everything is read in one repeatable-read transaction, so no balance is counted twice or missed
while customers trade on, and what the chains held is as of the very blocks whose cursors that
transaction sees. A process that dies leaves nothing behind; `reserves.sweep` starts again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction

from exchange.audit.record import record
from exchange.core import clock, copy, dispatch
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.moment import one_moment
from exchange.core.money import to_units
from exchange.ledger import queries as ledger
from wallets.reserves import holdings
from wallets.reserves.models import LiabilityTree, Snapshot

log = logging.getLogger(__name__)

State = Snapshot.State
UNDER_WAY = (State.REQUESTED, State.BUILDING)
ITSELF = system("reserves.take")


class BooksDoNotBalance(Refused):
    """What customers have is not what the house's accounts say against it."""

    code = "books_do_not_balance"


class BelowZero(Refused):
    """A customer's balance is negative: it would hide what is owed to others."""

    code = "balance_below_zero"


def request(*, actor: Actor, reason: str) -> Snapshot:
    """Ask for a snapshot; it is taken within seconds. Raises Conflict while one is under way."""
    actor.require("wallets.take_snapshot")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        _lock_names()
        if standing := Snapshot.objects.filter(state__in=UNDER_WAY).first():
            raise Conflict(f"Snapshot {standing.name} is under way.", limit=standing.name)
        snapshot = Snapshot.objects.create(name=_next_name(), requested_by=actor.label)
        record(actor=actor, verb="reserves.request_snapshot", target=snapshot, reason=reason)
        dispatch.after_commit("reserves.advance", queue="reports", snapshot_id=snapshot.pk)
    return snapshot


def discard(*, snapshot_id: int, actor: Actor, reason: str) -> Snapshot:
    """Give up a snapshot that is not published. Raises Conflict for one that is, or is given up."""
    actor.require("wallets.take_snapshot")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        snapshot = locked(snapshot_id)
        before = snapshot.state
        if before in (State.PUBLISHED, State.DISCARDED):
            raise Conflict(f"Snapshot {snapshot.name} is {before} already.", limit=before)
        snapshot.state, snapshot.says = State.DISCARDED, reason
        snapshot.save(update_fields=["state", "says"])
        record(
            actor=actor,
            verb="reserves.discard_snapshot",
            target=snapshot,
            reason=reason,
            before={"state": before},
            after={"state": snapshot.state},
        )
    return snapshot


def locked(snapshot_id: int) -> Snapshot:
    """The row, locked until the transaction ends. Raises NotFound."""
    found = Snapshot.objects.select_for_update().filter(pk=snapshot_id).first()
    if found is None:
        raise NotFound("There is no such snapshot.", field="snapshot")
    return found


def keep_moment(*, snapshot_id: int) -> bool:
    """Copy balances and holdings of this moment. False when that is done, or somebody does it.

    A snapshot that cannot be honest is marked as failed, with the reason, and nothing is kept.
    """
    try:
        with one_moment():
            snapshot = (
                Snapshot.objects.select_for_update(skip_locked=True)
                .filter(pk=snapshot_id, state=State.REQUESTED)
                .first()
            )
            if snapshot is None:
                return False
            _keep(snapshot)
    except (BooksDoNotBalance, BelowZero) as refusal:
        _fail(snapshot_id, str(refusal))
        return False
    return True


def written(moment: datetime) -> str:
    """A time as it is published: 2026-11-26T12:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _keep(snapshot: Snapshot) -> None:
    snapshot.taken_at = clock.now().replace(microsecond=0)
    _keep_balances(_keep_trees(snapshot))
    snapshot.holders = _keep_holders(snapshot)
    addresses = holdings.keep(snapshot)
    snapshot.state = State.BUILDING
    snapshot.save(update_fields=["taken_at", "holders", "state"])
    record(
        actor=ITSELF,
        verb="reserves.take_snapshot",
        target=snapshot,
        after={
            "taken_at": written(snapshot.taken_at),
            "holders": snapshot.holders,
            "addresses": addresses,
        },
    )


def _keep_trees(snapshot: Snapshot) -> dict[int, LiabilityTree]:
    trees = []
    for each in ledger.owed():
        if each.customers + each.house != 0:
            raise BooksDoNotBalance(
                f"{each.code}: customers have {each.customers}, the house {each.house}.",
                field=each.code,
            )
        if each.holders == 0:
            continue
        decimals = max(each.precision, each.digits)
        trees.append(
            LiabilityTree(
                snapshot=snapshot,
                asset_id=each.asset_id,
                code=each.code,
                decimals=decimals,
                owed=to_units(each.customers, decimals),
                house=to_units(each.house, decimals),
                holders=each.holders,
            )
        )
    LiabilityTree.objects.bulk_create(trees)
    return {tree.asset_id: tree for tree in trees}


def _keep_balances(trees: dict[int, LiabilityTree]) -> None:
    """Copy every balance, and check that they are as many and as much as the trial balance says."""
    left = {asset_id: [int(tree.owed), tree.holders] for asset_id, tree in trees.items()}
    for batch in ledger.owed_to_each():
        lines = []
        for asset_id, customer_id, total, lowest in batch:
            if lowest < 0:
                raise BelowZero(f"Customer {customer_id} is below zero.", field="customer")
            tree = trees[asset_id]
            units = _units(total, tree.decimals)
            left[asset_id][0] -= units
            left[asset_id][1] -= 1
            lines.append(f"{tree.pk}\t{customer_id}\t{units}")
        copy.copy_lines("wallets_liability", ["tree_id", "customer_id", "units"], lines)
    for asset_id, (units, holders) in left.items():
        if units or holders:
            raise BooksDoNotBalance(f"{trees[asset_id].code}: balances do not sum to the total.")


def _units(total: Decimal, decimals: int) -> int:
    return int(total.scaleb(decimals))


def _keep_holders(snapshot: Snapshot) -> int:
    """Who they are, as they will recognise themselves; a sub-account by its owner's address."""
    query = """
        INSERT INTO wallets_snapshotholder (snapshot_id, customer_id, name)
        SELECT %s, d.customer_id, concat_ws(' ', d.customer_id, u.email)
          FROM (SELECT DISTINCT l.customer_id
                  FROM wallets_liability l JOIN wallets_liabilitytree t ON t.id = l.tree_id
                 WHERE t.snapshot_id = %s) d
          LEFT JOIN exchange_customer c ON c.id = d.customer_id
          LEFT JOIN exchange_customer p ON p.id = c.parent_id
          LEFT JOIN exchange_user u ON u.id = coalesce(c.user_id, p.user_id)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [snapshot.pk, snapshot.pk])
        return int(cursor.rowcount)


def _fail(snapshot_id: int, why: str) -> None:
    log.error("snapshot %s can't be taken: %s", snapshot_id, why)
    with transaction.atomic():
        snapshot = locked(snapshot_id)
        snapshot.state, snapshot.says = State.FAILED, why[:500]
        snapshot.save(update_fields=["state", "says"])
        record(actor=ITSELF, verb="reserves.fail_snapshot", target=snapshot, reason=why[:500])


def _lock_names() -> None:
    """Two requests at once would otherwise both see that none is under way."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE wallets_snapshot IN SHARE ROW EXCLUSIVE MODE")


def _next_name() -> str:
    day = clock.now().strftime("%Y-%m-%d")
    taken = Snapshot.objects.filter(name__startswith=day).count()
    return f"{day}-{taken + 1}"
