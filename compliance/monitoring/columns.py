"""Facts and accounts as columns in memory, as every engine reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from compliance.monitoring.places import places
from compliance.monitoring.scenarios.definition import ACCOUNTS, EVENTS

if TYPE_CHECKING:
    import pyarrow as pa


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def facts_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Facts as the engine reads them. Missing columns are null; `t` is in milliseconds."""
    return placed(_table(rows, EVENTS))


def placed(events: pa.Table) -> pa.Table:
    """Events with the latitude and longitude of their `ip_country`."""
    import pyarrow as pa

    known = places()
    countries = events["ip_country"].combine_chunks().dictionary_encode()
    where = [known.get(code, (None, None)) for code in countries.dictionary.to_pylist()]
    for column, axis in (("latitude", 0), ("longitude", 1)):
        values = pa.array([place[axis] for place in where], pa.float64())
        index = events.schema.get_field_index(column)
        events = events.set_column(index, column, values.take(countries.indices))
    return events


def accounts_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Accounts as the engine reads them. `created` and `observed_from` are in milliseconds."""
    return _table(rows, ACCOUNTS)


def _table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    types = {
        "int64": pa.int64(),
        "string": pa.string(),
        "float64": pa.float64(),
        "boolean": pa.bool_(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    held = list(rows)
    return pa.table(
        {name: [row.get(name) for row in held] for name in columns},
        schema=schema,
    )
