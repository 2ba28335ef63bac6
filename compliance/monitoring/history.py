"""Facts and accounts as the engine reads them: out of PostgreSQL by COPY into column tables.

Loaded in the worker only: what this imports inside its functions is heavy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from compliance.monitoring.scenarios.definition import ACCOUNTS, EVENTS
from exchange.core.copy import array

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 200_000
# What is told of every order is kept for as long as a scenario about markets looks back.
MARKET_KINDS = ("order", "cancel", "trade")
MARKET_DAYS = timedelta(days=30)
LONGEST = timedelta(days=400)

# The engine's `user` is a customer, or something of our own ("wallet:btc-hot"); its `counterparty`
# is whoever is on the other side: a customer of ours, or an address.
_EVENTS = """
SELECT f.id,
       (extract(epoch FROM f.at) * 1000)::bigint AS t,
       f.kind,
       coalesce(f.customer_id::text, f.extra->>'subject') AS "user",
       coalesce(f.counterparty_id::text, nullif(f.address, '')) AS counterparty,
       nullif(f.asset, '') AS asset,
       round(f.usd * 100)::bigint AS cents,
       nullif(f.device, '') AS device,
       host(f.ip) AS ip,
       nullif(f.ip_country, '') AS ip_country,
       nullif(f.address, '') AS address,
       f.reference,
       (f.extra->>'mixer_exposure')::float8 AS mixer_exposure,
       (f.extra->>'sanctioned_hops')::bigint AS sanctioned_hops,
       f.extra->>'market' AS market,
       f.extra->>'side' AS side,
       (f.extra->>'price')::float8 AS price,
       f.extra->>'order_id' AS order_id,
       (f.extra->>'maker')::boolean AS maker,
       (f.extra->>'depth_share')::float8 AS depth_share,
       (f.extra->>'wallet_share')::float8 AS wallet_share,
       (f.extra->>'approved')::boolean AS approved,
       NULL::float8 AS latitude,
       NULL::float8 AS longitude
  FROM exchange_fact f
"""
# One person with two accounts, or with a company: the same word, which names nobody.
_PERSON = (
    "CASE WHEN {0}.birth_date IS NOT NULL THEN"
    " md5(lower(concat_ws('|', {0}.family_name, {0}.given_names, {0}.birth_date))) END"
)
_CONTROLS = (
    f"SELECT {_PERSON.format('o')} FROM compliance_owner o"  # noqa: S608  constants only
    " JOIN compliance_application a ON a.id = o.application_id"
    " WHERE a.customer_id = c.id AND a.state = 'approved' AND o.birth_date IS NOT NULL"
    " ORDER BY o.percent DESC, o.id LIMIT 1"
)
_ACCOUNTS = """
SELECT c.id::text AS "user",
       coalesce(i.tier, 0)::bigint AS tier,
       coalesce(nullif(i.country, ''), nullif(c.country, '')) AS country,
       (extract(epoch FROM c.created_at) * 1000)::bigint AS created,
       (extract(epoch FROM c.created_at) * 1000)::bigint AS observed_from,
       round(i.declared_yearly * 100 / 12)::bigint AS declared,
       CASE i.kind WHEN 'person' THEN {person} ELSE ({controls}) END AS owner,
       coalesce(u.is_staff, false) AS insider,
       (SELECT ',' || string_agg(DISTINCT n.asset, ',') || ',' FROM exchange_insidernote n
         WHERE n.customer_id = c.id
           AND coalesce(n.until, now()) > now() - interval '120 days') AS insider_of,
       EXISTS (SELECT FROM compliance_marketmaker m WHERE m.customer_id = c.id
                  AND m.ended_at IS NULL AND m.until > now()) AS market_maker
  FROM exchange_customer c
  LEFT JOIN exchange_user u ON u.id = c.user_id
  LEFT JOIN compliance_identity i ON i.customer_id = c.id
 WHERE c.parent_id IS NULL AND {which}
"""


def events_of(ids: Sequence[int]) -> pa.Table:
    """These facts, by id."""
    return _events(f"WHERE f.id = ANY('{array(ids)}'::bigint[]) ORDER BY f.id")


def watched_since(since: datetime) -> Iterator[pa.Table]:
    """Every fact that was watched or is history, from a moment on, part by part."""
    last = 0
    while True:
        part = _events(
            f"WHERE f.id > {last} AND f.at >= {_moment(since)}"
            f" AND (f.kind NOT IN {MARKET_KINDS}"
            f" OR f.at >= now() - interval '{MARKET_DAYS.days} days')"
            " AND NOT EXISTS (SELECT FROM exchange_waitingfact w WHERE w.fact_id = f.id)"
            f" ORDER BY f.id LIMIT {CHUNK}"
        )
        if not len(part):
            return
        yield part
        last = part["id"][-1].as_py()
        if len(part) < CHUNK:
            return


def between(since: datetime, until: datetime, *, kinds: Sequence[str] = ()) -> Iterator[pa.Table]:
    """Every fact of a time, part by part, for a look-back."""
    last = 0
    some = f" AND f.kind IN ({', '.join(map(_word, kinds))})" if kinds else ""
    while True:
        part = _events(
            f"WHERE f.id > {last} AND f.at >= {_moment(since)} AND f.at < {_moment(until)}{some}"
            f" ORDER BY f.id LIMIT {CHUNK}"
        )
        if len(part):
            yield part
            last = part["id"][-1].as_py()
        if len(part) < CHUNK:
            return


def missing(known: Iterable[int], above: int) -> pa.Table:
    """Watched facts with ids above one that are not among those known: what others watched."""
    return _events(
        f"WHERE f.id > {above} AND NOT (f.id = ANY('{array(known)}'::bigint[]))"
        " AND NOT EXISTS (SELECT FROM exchange_waitingfact w WHERE w.fact_id = f.id)"
        " ORDER BY f.id"
    )


def accounts_of(customer_ids: Iterable[int]) -> pa.Table:
    return _table(
        _accounts(f"c.id = ANY('{array(sorted(set(customer_ids)))}'::bigint[])"), ACCOUNTS
    )


def all_accounts() -> pa.Table:
    return _table(_accounts("true"), ACCOUNTS)


def _accounts(which: str) -> str:
    return _ACCOUNTS.format(person=_PERSON.format("i"), controls=_CONTROLS, which=which)


def _events(where: str) -> pa.Table:
    from compliance.monitoring.columns import placed

    return placed(_table(f"{_EVENTS} {where}", EVENTS))


def _table(query: str, columns: dict[str, str]) -> pa.Table:
    """Everything in `query` is a constant of this file, a number, or a word of our own."""
    import io

    import pyarrow as pa
    from pyarrow import csv

    body = io.BytesIO()
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(
            f"COPY (SELECT {names} FROM ({query}) q) TO STDOUT (FORMAT csv)"  # noqa: S608
        ) as copy:
            for piece in copy:
                body.write(piece)
    types = {
        "int64": pa.int64(),
        "string": pa.string(),
        "float64": pa.float64(),
        "boolean": pa.bool_(),
    }
    schema = {name: types[kind] for name, kind in columns.items()}
    if not body.tell():
        return pa.schema(list(schema.items())).empty_table()
    body.seek(0)
    return csv.read_csv(
        body,
        read_options=csv.ReadOptions(column_names=list(columns)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _moment(at: datetime) -> str:
    return f"'{at.isoformat()}'::timestamptz"


def _word(word: str) -> str:
    if not word.replace("_", "").isalnum():
        raise ValueError(f"{word} is no word of ours")
    return f"'{word}'"
