"""Run scenarios: over a history at once, or over what a batch of new facts touches.

Both run the same compiled expression. `Live` keeps the recent facts in an embedded column store of
the worker's own (in memory, or in a file that survives a restart), so a batch costs one append and,
for each scenario that its kinds can trigger, one query over the histories of those concerned.

    live = Live(active_scenarios)
    live.remember(facts_table(rows_before), accounts)     # at the start: histories, no findings
    findings = live.observe(facts_table(new_rows))        # then batch after batch
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from compliance.monitoring.columns import moment
from compliance.monitoring.scenarios import Params, Scenario, catalogue, scenario_named
from compliance.monitoring.scenarios.definition import ACCOUNTS, DAY, EVENTS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from ibis import Table

FORGET_EVERY = 500  # batches
MEMORY = "1GB"


@dataclass(frozen=True)
class Active:
    """A scenario with the numbers that somebody activated, or is about to."""

    scenario: Scenario
    params: Params

    @classmethod
    def default(cls, scenario: Scenario) -> Active:
        return cls(scenario, scenario.params)

    @property
    def name(self) -> str:
        return self.scenario.name


def defaults() -> list[Active]:
    """The whole catalogue with the numbers it is shipped with."""
    return [Active.default(each) for each in catalogue()]


@dataclass(frozen=True)
class Finding:
    """What a scenario says about somebody, before it is an alert."""

    scenario: str
    version: int
    user: str
    at: datetime
    window_start: datetime
    window_end: datetime
    severity: int
    action: str  # "alert" or "hold"
    explanation: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    ring: tuple[str, ...] = ()  # everybody in it, the user included, when there is more than one

    @property
    def key(self) -> tuple[str, str, datetime]:
        return (self.user, self.scenario, self.window_start)


def findings_of(active: Active, table: pa.Table) -> list[Finding]:
    """The rows of a scenario's answer as findings, in time order, one per cooldown and subject."""
    scenario = active.scenario
    rows = sorted(table.to_pylist(), key=lambda row: (row["t"], row["user"]))
    return [_finding(scenario, row) for row in rows]


@dataclass
class Cooldown:
    """Lets the first finding about a subject pass, and the next when its time is over."""

    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def pass_through(self, findings: Iterable[Finding], scenario: Scenario) -> list[Finding]:
        passed = []
        for finding in findings:
            key = (finding.user, finding.scenario)
            before = self.last.get(key)
            if before is not None:
                since = (finding.at - before).total_seconds() * 1000
                if since < scenario.cooldown:
                    continue
            self.last[key] = finding.at
            passed.append(finding)
        return passed


def run(
    events: pa.Table,
    accounts: pa.Table,
    active: Sequence[Active] | None = None,
    *,
    told: Callable[[str], None] | None = None,
) -> list[Finding]:
    """Every scenario over a whole history, on the embedded engine."""
    store = open_store()
    store.register("events", events)
    store.register("accounts", accounts)
    kinds = set(events["kind"].unique().to_pylist())
    cooldown = Cooldown()
    found: list[Finding] = []
    for each in active if active is not None else defaults():
        if can_judge(each.scenario, kinds):
            table = store.execute(compiled(each, "duckdb")).fetch_arrow_table()
            found += cooldown.pass_through(findings_of(each, table), each.scenario)
        if told:
            told(each.name)
    store.close()
    return sorted(found, key=lambda finding: (finding.at, finding.user, finding.scenario))


def can_judge(scenario: Scenario, kinds: set[str]) -> bool:
    """A history without a single trade can't say who did not trade."""
    return bool(kinds & set(scenario.triggers)) and set(scenario.needs) <= kinds


