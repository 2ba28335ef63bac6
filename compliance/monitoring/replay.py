"""A history in files, run through every scenario: what would have been alerted, and when.

Reads the columns of a fact extract (`type` for kind, `amount_usd`) and of an account list; plain or
gzipped CSV, or Parquet. Bounded by the engine's memory, not by Python's: no row becomes an object.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from compliance.monitoring import engine
from compliance.monitoring.columns import placed
from compliance.monitoring.scenarios.definition import ACCOUNTS, DAY, EVENTS
from exchange.core.errors import Invalid

if TYPE_CHECKING:
    import pyarrow as pa

_OTHER_NAMES = {"type": "kind", "kyc_tier": "tier"}


def read_events(path: Path) -> pa.Table:
    """Events with every column of the engine. Raises Invalid."""
    import duckdb

    store = duckdb.connect()
    given = _columns(store, path, ("ts", "user"))
    kind = "kind" if "kind" in given else "type"
    if kind not in given:
        raise Invalid(f"{path.name} has neither a column kind nor type", field="events")
    cents = "cents"
    if "cents" not in given and "amount_usd" in given:
        cents = "round(amount_usd * 100)"
    expressions = {
        "t": "epoch_ms(ts::TIMESTAMP)",
        "kind": f'"{kind}"',
        "cents": cents if cents in given or "amount_usd" in given else "NULL",
        "id": "coalesce(TRY_CAST(id AS BIGINT), row_number() OVER ())"
        if "id" in given
        else "row_number() OVER (ORDER BY ts)",
        "address": "address"
        if "address" in given
        else f"CASE WHEN \"{kind}\" NOT IN ('transfer', 'trade') THEN counterparty END",
    }
    return placed(_selected(store, path, EVENTS, expressions, given))


def read_accounts(path: Path, observed_from: int) -> pa.Table:
    """Accounts with every column of the engine. Raises Invalid."""
    import duckdb

    store = duckdb.connect()
    given = _columns(store, path, ("user", "created"))
    expressions = {
        "tier": "tier" if "tier" in given else "kyc_tier" if "kyc_tier" in given else "NULL",
        "created": "epoch_ms(created::TIMESTAMP)",
        "observed_from": "observed_from" if "observed_from" in given else str(observed_from),
        "declared": "declared"
        if "declared" in given
        else "round(declared_usd * 100)"
        if "declared_usd" in given
        else "NULL",
    }
    return _selected(store, path, ACCOUNTS, expressions, given)


def replay(
    events_path: Path,
    accounts_path: Path,
    active: Sequence[engine.Active] | None = None,
    *,
    told: Callable[[str], None] | None = None,
) -> list[engine.Finding]:
    """All findings of a history, in time order. Raises Invalid."""
    events = read_events(events_path)
    accounts = read_accounts(accounts_path, first_moment(events))
    return engine.run(events, accounts, active, told=told)


def first_moment(events: pa.Table) -> int:
    import pyarrow.compute as pc

    return int(pc.min(events["t"]).as_py() or 0)


def write_alerts(path: Path, findings: Iterable[engine.Finding]) -> int:
    """user, scenario, ts as CSV, gzipped when the name says so."""
    written = 0
    with _opened(path) as file:
        writer = csv.writer(file)
        writer.writerow(["user", "scenario", "ts"])
        for finding in findings:
            at = finding.at.replace(tzinfo=None).isoformat(timespec="seconds")
            writer.writerow([finding.user, finding.scenario, at])
            written += 1
    return written


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "wt", newline="", encoding="utf-8")
    return path.open("w", newline="", encoding="utf-8")


def _reader(path: Path) -> str:
    spelled = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"read_parquet('{spelled}')"
    return f"read_csv('{spelled}', header=true, sample_size=-1)"


def _columns(store, path: Path, wanted: tuple[str, ...]) -> set[str]:
    import duckdb

    if not path.is_file():
        raise Invalid(f"there is no file {path}", field="events")
    try:
        described = store.execute(f"DESCRIBE SELECT * FROM {_reader(path)}").fetchall()
    except duckdb.Error as error:
        raise Invalid(f"{path.name} can't be read: {error}", field="events") from error
    given = {str(row[0]) for row in described}
    if missing := [name for name in wanted if name not in given]:
        raise Invalid(f"{path.name} has no column {', '.join(missing)}", field="events")
    return given


def _selected(store, path: Path, columns, expressions, given: set[str]) -> pa.Table:
    import duckdb

    types = engine.SQL_TYPES
    parts = []
    for name, kind in columns.items():
        value = expressions.get(name) or (f'"{name}"' if name in given else "NULL")
        parts.append(f'CAST({value} AS {types[kind]}) AS "{name}"')
    try:
        return store.execute(f"SELECT {', '.join(parts)} FROM {_reader(path)}").fetch_arrow_table()
    except duckdb.Error as error:
        raise Invalid(f"{path.name} can't be read: {error}", field="events") from error


def length_in_days(events: pa.Table) -> float:
    import pyarrow.compute as pc

    if not len(events):
        return 0.0
    return float(pc.max(events["t"]).as_py() - first_moment(events)) / DAY
