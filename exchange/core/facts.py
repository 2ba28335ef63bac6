"""Facts: what happened, told by the room that did it to whoever watches, in the same transaction.

    facts.report(
        kind=FactKind.LOGIN, customer_id=7, at=now, reference=str(event.pk), device="…", ip="…"
    )

A fact is one for its kind and reference: told twice, it stays the first. It waits for the watchers
(`WaitingFact`) in the same commit, so none is overlooked, however late its transaction ends. Nobody
is woken: the watchers come by every second, and the teller pays one statement. `usd` is what it was
worth when it happened, for whoever tells knows that best.

History from elsewhere (`report_many(..., watched=False)`) waits for nobody: it is looked at by a
look-back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from exchange.core import networks
from exchange.core.models import FactKind

__all__ = ["FactKind", "NewFact", "report", "report_many", "waiting"]

MOST_AT_ONCE = 10_000
# Facts about something of our own, named by `extra["subject"]`, instead of about a customer.
OF_OURS = frozenset({FactKind.HOT_WALLET_PAYMENT.value})
COLUMNS = (
    "at",
    "kind",
    "customer_id",
    "counterparty_id",
    "asset",
    "amount",
    "usd",
    "device",
    "ip",
    "ip_country",
    "address",
    "reference",
    "extra",
)
_NAMES = ", ".join(COLUMNS)
_ONE = f"""
WITH told AS (
    INSERT INTO exchange_fact ({_NAMES}) VALUES ({", ".join(["%s"] * len(COLUMNS))})
    ON CONFLICT (kind, reference) DO NOTHING RETURNING id
)
INSERT INTO exchange_waitingfact (fact_id) SELECT id FROM told
"""  # noqa: S608  the names are above
# One for each session, emptied by every commit: making it each time would wear out the catalogue.
_COMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS facts_coming (
    place bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz, kind text, customer_id bigint, counterparty_id bigint, asset text,
    amount numeric(38, 18), usd numeric(38, 18), device text, ip inet, ip_country text,
    address text, reference text, extra jsonb
) ON COMMIT DELETE ROWS
"""
_MANY = f"""
WITH told AS (
    INSERT INTO exchange_fact ({_NAMES}) SELECT {_NAMES} FROM facts_coming ORDER BY place
    ON CONFLICT (kind, reference) DO NOTHING RETURNING id
), queued AS (
    INSERT INTO exchange_waitingfact (fact_id) SELECT id FROM told WHERE %s
)
SELECT count(*) FROM told
"""  # noqa: S608  the names are above


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """One fact as a room tells it."""

    kind: str
    customer_id: int | None
    at: datetime
    reference: str
    counterparty_id: int | None = None
    asset: str = ""
    amount: Decimal | None = None
    usd: Decimal | None = None
    device: str = ""
    ip: str | None = None
    ip_country: str = ""
    address: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def row(self) -> list[Any]:
        return [
            self.at,
            str(self.kind),
            self.customer_id,
            self.counterparty_id,
            self.asset,
            self.amount,
            self.usd,
            self.device,
            self.ip or None,
            self.ip_country or networks.place_of(self.ip).country,
            self.address,
            self.reference,
            json.dumps(self.extra, default=str),
        ]


def report(
    *,
    kind: str,
    customer_id: int | None,
    at: datetime,
    reference: str,
    counterparty_id: int | None = None,
    asset: str = "",
    amount: Decimal | None = None,
    usd: Decimal | None = None,
    device: str = "",
    ip: str | None = None,
    ip_country: str = "",
    address: str = "",
    extra: dict[str, Any] | None = None,
) -> None:
    """Tell one fact, in the transaction that made it true. One statement; told twice, it is one."""
    _inside_transaction()
    fact = NewFact(
        kind=kind,
        customer_id=customer_id,
        at=at,
        reference=reference,
        counterparty_id=counterparty_id,
        asset=asset,
        amount=amount,
        usd=usd,
        device=device,
        ip=ip,
        ip_country=ip_country,
        address=address,
        extra=extra or {},
    )
    _refuse_malformed(fact)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, fact.row())


def report_many(new: Iterable[NewFact], *, watched: bool = True) -> int:
    """Tell many at once, by COPY; at most ten thousand. Returns how many were not told before.

    With `watched=False` they do not wait for the watchers: history, which a look-back reads.
    """
    _inside_transaction()
    told = list(new)
    if not told:
        return 0
    if len(told) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} facts at once")
    for fact in told:
        _refuse_malformed(fact)
    rows = [fact.row() for fact in told]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(_COMING)
        cursor.execute("DELETE FROM facts_coming")  # of an earlier call in this transaction
        with cursor.copy(f"COPY facts_coming ({_NAMES}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_MANY, [watched])
        return int(cursor.fetchone()[0])


def waiting() -> int:
    """How many facts nobody has looked at yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exchange_waitingfact")
        return int(cursor.fetchone()[0])


_KINDS = frozenset(FactKind.values)


def _refuse_malformed(fact: NewFact) -> None:
    if fact.kind not in _KINDS:
        raise ValueError(f"no fact is called {fact.kind}: add the word to FactKind")
    if (fact.customer_id is None) != (fact.kind in OF_OURS):
        raise ValueError(f"{fact.kind} is about {'us' if fact.kind in OF_OURS else 'a customer'}")
    if fact.customer_id is None and not fact.extra.get("subject"):
        raise ValueError(f"{fact.kind} does not say what of ours it is about")


def _inside_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a fact belongs to the transaction that makes it true")
