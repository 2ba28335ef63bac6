"""How much each tier may move, in USD, by country. `data/limits.csv` is the table.

A row is for everybody (*), for a class of risk (high), or for one country; the most particular one
counts. An empty cell is no limit, 0 is nothing at all. Days are 24 hours, months 30 days, rolling.

Tier 0 is somebody who has shown us nothing. They may bring in coins and trade them, and take a
little out: less than CAD 1,000 a day, the amount from which FINTRAC has us verify who sends virtual
currency. In Canada and the United States nothing leaves before tier 1. What arrives above the
limit is theirs and waits for the tier that covers it.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from compliance.identity.jurisdictions import DATA

EVERYBODY = "*"


class Limits(NamedTuple):
    """What one tier may do in one country, in USD. None is no limit."""

    tier: int
    deposit_day: Decimal | None
    deposit_month: Decimal | None
    withdrawal_day: Decimal | None
    withdrawal_month: Decimal | None


def limits_for(*, tier: int, country: str, risk: str) -> Limits:
    """The most particular row: the country's, then its class of risk's, then everybody's."""
    table = _table()
    for who in (country, risk, EVERYBODY):
        if (who, tier) in table:
            return table[who, tier]
    raise LookupError(f"no limits for tier {tier}")


@cache
def _table() -> dict[tuple[str, int], Limits]:
    with (DATA / "limits.csv").open(encoding="utf8", newline="") as file:
        return {
            (row["who"], int(row["tier"])): Limits(
                int(row["tier"]),
                _amount(row["deposit_day"]),
                _amount(row["deposit_month"]),
                _amount(row["withdrawal_day"]),
                _amount(row["withdrawal_month"]),
            )
            for row in csv.DictReader(file)
        }


def _amount(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None
