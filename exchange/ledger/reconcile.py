"""Reconciliation: the books against themselves, and against those whose money is set aside.

PostgreSQL guards every insert; this looks at what stands there afterwards, whoever put it there.
All checks read one moment, so trading that goes on gives no false alarm. A room above the ledger
registers what it has set aside (`sets_aside`) and checks of its own (`check`).

A check that can look at new rows only is told where the last good run ended. One that found
something wrong starts again from there, so the finding stays until it is put right. Once a day
every check starts from the first row.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from exchange.core import clock, locks
from exchange.core.moment import one_moment
from exchange.core.money import plain
from exchange.ledger.models import Reconciliation

log = logging.getLogger(__name__)

NAMED = 20  # findings that are put into words; all are counted
WHOLE_EVERY = timedelta(days=1)
# Ids are drawn before they are committed: what was still under way then has an id at most so much
# lower than the highest that was seen.
UNDER_WAY = 20_000


class Found(NamedTuple):
    """What a check saw: rows compared, rows wrong, the first wrong ones in words, the last id."""

    looked_at: int
    wrong: int
    findings: list[str]
    upto: int = 0


class Check(NamedTuple):
    """`look(after)` compares rows with an id above `after`; 0 means all there are."""

    name: str
    says: str
    look: Callable[[int], Found]


_checks: dict[str, Check] = {}
_set_aside: dict[str, str] = {}


def check(*, name: str, says: str) -> Callable[[Callable[[int], Found]], Callable[[int], Found]]:
    """Register a check. `says` is what is true when it finds nothing."""

    def register(look: Callable[[int], Found]) -> Callable[[int], Found]:
        _checks[name] = Check(name, says, look)
        return look

    return register


def sets_aside(*, name: str, query: str) -> None:
    """Register a query (account_id, amount) of what a room has set aside in customers' accounts.

    Together these must be what the accounts hold.
    """
    _set_aside[name] = query


def checks() -> list[Check]:
    """Every registered check, the ledger's own first."""
    return list(_checks.values())


def reconcile(*, whole: bool = False) -> Reconciliation | None:
    """Run every check on one moment and write down what they found.

    `whole` looks at everything from the first row; otherwise that happens once a day. Returns None
    when another reconciliation is running. Memory does not grow with the ledger.
    """
    began = time.monotonic()
    with one_moment():
        if not locks.try_hold(locks.Lock.RECONCILIATION):
            return None
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
        marks = {} if whole or _whole_is_due() else _marks()
        ran = [_run(each, marks.get(each.name, 0)) for each in checks()]
        result = Reconciliation.objects.create(
            at=clock.now(),
            ok=all(each["ok"] for each in ran),
            checks=ran,
            took_ms=round((time.monotonic() - began) * 1000),
        )
    for each in ran:
        if not each["ok"]:
            log.error("reconciliation: %s: %s", each["name"], "; ".join(each["findings"][:3]))
    return result


def last() -> Reconciliation | None:
    """The newest result. One row by primary key."""
    return Reconciliation.objects.order_by("-pk").first()


def compare(
    comparison: str,
    params: Sequence[Any] | Mapping[str, Any],
    tell: Callable[..., str],
    *,
    upto: int = 0,
) -> Found:
    """Run a query whose column `wrong` marks the rows at fault.

    Its other columns are `tell`'s arguments, and the first of them orders what is told.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE wrong) FROM ({comparison}) c",  # noqa: S608
            params,
        )
        looked_at, wrong = cursor.fetchone()
        if not wrong:
            return Found(looked_at, 0, [], upto)
        cursor.execute(
            f"SELECT * FROM ({comparison}) c WHERE wrong ORDER BY 1 LIMIT {NAMED}",  # noqa: S608
            params,
        )
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        del row["wrong"]
    return Found(looked_at, wrong, [tell(**row) for row in rows], upto)


def newest(table: str) -> int:
    """The highest id in a table, or 0."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608  from code
        return int(cursor.fetchone()[0])


def _run(each: Check, mark: int) -> dict[str, Any]:
    began = time.monotonic()
    found = each.look(max(0, mark - UNDER_WAY))
    return {
        "name": each.name,
        "says": each.says,
        "ok": found.wrong == 0,
        "looked_at": found.looked_at,
        "wrong": found.wrong,
        "findings": found.findings,
        # A run that found something leaves the mark where it was.
        "mark": mark if found.wrong else found.upto,
        "whole": mark == 0,
        "took_ms": round((time.monotonic() - began) * 1000),
    }


def _marks() -> dict[str, int]:
    previous = last()
    if previous is None:
        return {}
    return {each["name"]: each["mark"] for each in previous.checks}


def _whole_is_due() -> bool:
    recent = Reconciliation.objects.filter(at__gt=clock.now() - WHOLE_EVERY).order_by("-pk")
    return not any(
        all(each["whole"] for each in checks) for checks in recent.values_list("checks", flat=True)
    )


def whose(owner_kind: str | None, owner_id: int | None, purpose: str | None) -> str:
    """An account's owner in words."""
    return f"customer {owner_id}" if owner_kind == "customer" else f"house, {purpose}"


