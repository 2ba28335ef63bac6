"""What the people of a case did, as facts: the transactions behind it, filtered and bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from exchange.core.models import Fact, FactKind

PAGE = 50
MOST_PEOPLE = 200
DEPOSITS = [FactKind.CRYPTO_DEPOSIT, FactKind.FIAT_DEPOSIT]
WITHDRAWALS = [FactKind.CRYPTO_WITHDRAWAL, FactKind.FIAT_WITHDRAWAL]
GROUPS: dict[str, list[FactKind]] = {
    "money": [*DEPOSITS, *WITHDRAWALS, FactKind.TRANSFER],
    "deposits": DEPOSITS,
    "withdrawals": WITHDRAWALS,
    "transfers": [FactKind.TRANSFER],
    "trades": [FactKind.TRADE],
    "access": [FactKind.LOGIN, FactKind.DEVICE, FactKind.CREDENTIAL_CHANGE, FactKind.ADDRESS_ADDED],
}

_DAYS = """
SELECT date_trunc('day', at AT TIME ZONE 'UTC')::date AS day,
       coalesce(sum(usd) FILTER (WHERE came), 0), coalesce(sum(usd) FILTER (WHERE NOT came), 0),
       count(*) FILTER (WHERE came), count(*) FILTER (WHERE NOT came)
  FROM (
    SELECT at, usd, kind = ANY(%(into)s) AS came
      FROM exchange_fact
     WHERE customer_id = ANY(%(people)s) AND at >= %(since)s AND at < %(until)s
       AND kind = ANY(%(kinds)s)
    UNION ALL
    SELECT at, usd, true
      FROM exchange_fact
     WHERE counterparty_id = ANY(%(people)s) AND at >= %(since)s AND at < %(until)s
       AND kind = 'transfer'
  ) moved
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a history is wanted. Empty means everything."""

    group: str = "money"
    asset: str = ""
    address: str = ""
    customer_id: int | None = None
    least_usd: Decimal | None = None
    since: datetime | None = None
    until: datetime | None = None


class Day(NamedTuple):
    """What came in and went out on one day, in USD, and how often."""

    day: object  # datetime.date
    came: Decimal
    went: Decimal
    times_in: int
    times_out: int


def transactions(*, people: list[int], choice: Choice, limit: int = PAGE) -> list[Fact]:
    """Facts of these people, newest first; transfers that they received are theirs too."""
    rows = _about(people, choice.customer_id)
    rows = rows.filter(kind__in=GROUPS.get(choice.group, GROUPS["money"]))
    if choice.asset:
        rows = rows.filter(asset=choice.asset)
    if choice.address:
        rows = rows.filter(address=choice.address)
    if choice.least_usd is not None:
        rows = rows.filter(usd__gte=choice.least_usd)
    if choice.since is not None:
        rows = rows.filter(at__gte=choice.since)
    if choice.until is not None:
        rows = rows.filter(at__lt=choice.until)
    return list(rows.order_by("-at", "-id")[:limit])


def days(*, people: list[int], since: datetime, until: datetime) -> list[Day]:
    """In and out by day (UTC), for days on which something moved. One query over two indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DAYS,
            {
                "people": people[:MOST_PEOPLE],
                "since": since,
                "until": until,
                "into": [str(kind) for kind in DEPOSITS],
                "kinds": [str(kind) for kind in GROUPS["money"]],
            },
        )
        return [Day(*row) for row in cursor.fetchall()]


def _about(people: list[int], one: int | None) -> QuerySet[Fact]:
    wanted = [one] if one in people else people[:MOST_PEOPLE]
    received = Q(counterparty_id__in=wanted, kind=FactKind.TRANSFER)
    return Fact.objects.filter(Q(customer_id__in=wanted) | received)
