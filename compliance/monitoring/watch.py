"""Watch new facts: take a batch of those that wait, ask every active scenario, raise alerts.

One transaction takes the facts off the queue and raises the alerts they give: a worker that dies
half-way has done neither, and a batch that comes twice finds alerts standing. One watches at a
time (an advisory lock). Its engine remembers the past in the worker's memory; whatever goes wrong,
that memory is thrown away and read anew from the facts, and what somebody else watched meanwhile
is read before going on.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from compliance.monitoring import raising, versions
from compliance.monitoring.models import Alert, Scenario, Watch
from exchange.core import clock, locks

if TYPE_CHECKING:
    import pyarrow as pa

    from compliance.monitoring.engine import Live

log = logging.getLogger(__name__)

BATCH = 6_000  # costs little more than a batch of 600: most of it is per scenario
FOR_SECONDS = 8.0  # a task's worth; the next one goes on
# Ids are drawn before the commit: what others watched may lie this far below the highest known.
STRAGGLERS = 50_000

_TAKE = """
DELETE FROM exchange_waitingfact WHERE fact_id IN (
    SELECT fact_id FROM exchange_waitingfact ORDER BY fact_id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING fact_id
"""


@dataclass(slots=True)
class Watched:
    """What one round did."""

    facts: int = 0
    alerts: int = 0


@dataclass(slots=True)
class _Memory:
    """The engine of this process, up to which batch it has seen, and which versions it runs."""

    live: Live
    batch: int
    rows: dict[str, Scenario]

    @property
    def versions(self) -> set[int]:
        return {row.pk for row in self.rows.values()}


_memory: _Memory | None = None


def watch(*, seconds: float = FOR_SECONDS) -> Watched:
    """Watch what waits, batch by batch, for a bounded time. Safe to run twice and beside itself."""
    done = Watched()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        batch = watch_batch()
        done.facts += batch.facts
        done.alerts += batch.alerts
        if batch.facts < BATCH:
            break
    return done


def watch_batch(limit: int = BATCH) -> Watched:
    """One batch in one transaction."""
    if not _somebody_waits():
        return Watched()
    try:
        with transaction.atomic():
            if not locks.try_hold(locks.Lock.WATCH):
                return Watched()
            return _watch(limit)
    except BaseException:
        forget()
        raise


def forget() -> None:
    """Throw the memory away; the next batch reads it anew."""
    global _memory
    _memory = None


def _watch(limit: int) -> Watched:
    state, _ = Watch.objects.get_or_create(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        ids = sorted(row[0] for row in cursor.fetchall())
    if not ids:
        return Watched()
    memory = _current(state, ids)
    events, accounts = _read(ids)
    found = memory.live.observe(events, accounts)
    raised = raising.raise_all(found, memory.rows, origin=Alert.Origin.LIVE)
    state.batch += 1
    state.facts += len(ids)
    state.watched_at = clock.now()
    state.save()
    # When this commits, the memory is right; when it does not, `watch_batch` forgets it.
    memory.batch = state.batch
    return Watched(facts=len(ids), alerts=sum(each.is_new for each in raised))


def _current(state: Watch, ids: list[int]) -> _Memory:
    """The memory as it must be before this batch: everything that was watched, nothing twice."""
    global _memory
    rows = {row.name: row for row in versions.active()}
    if _memory is None or _memory.versions != {row.pk for row in rows.values()}:
        _memory = _remembered(state, rows, ids)
    elif _memory.batch != state.batch:
        _catch_up(_memory, ids)
        _memory.batch = state.batch
    return _memory


def _remembered(state: Watch, rows: dict[str, Scenario], ids: list[int]) -> _Memory:
    from compliance.monitoring import history
    from compliance.monitoring.engine import Active, Live
    from compliance.monitoring.scenarios import scenario_named

    started = time.monotonic()
    live = Live([Active(scenario_named(name), versions.params_of(r)) for name, r in rows.items()])
    for part in history.watched_since(clock.now() - history.LONGEST):
        live.remember(_without(part, ids))
    live.remember(accounts=history.all_accounts())
    log.info("monitoring remembers up to fact %s, %.1f s", live.last_id, time.monotonic() - started)
    return _Memory(live, state.batch, rows)


def _catch_up(memory: _Memory, ids: list[int]) -> None:
    """Somebody else has watched since: read what they did."""
    from compliance.monitoring import history

    above = max(0, memory.live.last_id - STRAGGLERS)
    known = memory.live.store.execute("SELECT id FROM facts WHERE id > ?", [above]).fetchall()
    memory.live.remember(_without(history.missing((row[0] for row in known), above), ids))


def _read(ids: list[int]) -> tuple[pa.Table, pa.Table]:
    """The facts of a batch, and whom they concern."""
    from compliance.monitoring import history

    events = history.events_of(ids)
    users = set(events["user"].unique().to_pylist())
    others = {each for each in events["counterparty"].unique().to_pylist() if each}
    concerned = {int(each) for each in users | others if each.isdigit() and len(each) < 19}
    return events, history.accounts_of(concerned)


def _without(events: pa.Table, ids: list[int]) -> Any:
    """The batch is off the queue already, in this transaction; it is observed, not remembered."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return events.filter(pc.invert(pc.is_in(events["id"], value_set=pa.array(ids, pa.int64()))))


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM exchange_waitingfact)")
        return bool(cursor.fetchone()[0])


def behind() -> timedelta | None:
    """How long the oldest waiting fact has waited; None when nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.known_at FROM exchange_waitingfact w JOIN exchange_fact f ON f.id = w.fact_id"
            " ORDER BY w.fact_id LIMIT 1"
        )
        row = cursor.fetchone()
    return clock.now() - row[0] if row else None
