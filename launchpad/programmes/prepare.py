"""Write down who will be paid what: all lines and their exact total, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from exchange.audit.record import record
from exchange.core import clock, copy, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, KeyReused
from exchange.core.money import ZERO, plain
from exchange.ledger import post_many
from exchange.ledger.accounts import SPOT
from launchpad.programmes import queries
from launchpad.programmes.models import Payout, Programme

State = Payout.State

_COMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS payout_coming (
    customer_id bigint, purpose text, asset_id bigint, amount numeric, of text
) ON COMMIT DELETE ROWS
"""
_GATHER = """
INSERT INTO payout_coming (customer_id, amount, of, purpose, asset_id)
SELECT customer_id, amount, of, purpose, %s FROM ({query}) q(customer_id, amount, of, purpose)
"""
_LINES = f"""
INSERT INTO launchpad_payoutline (payout_id, number, customer_id, account_id, amount, of)
SELECT %s, row_number() OVER (ORDER BY a.id, c.of), c.customer_id, a.id, c.amount, c.of
  FROM payout_coming c {post_many.JOIN_ACCOUNTS}
"""  # noqa: S608  no part of it comes from outside
# A digest of ten thousand lines each, then one of those: a million lines are never one text.
_DIGEST = """
SELECT coalesce(sum(lines), 0), coalesce(sum(amount), 0),
       sha256(coalesce(string_agg(digest, ''::bytea ORDER BY part), ''))
  FROM (SELECT (number - 1) / 10000 AS part, count(*) AS lines, sum(amount) AS amount,
               sha256(convert_to(string_agg(
                   number || ':' || account_id || ':' || trim_scale(amount) || ':' || of,
                   ';' ORDER BY number), 'UTF8')) AS digest
          FROM launchpad_payoutline WHERE payout_id = %s GROUP BY 1) parts
"""


class Line(NamedTuple):
    """Somebody's part. `of` names what earned it; `purpose` which of their accounts gets it."""

    customer_id: int
    amount: Decimal
    of: str = ""
    purpose: str = SPOT


class Query(NamedTuple):
    """SQL that gives (customer_id, amount, of, purpose), and its parameters."""

    sql: str
    params: Sequence[Any] = ()


def prepare(
    *,
    programme_id: int,
    key: str,
    lines: Query | Iterable[Line],
    actor: Actor,
    remainder: Decimal = ZERO,
    settled_by: str = "",
    hold_back: bool = False,
) -> Payout:
    """Write a payout down: READY to be paid, or with `hold_back` PREPARING until `release`.

    The same key with the same input is the first payout; with other input it is refused. Customers'
    accounts are opened where they are missing. For the exchange's own processes and for verbs that
    asked for a permission of theirs.

    Raises NotFound, Conflict when the programme is closed, KeyReused, Invalid when a line is not
    positive or has more digits than the asset keeps.
    """
    queries.programme(programme_id)
    if not isinstance(lines, Query):
        lines = list(lines)
    digest = _input_hash(lines, remainder)
    if first := _first(programme_id, key, digest):
        return first
    try:
        with transaction.atomic():
            programme = _held_open(programme_id)
            assert programme.account_id is not None
            payout = Payout.objects.create(
                programme=programme,
                key=key,
                state=State.PREPARING,
                lines=0,
                total=ZERO,
                remainder=remainder,
                digest=b"",
                input_hash=digest,
                settled_by=settled_by,
                account_id=programme.account_id,
                prepared_by=actor.label,
                prepared_at=clock.now(),
            )
            _write(payout, lines)
            payout.state = State.PREPARING if hold_back else State.READY
            payout.save()
            _told(payout, actor)
    except IntegrityError:
        if first := _first(programme_id, key, digest):
            return first
        raise
    return payout


def _held_open(programme_id: int) -> Programme:
    """The programme, which nobody closes until the transaction ends. Raises Conflict."""
    found = Programme.objects.select_for_update(of=("self",), no_key=True).select_related("asset")
    programme = found.get(pk=programme_id)
    if programme.state == Programme.State.CLOSED:
        raise Conflict("This programme is closed.", limit=programme.state)
    return programme


def release(*, payout_id: int, actor: Actor) -> Payout:
    """Let a payout that was held back be paid. Twice is once. Raises Conflict when cancelled."""
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        if payout.state == State.CANCELLED:
            raise Conflict("This payout is cancelled.", limit=payout.state)
        if payout.state == State.PREPARING:
            payout.state = State.READY
            payout.save(update_fields=["state"])
            record(actor=actor, verb="programmes.release_payout", target=payout)
            dispatch.after_commit("programmes.pay", queue="payouts", payout_id=payout.pk)
    return payout


def _told(payout: Payout, actor: Actor) -> None:
    record(
        actor=actor,
        verb="programmes.prepare_payout",
        target=payout,
        after={
            "key": payout.key,
            "lines": payout.lines,
            "total": plain(payout.total),
            "remainder": plain(payout.remainder),
            "digest": payout.digest.hex(),
        },
    )
    if payout.state == State.READY:
        dispatch.after_commit("programmes.pay", queue="payouts", payout_id=payout.pk)


def _first(programme_id: int, key: str, digest: bytes) -> Payout | None:
    first = Payout.objects.filter(programme_id=programme_id, key=key).first()
    if first is not None and bytes(first.input_hash) != digest:
        raise KeyReused(f"There is another payout called {key}.", field="key")
    return first


def _write(payout: Payout, lines: Query | list[Line]) -> None:
    asset_id, precision = payout.programme.asset_id, payout.programme.asset.precision
    with connection.cursor() as cursor:
        cursor.execute(_COMING)
        cursor.execute("DELETE FROM payout_coming")  # of an earlier call in this transaction
        if isinstance(lines, Query):
            cursor.execute(
                _GATHER.format(query=lines.sql),
                [asset_id, *lines.params],
            )
        else:
            copy.copy_rows(
                "payout_coming",
                ("customer_id", "amount", "of", "purpose", "asset_id"),
                (
                    (each.customer_id, each.amount, each.of, each.purpose, asset_id)
                    for each in lines
                ),
            )
        _refuse_wrong_lines(precision)
        cursor.execute("ANALYZE payout_coming")
        post_many.open_accounts(query="SELECT customer_id, purpose, asset_id FROM payout_coming")
        cursor.execute("SELECT count(*), coalesce(sum(amount), 0) FROM payout_coming")
        count, total = cursor.fetchone()
        cursor.execute(_LINES, [payout.pk])
        cursor.execute(_DIGEST, [payout.pk])
        written, written_total, digest = cursor.fetchone()
    if (count, total) != (written, written_total):
        raise RuntimeError("not every line found an account")  # open_accounts made them
    payout.lines, payout.total = count, total
    payout.digest = bytes(digest)


def _refuse_wrong_lines(precision: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, amount FROM payout_coming"
            " WHERE amount <= 0 OR amount <> trunc(amount, %s) OR customer_id IS NULL LIMIT 1",
            [precision],
        )
        if row := cursor.fetchone():
            raise Invalid(
                f"The part of customer {row[0]} is {row[1]}: it must be positive, with at most"
                f" {precision} digits after the point.",
                field="amount",
                limit=precision,
            )


def _input_hash(lines: Query | list[Line], remainder: Decimal) -> bytes:
    if isinstance(lines, Query):
        text = f"{lines.sql}\n{list(lines.params)!r}"
    else:
        text = "\n".join(f"{c}:{plain(a)}:{of}:{purpose}" for c, a, of, purpose in lines)
    return hashlib.sha256(f"{plain(remainder)}\n{text}".encode()).digest()