class Live:
    """The worker's memory of recent facts, and the scenarios that watch it.

    A batch costs one append, one pass over the memory for the histories of everybody whom some
    scenario wants to see, and a prepared statement for each scenario that has somebody to look at.
    """

    def __init__(self, active: Sequence[Active] | None = None, *, path: str = ":memory:") -> None:
        self.active = list(active) if active is not None else defaults()
        self.cooldown = Cooldown()
        self.store = open_store(path)
        self._looked: dict[str, int] = {}  # when a scenario that waits between looks last looked
        self._waits_since: dict[str, int] = {}  # the first fact that it has not looked at
        self._batches = 0
        self._tables()
        self._prepare()

    @property
    def last_id(self) -> int:
        """Up to where facts are remembered; 0 when there is none."""
        row = self.store.execute("SELECT coalesce(max(id), 0) FROM facts").fetchone()
        return int(row[0]) if row else 0

    def remember(self, events: pa.Table | None = None, accounts: pa.Table | None = None) -> None:
        """Facts and accounts without looking for findings: what happened before."""
        if events is not None and len(events):
            self.store.register("arriving", events)
            self.store.execute("INSERT INTO facts BY NAME SELECT * FROM arriving")
            self.store.unregister("arriving")
        if accounts is not None and len(accounts):
            self.store.register("arriving", accounts)
            self.store.execute('DELETE FROM people WHERE "user" IN (SELECT "user" FROM arriving)')
            self.store.execute("INSERT INTO people BY NAME SELECT * FROM arriving")
            self.store.unregister("arriving")

    def observe(self, events: pa.Table, accounts: pa.Table | None = None) -> list[Finding]:
        """Remember a batch and say what it made true. Batches arrive in the order of their ids."""
        import pyarrow.compute as pc

        self.remember(events, accounts)
        if not len(events):
            return []
        since, until = (int(bound.as_py()) for bound in pc.min_max(events["t"]).values())
        wanting = self._concerned(events)
        found: list[Finding] = []
        for each in self.active:
            if each.name in wanting:
                self._waits_since.setdefault(each.name, since)
            if each.name in self._waits_since and self._is_due(each, until):
                found += self._look(each, self._waits_since.pop(each.name))
                self._looked[each.name] = until
        self._batches += 1
        if self._batches % FORGET_EVERY == 0:
            self.forget(until)
        return sorted(found, key=lambda finding: (finding.at, finding.user, finding.scenario))

    def forget(self, now: int) -> None:
        """Drop of each kind what is older than its scenarios look back."""
        longest: dict[str, int] = {}
        for each in self.active:
            for kind in each.scenario.kinds:
                longest[kind] = max(longest.get(kind, 0), each.scenario.lookback)
        for kind, lookback in longest.items():
            self.store.execute(
                "DELETE FROM facts WHERE kind = ? AND t < ?", [kind, now - lookback - DAY]
            )
        known = _quoted(longest) or "''"
        self.store.execute(f"DELETE FROM facts WHERE kind NOT IN ({known}) AND t < ?", [now - DAY])

    def _is_due(self, each: Active, now: int) -> bool:
        looked = self._looked.get(each.name)
        return looked is None or now - looked >= each.scenario.every

    def _tables(self) -> None:
        facts, people = _spelled(EVENTS), _spelled(ACCOUNTS)
        self.store.execute(f"CREATE TABLE IF NOT EXISTS facts ({facts})")
        self.store.execute(f"CREATE TABLE IF NOT EXISTS people ({people})")
        self.store.execute("CREATE TEMP VIEW accounts AS SELECT * FROM people")
        self.store.execute(f"CREATE TEMP TABLE batch ({facts})")
        self.store.execute(f"CREATE TEMP TABLE recent ({facts})")
        self.store.execute("CREATE TEMP TABLE concerned (scenario VARCHAR, who VARCHAR)")
        self.store.execute(
            "CREATE TEMP TABLE waiting (scenario VARCHAR, market VARCHAR, asset VARCHAR)"
        )

    def _prepare(self) -> None:
        """Views that show a scenario its part of the memory, and its statement over them."""
        wishes = []
        for each in self.active:
            wishes.append(
                f"SELECT DISTINCT '{each.name}' AS scenario, who "
                f"FROM ({_compiled_wish(each.name, frozen(each.params))})"
            )
            view = f"events_{each.name}"
            self.store.execute(f"CREATE TEMP VIEW {view} AS {_part_of_memory(each)}")
            statement = compiled(each, "duckdb", events=view)
            self.store.execute(
                f"PREPARE look_{each.name} AS SELECT * FROM ({statement}) WHERE t >= $since"
            )
        self._wishes = "INSERT INTO concerned " + " UNION ALL ".join(wishes)

    def _concerned(self, events: pa.Table) -> set[str]:
        """Who must be looked at by which scenario, and their histories into `recent`."""
        for table in ("batch", "recent", "concerned"):
            self.store.execute(f"TRUNCATE {table}")
        # Nothing else gives back what temporary tables held: gigabytes an hour of a busy account.
        self.store.execute("CHECKPOINT temp")
        self.store.register("arriving", events)
        self.store.execute("INSERT INTO batch BY NAME SELECT * FROM arriving")
        self.store.unregister("arriving")
        if not self.active:
            return set()
        self.store.execute(self._wishes)
        for each in self.active:
            if each.scenario.scope == "market":
                self.store.execute(
                    f"INSERT INTO waiting SELECT DISTINCT '{each.name}', market, asset FROM batch "
                    f"WHERE kind IN ({_quoted(each.scenario.triggers)}) AND EXISTS "
                    f"(SELECT 1 FROM concerned WHERE scenario = '{each.name}')"
                )
        self.store.execute(
            'INSERT INTO recent SELECT * FROM facts WHERE "user" IN (SELECT who FROM concerned) '
            "OR (kind = 'transfer' AND counterparty IN (SELECT who FROM concerned))"
        )
        named = self.store.execute("SELECT DISTINCT scenario FROM concerned").fetchall()
        return {row[0] for row in named}

    def _look(self, each: Active, since: int) -> list[Finding]:
        table = self.store.execute(
            f"EXECUTE look_{each.name}(since := {since})"
        ).fetch_arrow_table()
        if each.scenario.scope == "market":
            self.store.execute("DELETE FROM waiting WHERE scenario = ?", [each.name])
        return self.cooldown.pass_through(findings_of(each, table), each.scenario)


