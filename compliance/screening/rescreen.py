"""Screen everybody again: after each change of a list against what changed, or against all of it.

A pass is a row with a cursor. Each batch of customers is one transaction with its hits and the
cursor's move, so a worker may be killed anywhere and another goes on. Passes go one after the
other, the oldest first; of two workers one takes the batch and the other finds nothing to do.
"""

from __future__ import annotations

import time

from django.db import transaction

from compliance.screening import index
from compliance.screening.addresses import MOST_KEYS, seen
from compliance.screening.block import meet_again
from compliance.screening.index import NameIndex, listed
from compliance.screening.models import ListedAddress, ListEntry, ListVersion, Rescreen, Screened
from compliance.screening.raise_hits import mark_screened, raise_for
from compliance.screening.subjects import main_accounts, of_customers
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict

PERMISSION = "compliance.import_list"
TASK, QUEUE = "screening.rescreen", "reports"
BATCH = 250
Kind, State = Rescreen.Kind, Rescreen.State
_deltas: dict[int, NameIndex] = {}


def start_delta(*, version: ListVersion, actor: Actor) -> Rescreen:
    """Begin a pass over everybody against what a version added or changed."""
    return _start(Kind.DELTA, version, actor)


def start_full(*, actor: Actor) -> Rescreen:
    """Begin a pass over everybody against every list. Raises Conflict while one is under way."""
    actor.require(PERMISSION)
    with transaction.atomic():
        if Rescreen.objects.filter(kind=Kind.FULL, state=State.RUNNING).exists():
            raise Conflict("A pass over all lists is under way.")
        started = _start(Kind.FULL, None, actor)
        record(actor=actor, verb="screening.start_full", target=started)
    return started


def _start(kind: str, version: ListVersion | None, actor: Actor) -> Rescreen:
    now = clock.now()
    started = Rescreen.objects.create(
        kind=kind,
        version=version,
        total=Customer.objects.filter(parent=None).count(),
        started_at=now,
        started_by=actor.label,
        moved_at=now,
    )
    dispatch.after_commit(TASK, queue=QUEUE)
    return started


def go_on(*, seconds: float = 2.0, batch: int = BATCH) -> int:
    """Do batches until the time is up or nothing is left. Returns how many customers were done.

    Safe to run twice and alongside itself.
    """
    until = time.monotonic() + seconds
    done = 0
    while time.monotonic() < until:
        with transaction.atomic():
            row = (
                Rescreen.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(state=State.RUNNING)
                .order_by("pk")
                .first()
            )
            if row is None or _is_later(row):
                return done
            done += _step(row, batch)
    return done


def unfinished() -> bool:
    return Rescreen.objects.filter(state=State.RUNNING).exists()


def _is_later(row: Rescreen) -> bool:
    """Another worker holds an older pass: deltas must not overtake each other."""
    return Rescreen.objects.filter(state=State.RUNNING, pk__lt=row.pk).exists()


def _step(row: Rescreen, batch: int) -> int:
    count = _names(row, batch) if row.addresses_done else _addresses(row)
    row.moved_at = clock.now()
    row.save()
    return count


def _addresses(row: Rescreen) -> int:
    """Look back over the next addresses that this version added; in a full pass over all."""
    rows = ListedAddress.objects.filter(removed_in=None, pk__gt=row.cursor)
    if row.version_id is not None:
        rows = rows.filter(added_in_id=row.version_id)
    found = list(rows.order_by("pk").values_list("pk", "key")[:MOST_KEYS])
    if not found:
        row.addresses_done, row.cursor = True, 0
        return 0
    row.hits += meet_again(seen([key for _, key in found]))
    row.cursor = found[-1][0]
    return 0


def _names(row: Rescreen, batch: int) -> int:
    ids = main_accounts(above=row.cursor, limit=batch)
    if not ids:
        row.state, row.ended_at, row.done = State.DONE, clock.now(), row.total
        _deltas.pop(row.pk, None)
        return 0
    newest, names = _index_of(row)
    through = row.version_id or newest
    known = dict(
        Screened.objects.filter(customer_id__in=ids, through_id__gte=through).values_list(
            "customer_id", "customer_version"
        )
    )
    due = ids if row.kind == Kind.FULL else [pk for pk in ids if pk not in known]
    versions = dict.fromkeys(due, 0)
    for subject in of_customers(due) if names.entries else []:
        versions[subject.customer_id] = max(versions[subject.customer_id], subject.version)
        row.hits += len(raise_for(subject, within=names))
    if names.entries:
        mark_screened(versions, through=through)
    row.cursor = ids[-1]
    row.done = min(row.done + len(ids), max(row.total, 1))
    return len(ids)


def _index_of(row: Rescreen) -> tuple[int, NameIndex]:
    """Of a delta: only what its version added or changed and still stands."""
    if row.version_id is None:
        return index.current()
    if row.pk not in _deltas:
        _deltas.clear()
        entries = ListEntry.objects.filter(changed_in_id=row.version_id, removed_in=None)
        _deltas[row.pk] = NameIndex(listed(entries))
    return row.version_id, _deltas[row.pk]