_BALANCES = """
SELECT coalesce(a.id, p.account_id) AS account_id, a.id IS NULL AS missing,
       a.owner_kind, a.owner_id, a.purpose, s.code,
       coalesce(a.available, 0) - coalesce(p.available, 0) AS available_off,
       coalesce(a.held, 0) - coalesce(p.held, 0) AS held_off,
       a.id IS NULL OR coalesce(a.available, 0) <> coalesce(p.available, 0)
                    OR coalesce(a.held, 0) <> coalesce(p.held, 0) AS wrong
  FROM exchange_ledgeraccount a
  FULL JOIN (SELECT account_id, sum(available) AS available, sum(held) AS held
               FROM exchange_posting GROUP BY account_id) p ON p.account_id = a.id
  LEFT JOIN exchange_asset s ON s.id = a.asset_id
"""


@check(name="balances", says="Every balance is the sum of its account's postings.")
def balances(after: int) -> Found:
    """Adds up all postings, whatever `after` says: an old one may have been tampered with."""

    def tell(
        account_id: int,
        missing: bool,
        owner_kind: str,
        owner_id: int,
        purpose: str,
        code: str,
        available_off: Decimal,
        held_off: Decimal,
    ) -> str:
        if missing:
            return f"account {account_id} has postings and does not exist"
        off = [
            f"{word} is {plain(abs(by))} {code} too {'high' if by > 0 else 'low'}"
            for word, by in (("available", available_off), ("held", held_off))
            if by
        ]
        return f"account {account_id} ({whose(owner_kind, owner_id, purpose)}): " + ", ".join(off)

    return compare(_BALANCES, [], tell)


_TRIAL = """
SELECT s.code, sum(a.available + a.held) AS off, sum(a.available + a.held) <> 0 AS wrong
  FROM exchange_ledgeraccount a JOIN exchange_asset s ON s.id = a.asset_id
 GROUP BY s.code
"""


@check(name="trial balance", says="All accounts together sum to zero in every asset.")
def trial_balance(after: int) -> Found:
    return compare(_TRIAL, [], lambda code, off: f"{code} sums to {plain(off)} and not to zero")


_ENTRIES = """
SELECT coalesce(e.id, p.entry_id) AS entry_id, e.kind, e.reference,
       e.id IS NULL AS missing, p.entry_id IS NULL AS empty, p.unbalanced,
       e.id IS NULL OR p.entry_id IS NULL OR p.unbalanced AS wrong
  FROM (SELECT id, kind, reference FROM exchange_ledgerentry WHERE id > %s) e
  FULL JOIN (
        SELECT entry_id, bool_or(off <> 0) AS unbalanced
          FROM (SELECT p.entry_id, a.asset_id, sum(p.available + p.held) AS off
                  FROM exchange_posting p JOIN exchange_ledgeraccount a ON a.id = p.account_id
                 WHERE p.entry_id > %s GROUP BY p.entry_id, a.asset_id) by_asset
         GROUP BY entry_id) p ON p.entry_id = e.id
"""


@check(name="entries", says="Every entry has postings, and they sum to zero in every asset.")
def entries(after: int) -> Found:
    def tell(
        entry_id: int, kind: str, reference: str, missing: bool, empty: bool, unbalanced: bool
    ) -> str:
        if missing:
            return f"entry {entry_id} has postings and does not exist"
        fault = "has no postings" if empty else "does not sum to zero"
        return f"entry {entry_id} ({kind} {reference}) {fault}"

    return compare(_ENTRIES, [after, after], tell, upto=newest("exchange_ledgerentry"))


_HOLDS = """
SELECT h.account_id, a.owner_kind, a.owner_id, a.purpose, s.code, h.off, h.off <> 0 AS wrong
  FROM (SELECT account_id, sum(amount) AS off
          FROM (SELECT id, held FROM exchange_ledgeraccount WHERE held <> 0
                 UNION ALL
                SELECT account_id, -amount FROM ({set_aside}) s(account_id, amount)
               ) u(account_id, amount)
         GROUP BY account_id) h
  LEFT JOIN exchange_ledgeraccount a ON a.id = h.account_id
  LEFT JOIN exchange_asset s ON s.id = a.asset_id
"""
_NOTHING = "SELECT NULL::bigint, NULL::numeric WHERE false"


@check(name="holds", says="What accounts hold is what orders and withdrawals have set aside.")
def holds(after: int) -> Found:
    def tell(
        account_id: int, owner_kind: str, owner_id: int, purpose: str, code: str, off: Decimal
    ) -> str:
        if owner_kind is None:
            return f"account {account_id} does not exist, and {plain(-off)} is set aside in it"
        more = "more than" if off > 0 else "less than"
        return (
            f"account {account_id} ({whose(owner_kind, owner_id, purpose)}) holds"
            f" {plain(abs(off))} {code} {more} was set aside"
        )

    query = _HOLDS.format(set_aside=" UNION ALL ".join([_NOTHING, *_set_aside.values()]))
    return compare(query, [], tell)
