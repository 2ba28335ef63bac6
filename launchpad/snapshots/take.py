"""Take a snapshot once its moment is over, and check one from postings alone.

It is taken in one transaction: killed anywhere, nothing was done, and whoever comes next comes to
the same lines, because they follow from what was posted until the moment and from nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, copy, locks, outbox
from exchange.core.actors import system
from exchange.core.money import SCALE, ZERO, plain, received
from exchange.ledger import history
from exchange.ledger.accounts import SPOT
from launchpad.snapshots.models import Snapshot, SnapshotLine
from launchpad.snapshots.stakes import EARN, Stake, stakes_of

# A moment is over when no statement that began before it can still commit; the margin is for
# clocks that differ between machines. It delays a snapshot and never changes it.
MARGIN = timedelta(seconds=5)
ITSELF = system("snapshots.take")


class Line(NamedTuple):
    """One customer of a snapshot. Decimals in the asset."""

    customer_id: int
    held: Decimal
    staked: Decimal
    power: Decimal

    def written(self) -> bytes:
        held, staked, power = plain(self.held), plain(self.staked), plain(self.power)
        return f"{self.customer_id}:{held}:{staked}:{power}\n".encode()


class Compared(NamedTuple):
    """What a recount of a snapshot came to."""

    lines: int
    differences: list[str]  # the first of them, in words


Source = Callable[..., Iterator[list[history.Had]]]


def take(*, snapshot_id: int) -> bool:
    """Write the lines of a planned snapshot. False when it is taken, or its moment is not over."""
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.SNAPSHOT, snapshot_id):
            return False
        snapshot = (
            Snapshot.objects.select_for_update(of=("self",))
            .select_related("asset")
            .filter(pk=snapshot_id, state=Snapshot.State.PLANNED)
            .first()
        )
        if snapshot is None or not _is_over(snapshot):
            return False
        _write(snapshot)
        record(
            actor=ITSELF,
            verb="snapshots.take",
            target_type="holdings_snapshot",
            target_id=str(snapshot.pk),
            after={"holders": snapshot.holders, "power": snapshot.power, "digest": snapshot.digest},
        )
        outbox.announce("snapshots.taken", snapshot_id=snapshot.pk)
    return True


def recompute(*, snapshot_id: int, most: int = 20) -> Compared:
    """Add up every posting until the moment and compare: each line, and the digest of all.

    Reads no balance, so an error in `take` or a changed line cannot hide.
    """
    with transaction.atomic():
        snapshot = Snapshot.objects.select_related("asset").get(pk=snapshot_id)
        kept = (
            SnapshotLine.objects.filter(snapshot=snapshot)
            .order_by("customer_id")
            .values_list("customer_id", "held", "staked", "power")
            .iterator(chunk_size=5000)
        )
        found: list[str] = []
        count, digest = 0, hashlib.sha256()
        lines = (Line(*row) for row in kept)
        line = next(lines, None)
        for again in _lines(snapshot, history.recounted):
            count += 1
            digest.update(again.written())
            while line is not None and line.customer_id < again.customer_id:
                found.append(f"customer {line.customer_id}: has a line, and had nothing")
                line = next(lines, None)
            if line is None or line.customer_id > again.customer_id:
                found.append(f"customer {again.customer_id}: has no line, and had {again[1:]}")
                continue
            if line != again:
                found.append(f"customer {again.customer_id}: {line[1:]} instead of {again[1:]}")
            line = next(lines, None)
        while line is not None:
            found.append(f"customer {line.customer_id}: has a line, and had nothing")
            line = next(lines, None)
    if digest.hexdigest() != snapshot.digest:
        found.append("the digest of all lines is another one")
    return Compared(count, found[:most])


def due(*, limit: int = 20) -> list[int]:
    """Planned snapshots whose moment has passed, oldest first."""
    planned = Snapshot.objects.filter(
        state=Snapshot.State.PLANNED, at__lte=clock.now() - MARGIN
    ).order_by("at", "id")
    return list(planned.values_list("pk", flat=True)[:limit])


def _is_over(snapshot: Snapshot) -> bool:
    return clock.now() >= snapshot.at + MARGIN and history.settled(snapshot.at)


def _write(snapshot: Snapshot) -> None:
    digest = hashlib.sha256()
    held = staked = power = ZERO
    holders = 0
    for batch in _batches(_lines(snapshot, history.had)):
        copy.copy_rows(
            SnapshotLine._meta.db_table,
            ("snapshot_id", "customer_id", "held", "staked", "power"),
            ((snapshot.pk, *line) for line in batch),
        )
        for line in batch:
            digest.update(line.written())
            held, staked, power = held + line.held, staked + line.staked, power + line.power
        holders += len(batch)
    snapshot.holders, snapshot.held, snapshot.staked = holders, held, staked
    snapshot.power, snapshot.digest = power, digest.hexdigest()
    snapshot.state, snapshot.taken_at = Snapshot.State.TAKEN, clock.now()
    snapshot.save()


def _batches(lines: Iterator[Line], size: int = 5000) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(snapshot: Snapshot, source: Source) -> Iterator[Line]:
    """Lines in order of customers: what they held and staked, at the moment or on average.

    What is staked is never more than the ledger's account of it. The two are dated by two clocks:
    what moved within the same instant must not count as held and as staked.
    """
    rows = (
        row
        for batch in source(
            asset_id=snapshot.asset_id,
            at=snapshot.at,
            since=snapshot.since,
            purposes=[SPOT, EARN],
        )
        for row in batch
    )
    stakes = stakes_of(asset_id=snapshot.asset_id, at=snapshot.at, since=snapshot.since)
    stake = next(stakes, None)
    for customer_id, of_one in groupby(rows, key=lambda row: row.customer_id):
        amounts = {row.purpose: row.total if row.average is None else row.average for row in of_one}
        while stake is not None and stake.customer_id < customer_id:
            stake = next(stakes, None)
        staked = weighed = ZERO
        if stake is not None and stake.customer_id == customer_id:
            staked, weighed = _bounded(stake, amounts.get(EARN, ZERO))
        held = amounts.get(SPOT, ZERO)
        if held or staked:
            yield Line(customer_id, held, staked, held + weighed)


def _bounded(stake: Stake, in_ledger: Decimal) -> tuple[Decimal, Decimal]:
    """What counts as staked, and what it weighs: all of it, or the part that the ledger has."""
    if stake.amount <= in_ledger:
        return stake.amount, received(stake.weighed / 100, SCALE)
    part = stake.weighed * in_ledger / stake.amount if in_ledger else ZERO
    return in_ledger, received(part / 100, SCALE)
