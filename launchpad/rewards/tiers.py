"""The VIP table: what each tier asks for, and what it gives. A table, not code.

`data/vip_tiers.csv` is what the exchange begins with; what two people decide while it runs is a
`VipTable`, and the newest counts. A tier is reached by trading or by holding BMX, whichever is
more.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from exchange.core.errors import Invalid
from exchange.core.foreign import whole_of
from exchange.core.money import ZERO, plain
from launchpad.rewards.models import VipTable

FILE = Path(__file__).parent / "data" / "vip_tiers.csv"
PERCENT = 10_000  # millionths
MOST_TIERS = 12
MOST_DISCOUNT = 90  # percent: the house never trades for nothing
MOST_WITHDRAWAL = 500
COLUMNS = (
    "level",
    "volume_usd",
    "bmx",
    "maker_discount",
    "taker_discount",
    "withdrawal_percent",
    "sale_weight",
    "early_hours",
)


class Tier(NamedTuple):
    """One level. Discounts in percent of the market's fee; the limit of withdrawals and the weight
    in sales in percent of everybody's; `early_hours` before the public."""

    level: int
    volume_usd: Decimal
    bmx: Decimal
    maker_discount: Decimal
    taker_discount: Decimal
    withdrawal_percent: int
    sale_weight: int
    early_hours: int

    @property
    def name(self) -> str:
        return f"VIP {self.level}"

    @property
    def wire_level(self) -> str:
        """As integrators are told: whoever has no tier is LV1."""
        return f"LV{self.level + 1}"

    @property
    def maker_ppm(self) -> int:
        return int(self.maker_discount * PERCENT)

    @property
    def taker_ppm(self) -> int:
        return int(self.taker_discount * PERCENT)

    def row(self) -> dict[str, str]:
        """As the table is kept and proposed: text, so that no float gets near it."""
        return {
            name: plain(value) if isinstance(value, Decimal) else str(value)
            for name, value in zip(COLUMNS, self, strict=True)
        }


NO_TIER = Tier(0, ZERO, ZERO, ZERO, ZERO, 100, 100, 0)


class Table(NamedTuple):
    """Every tier, lowest first, without level 0; and the discount for holders of BMX."""

    tiers: tuple[Tier, ...]
    bmx_least: Decimal
    bmx_discount_ppm: int
    grace_days: int

    def tier(self, level: int) -> Tier:
        """A level's tier; of one that the table no longer has, the highest below it."""
        found = NO_TIER
        for tier in self.tiers:
            if tier.level <= level:
                found = tier
        return found

    def after(self, level: int) -> Tier | None:
        """The next tier up."""
        return next((tier for tier in self.tiers if tier.level > level), None)

    def reached(self, volume_usd: Decimal, bmx: Decimal) -> int:
        """The highest level that this much trading or holding is enough for."""
        return max(
            (t.level for t in self.tiers if volume_usd >= t.volume_usd or bmx >= t.bmx), default=0
        )

    @property
    def bmx_discount(self) -> Decimal:
        """In percent."""
        return Decimal(self.bmx_discount_ppm) / PERCENT


def table() -> Table:
    """The table that counts now. One query."""
    newest = VipTable.objects.order_by("-pk").first()
    if newest is None:
        return Table(_from_file(), Decimal(500), 10 * PERCENT, 14)
    return Table(
        tuple(_tier(row) for row in newest.tiers),
        newest.bmx_least,
        newest.bmx_discount_ppm,
        newest.grace_days,
    )


def checked(rows: Iterable[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """The tiers that rows of text describe. Raises Invalid naming the line and the column."""
    rows = list(rows)
    if not 0 < len(rows) <= MOST_TIERS:
        raise Invalid(
            f"A table has between one and {MOST_TIERS} tiers.", field="tiers", limit=MOST_TIERS
        )
    tiers = tuple(_checked_row(number, row) for number, row in enumerate(rows, start=1))
    for lower, higher in zip(tiers, tiers[1:], strict=False):
        pairs = zip(lower.row().values(), higher.row().values(), strict=True)
        worse = any(Decimal(a) > Decimal(b) for a, b in pairs)
        if worse or lower.bmx == higher.bmx:
            raise Invalid(
                f"Line {higher.level}: a higher tier asks for more and gives no less.",
                field="tiers",
                limit=higher.level,
            )
    return tiers


def _checked_row(number: int, row: Mapping[str, Any]) -> Tier:
    def whole(name: str, least: int, most: int) -> int:
        text = str(row.get(name, "")).strip()
        value = whole_of(text)
        if value is None or not least <= value <= most:
            raise Invalid(
                f"Line {number}: {name} is a whole number from {least} to {most}.",
                field="tiers",
                limit=most,
            )
        return value

    def amount(name: str, most: int, digits: int = 0) -> Decimal:
        text = str(row.get(name, "")).strip()
        plainly, _point, fraction = text.partition(".")
        good = text.isascii() and plainly.isdigit() and (not fraction or fraction.isdigit())
        if not good or len(fraction) > digits or Decimal(text) > most:
            raise Invalid(
                f"Line {number}: {name} is a plain number up to {most}.", field="tiers", limit=most
            )
        return Decimal(text)

    tier = Tier(
        whole("level", number, number),
        amount("volume_usd", 10**12),
        amount("bmx", 10**12),
        amount("maker_discount", MOST_DISCOUNT, 2),
        amount("taker_discount", MOST_DISCOUNT, 2),
        whole("withdrawal_percent", 100, MOST_WITHDRAWAL),
        whole("sale_weight", 100, 1_000),
        whole("early_hours", 0, 72),
    )
    if tier.volume_usd <= 0 or tier.bmx <= 0:
        raise Invalid(f"Line {number}: a tier asks for something.", field="tiers", limit=number)
    return tier


def read(text: str) -> tuple[Tier, ...]:
    """Tiers as a comma-separated text with the columns' names in its first line. Raises Invalid."""
    lines = list(csv.DictReader(text.strip().splitlines()[: MOST_TIERS + 2]))
    return checked(lines)


def written(tiers: Iterable[Tier]) -> str:
    """The same text from tiers."""
    lines = [",".join(COLUMNS), *(",".join(tier.row().values()) for tier in tiers)]
    return "\n".join(lines)


def _tier(row: Mapping[str, str]) -> Tier:
    return Tier(
        int(row["level"]),
        Decimal(row["volume_usd"]),
        Decimal(row["bmx"]),
        Decimal(row["maker_discount"]),
        Decimal(row["taker_discount"]),
        int(row["withdrawal_percent"]),
        int(row["sale_weight"]),
        int(row["early_hours"]),
    )


@cache
def _from_file() -> tuple[Tier, ...]:
    with FILE.open(encoding="utf8", newline="") as file:
        return checked(csv.DictReader(file))