def _part_of_memory(active: Active) -> str:
    """The facts of those concerned: their own, with their payers and payees, or all of a market."""
    scenario = active.scenario
    who = f"SELECT who FROM concerned WHERE scenario = '{scenario.name}'"
    kinds = _quoted(scenario.kinds)
    since = f"(SELECT min(t) FROM batch) - {scenario.lookback + 2 * scenario.every}"
    recent = f"SELECT * FROM recent WHERE kind IN ({kinds}) AND t >= {since}"
    whole = f"SELECT * FROM facts WHERE kind IN ({kinds}) AND t >= {since}"
    if scenario.scope == "user":
        return f'{recent} AND "user" IN ({who})'
    if scenario.scope == "both":
        return f'{recent} AND ("user" IN ({who}) OR counterparty IN ({who}))'
    if scenario.scope == "shared":
        same = " OR ".join(
            f"({column} <> '' AND {column} IN (SELECT {column} FROM batch))"
            for column in ("device", "ip", "address")
        )
        return f"{whole} AND ({same})"
    if scenario.scope == "market":
        mine = f"FROM waiting WHERE scenario = '{scenario.name}'"
        by = "asset" if "listing_announced" in scenario.triggers else "market"
        return f"{whole} AND {by} IN (SELECT {by} {mine})"
    least = scenario.least(active.params) if scenario.least else 0
    return f"{whole} AND cents >= {least}"


def compiled(active: Active, dialect: str, *, events: str = "events") -> str:
    """The scenario as SQL over tables called `events` and `accounts`."""
    return _compiled(active.name, frozen(active.params), dialect, events)


@lru_cache(maxsize=1024)
def _compiled(name: str, numbers: Frozen, dialect: str, events: str) -> str:
    import ibis

    return str(ibis.to_sql(_expression(name, _params(numbers), events), dialect=dialect))


def expression(active: Active) -> Table:
    """The scenario over unbound tables `events` and `accounts`, for any backend of Ibis."""
    return _expression(active.name, active.params, "events")


def _expression(name: str, params: Params, events: str) -> Table:
    import ibis

    return scenario_named(name).expression(
        ibis.table(EVENTS, name=events), ibis.table(ACCOUNTS, name="accounts"), params
    )


@lru_cache(maxsize=1024)
def _compiled_wish(name: str, numbers: Frozen) -> str:
    """SQL over `batch`: the users about whom these facts can make something true."""
    import ibis

    scenario = scenario_named(name)
    batch = ibis.table(EVENTS, name="batch")
    rows = batch.filter(batch.kind.isin(scenario.triggers), batch["user"].notnull())
    params = _params(numbers)
    if scenario.least:
        rows = rows.filter(rows.cents >= scenario.least(params))
    if scenario.when:
        rows = scenario.when(rows, ibis.table(ACCOUNTS, name="accounts"), params)
    return str(ibis.to_sql(rows.select(who="user"), dialect="duckdb"))


Frozen = tuple[Any, ...]


def frozen(params: Params) -> Frozen:
    """The same numbers as something that a cache can be keyed by."""

    def still(value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    return (
        tuple((name, still(value)) for name, value in params.base.items()),
        tuple(
            tuple((name, still(value)) for name, value in each.items()) for each in params.overrides
        ),
    )


def _params(numbers: Frozen) -> Params:
    base, overrides = numbers
    return Params(dict(base), tuple(dict(each) for each in overrides))


def _spelled(columns: Mapping[str, str]) -> str:
    return ", ".join(f'"{column}" {SQL_TYPES[kind]}' for column, kind in columns.items())


SQL_TYPES = {"int64": "BIGINT", "string": "VARCHAR", "float64": "DOUBLE", "boolean": "BOOLEAN"}
_SHAPE = ("user", "t", "window_start", "window_end", "ring")


def _finding(scenario: Scenario, row: dict[str, Any]) -> Finding:
    figures = {name: value for name, value in row.items() if name not in _SHAPE}
    ring = tuple(sorted({member for member in row.get("ring") or () if member} | {row["user"]}))
    return Finding(
        scenario=scenario.name,
        version=scenario.version,
        user=row["user"],
        at=moment(row["t"]),
        window_start=moment(row["window_start"]),
        window_end=moment(row["window_end"]),
        severity=scenario.severity,
        action=scenario.action,
        explanation=scenario.says.format(**figures, user=row["user"]),
        figures=figures,
        ring=ring if len(ring) > 1 else (),
    )


def open_store(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """An embedded engine with bounded memory; what does not fit goes to a temporary folder of its
    own, which the engine makes when it needs one and takes away again."""
    import duckdb

    spills = f"{tempfile.gettempdir()}/look-{uuid4().hex}"
    config: dict[str, Any] = {"memory_limit": MEMORY, "threads": 2, "temp_directory": spills}
    return duckdb.connect(path, config=config)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
