"""The published criteria: measured once a day for every listed asset, with consequences to foresee.

Failing for so many days in a row brings the tag; delisting is always people's word.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from exchange.core import clock
from exchange.core.actors import system
from exchange.core.money import ZERO
from exchange.markets.models import Candle, Market, Ticker
from launchpad.listings import checks, road, warn
from launchpad.listings.models import ChainFinding, Listing, Measurement
from launchpad.listings.states import Stage
from wallets.chains import health
from wallets.chains.models import NetworkWatch

FILE = Path(__file__).parent / "data" / "criteria.csv"
ACTOR = system("listings")
SPAN = timedelta(days=30)
DAY = 1440  # minutes: candles of a day
MEASURED = (Stage.WITHDRAWALS, Stage.LISTED, Stage.WARNED, Stage.DELISTING)
GRACE = timedelta(days=30)  # a new market is measured, and not judged
CHECK_EVERY = timedelta(days=7)
AROUND = Decimal("0.02")
# Open orders near the middle, in the quote; only committed rows, so it may be a moment old.
_DEPTH = """
SELECT coalesce(sum(o.price * (o.size - o.filled_size)), 0) FROM exchange_spotorder o
 WHERE o.market_id = %s AND o.state IN ('new', 'partially_filled')
   AND o.price BETWEEN %s AND %s
"""


class Criterion(NamedTuple):
    key: str
    least: Decimal | None
    most: Decimal | None
    warn_days: int
    delist_days: int
    title: str | Promise
    says: str | Promise

    def fails(self, value: Decimal | int | None) -> bool:
        """Not known is no failure for holders, counted seldom; of a spread it is."""
        if value is None:
            return self.key == "spread_bps"
        return (self.least is not None and value < self.least) or (
            self.most is not None and value > self.most
        )


class Streak(NamedTuple):
    """For how many days in a row a criterion has failed, up to the newest measurement."""

    criterion: Criterion
    days: int


@lru_cache(maxsize=1)
def criteria() -> tuple[Criterion, ...]:
    with FILE.open(encoding="utf8", newline="") as file:
        return tuple(
            Criterion(
                row["key"],
                Decimal(row["least"]) if row["least"] else None,
                Decimal(row["most"]) if row["most"] else None,
                int(row["warn_days"]),
                int(row["delist_days"]),
                gettext_lazy(row["title"]),
                gettext_lazy(row["says"]),
            )
            for row in csv.DictReader(file)
        )


def measure_all(*, day: date | None = None, limit: int = 500) -> int:
    """Measure every listed asset that was not measured for this day, and tag what fails too long.

    Returns how many were measured. Safe to run twice.
    """
    day = day or clock.now().date()
    done = Measurement.objects.filter(day=day).values("listing_id")
    rows = Listing.objects.filter(stage__in=MEASURED).exclude(pk__in=done).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    for listing_id in ids:
        with transaction.atomic():
            listing = road.locked(listing_id)
            if measure(listing, day) is not None:
                judge(listing)
            _have_read(listing)
    return len(ids)


def measure(listing: Listing, day: date) -> Measurement | None:
    """One row for the day; None when there is one. The listing is locked."""
    market = listing.market
    if market is None or listing.measurements.filter(day=day).exists():
        return None
    since = clock.now() - SPAN
    sums = Candle.objects.filter(market=market, minutes=DAY, opened_at__gte=since).aggregate(
        volume=Sum("quote_volume"), trades=Sum("trades")
    )
    ticker = Ticker.objects.filter(market=market).first()
    middle, spread = _middle(ticker)
    run = checks.newest(listing)
    row = Measurement(
        listing=listing,
        day=day,
        volume_30d=sums["volume"] or ZERO,
        trades_a_day=(Decimal(sums["trades"] or 0) / SPAN.days).quantize(Decimal("0.1")),
        spread_bps=spread,
        depth=_depth(market, middle),
        holders=run.holders if run is not None else None,
        chain_ok=_chain_is_well(listing),
        duties_late=listing.duties.filter(due__lt=day, done_on=None).count(),
    )
    values: dict[str, Decimal | int | None] = {
        "volume_30d": row.volume_30d,
        "trades_a_day": row.trades_a_day,
        "spread_bps": row.spread_bps,
        "depth": row.depth,
        "holders": row.holders,
        "chain": int(row.chain_ok),
        "duties": row.duties_late,
    }
    row.failed = [each.key for each in criteria() if each.fails(values[each.key])]
    row.save()
    return row


def judge(listing: Listing) -> None:
    """Tag what has failed for too long. The listing is locked."""
    if listing.stage not in (Stage.WITHDRAWALS, Stage.LISTED) or _is_young(listing):
        return
    over = [each for each in streaks(listing) if each.days >= each.criterion.warn_days]
    if over:
        said = "; ".join(f"{each.criterion.title}: {each.days} days" for each in over)
        warn.put_tag(
            listing, words=f"It misses published criteria ({said}).", actor=ACTOR, reason=said
        )


def streaks(listing: Listing) -> list[Streak]:
    """Criteria that fail now, the longest first. One query."""
    longest = max(each.delist_days for each in criteria()) + 1
    rows = list(listing.measurements.order_by("-day").values_list("failed", flat=True)[:longest])
    found = []
    for criterion in criteria():
        days = 0
        for failed in rows:
            if criterion.key not in failed:
                break
            days += 1
        if days:
            found.append(Streak(criterion, days))
    return sorted(found, key=lambda each: -each.days)


def _is_young(listing: Listing) -> bool:
    return listing.schedule.trading_at > clock.now() - GRACE


def _middle(ticker: Ticker | None) -> tuple[Decimal | None, int | None]:
    if ticker is None or not ticker.bid_price or not ticker.ask_price:
        return None, None
    middle = (ticker.bid_price + ticker.ask_price) / 2
    return middle, int((ticker.ask_price - ticker.bid_price) * 10_000 / middle)


def _depth(market: Market, middle: Decimal | None) -> Decimal:
    if middle is None:
        return ZERO
    low, high = (
        int((middle * factor).scaleb(market.price_precision)) for factor in (1 - AROUND, 1 + AROUND)
    )
    with connection.cursor() as cursor:
        cursor.execute(_DEPTH, [market.pk, low, high])
        units = Decimal(cursor.fetchone()[0])
    return units.scaleb(-market.price_precision - market.size_precision)


def _chain_is_well(listing: Listing) -> bool:
    watch = NetworkWatch.objects.filter(network=listing.network).first()
    if watch is None or watch.state != NetworkWatch.State.FOLLOWING or health.stale(watch):
        return False
    run = checks.newest(listing)
    if run is None:
        return True
    return not run.findings.filter(key="code", verdict=ChainFinding.Verdict.BAD).exists()


def _have_read(listing: Listing) -> None:
    """Look at the contract again now and then: owners come back, proxies are changed."""
    run = listing.chain_checks.order_by("-id").first()
    if not listing.contract:
        return
    if run is None or run.asked_at < clock.now() - CHECK_EVERY:
        checks.ask(listing_id=listing.pk, actor=ACTOR)


def age_of(listing: Listing, now: datetime) -> timedelta:
    """How long it has traded."""
    return now - listing.schedule.trading_at
