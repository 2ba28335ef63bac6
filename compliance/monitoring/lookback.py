"""Scenarios over long histories: Parquet extracts, on the embedded engine or on a larger one.

An extract is a folder: `events/` with Parquet parts and `accounts.parquet`. Where it runs is one
setting, `LOOK_BACK_ENGINE`: `duckdb` (the default: this machine, out of core), `spark` (a session
of pyspark, local or a cluster's by its own configuration), or the address of a Trino or ClickHouse
that has the extract as tables called `events` and `accounts`, as Ibis spells it
(`trino://user@host:8080/hive/monitoring`, `clickhouse://user:password@host:8123/monitoring`).
The definitions are the same; so are the findings.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

from compliance.monitoring import engine
from compliance.monitoring.engine import Active, Cooldown, Finding
from compliance.monitoring.scenarios.definition import ACCOUNTS, EVENTS
from exchange.core.errors import Invalid

if TYPE_CHECKING:
    import pyarrow as pa

EMBEDDED = "duckdb"
SPARK = "spark"
SPARK_OPTIONS = {
    # A ratio over nothing is null here as it is on the embedded engine, and no error.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
}


class Runner(Protocol):
    """A history that scenarios can be asked of."""

    def kinds(self) -> set[str]: ...

    def answer(self, active: Active) -> pa.Table: ...


def write_extract(folder: Path, events: Iterable[pa.Table], accounts: pa.Table) -> int:
    """Events part by part, and the accounts. Returns how many events; memory holds one part."""
    import pyarrow.parquet as parquet

    parts = folder / "events"
    parts.mkdir(parents=True, exist_ok=True)
    written = 0
    for number, part in enumerate(events):
        if len(part):
            parquet.write_table(part, parts / f"{number:06}.parquet", compression="zstd")
            written += len(part)
    parquet.write_table(accounts, folder / "accounts.parquet", compression="zstd")
    return written


def look_back(
    folder: Path,
    active: Sequence[Active] | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    where: str = "",
    told: Callable[[str], None] | None = None,
) -> list[Finding]:
    """What the scenarios find in an extract, between two moments, in time order. Raises Invalid.

    The extract must begin earlier than `since` by what the scenarios look back.
    """
    found: list[Finding] = []
    with opened(folder, where) as runner:
        kinds = runner.kinds()
        for each in active if active is not None else engine.defaults():
            if engine.can_judge(each.scenario, kinds):
                found += findings(runner, each, since=since, until=until)
            if told:
                told(each.name)
    return sorted(found, key=lambda finding: (finding.at, finding.user, finding.scenario))


def findings(
    runner: Runner,
    active: Active,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Finding]:
    """One scenario of an opened history."""
    found = engine.findings_of(active, runner.answer(active))
    kept = [
        each
        for each in found
        if (since is None or each.at >= since) and (until is None or each.at < until)
    ]
    return Cooldown().pass_through(kept, active.scenario)


@contextmanager
def opened(folder: Path, where: str = "") -> Iterator[Runner]:
    """The history of a folder on an engine, by default on the one of the settings.

    Raises Invalid.
    """
    where = where or settings.LOOK_BACK_ENGINE
    if where == EMBEDDED:
        embedded = _Embedded(folder)
        try:
            yield embedded
        finally:
            embedded.store.close()
    elif where == SPARK:
        with _spark(folder) as session:
            yield _Spark(session)
    elif "://" in where:
        yield _Remote(where)
    else:
        raise Invalid(f"{where} is no engine", field="LOOK_BACK_ENGINE", limit=(EMBEDDED, SPARK))


class _Embedded:
    """DuckDB over the Parquet files; what does not fit its memory goes to disk."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "accounts.parquet").is_file():
            raise Invalid(f"{folder} holds no extract", field="folder")
        self.store = engine.open_store()
        for name, spelled, columns in (
            ("events", folder / "events" / "*.parquet", EVENTS),
            ("accounts", folder / "accounts.parquet", ACCOUNTS),
        ):
            path = str(spelled).replace("'", "''")
            names = ", ".join(f'"{column}"' for column in columns)
            self.store.execute(f"CREATE VIEW {name} AS SELECT {names} FROM read_parquet('{path}')")

    def kinds(self) -> set[str]:
        return {row[0] for row in self.store.execute("SELECT DISTINCT kind FROM events").fetchall()}

    def answer(self, active: Active) -> pa.Table:
        return self.store.execute(engine.compiled(active, "duckdb")).fetch_arrow_table()


class _Spark:
    """The same expression compiled for Spark SQL, over views of the same names."""

    def __init__(self, session: Any) -> None:
        import ibis

        self.session = session
        self.connection = ibis.pyspark.connect(session)

    def kinds(self) -> set[str]:
        rows = self.session.sql("SELECT DISTINCT kind FROM events").collect()
        return {row[0] for row in rows}

    def answer(self, active: Active) -> pa.Table:
        return self.session.sql(self.connection.compile(engine.expression(active))).toArrow()


class _Remote:
    """Trino, ClickHouse, or whatever else Ibis connects to by an address."""

    def __init__(self, address: str) -> None:
        import ibis

        try:
            self.connection = ibis.connect(address)
        except Exception as error:  # noqa: BLE001  each driver fails in its own way
            raise Invalid(f"no engine answers: {error}", field="LOOK_BACK_ENGINE") from error

    def kinds(self) -> set[str]:
        column = self.connection.table("events").kind
        return set(self.connection.to_pyarrow(column.as_table().distinct())["kind"].to_pylist())

    def answer(self, active: Active) -> pa.Table:
        return self.connection.to_pyarrow(engine.expression(active))


@contextmanager
def _spark(folder: Path) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    logging.getLogger("py4j").setLevel(logging.WARNING)
    standing = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("monitoring")
    for name, value in SPARK_OPTIONS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        session.read.parquet(str(folder / "events")).createOrReplaceTempView("events")
        session.read.parquet(str(folder / "accounts.parquet")).createOrReplaceTempView("accounts")
        yield session
    finally:
        if standing is None:
            session.stop()
