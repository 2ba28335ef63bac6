"""Measure everybody once a day, and move them between tiers: a few statements, however many.

Counted are the thirty whole days (UTC) before: what main accounts and their sub-accounts traded
with other people, and the BMX they held and staked on average. Who rises does so at once. Who is
measured lower keeps their tier for the days of grace, in which they may catch up.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import system
from launchpad.rewards import tiers
from launchpad.rewards.models import VipStanding
from launchpad.snapshots.models import Snapshot
from launchpad.snapshots.plan import plan

SPAN = timedelta(days=30)
SECONDS = 30 * 24 * 3600
SNAPSHOT_STAYS_GOOD = timedelta(days=2)
COIN = "BMX"
ITSELF = system("rewards.measure")
EVERYONE = 0  # the key of the lock: no campaign has it

_COMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS vip_measured (
    customer_id bigint PRIMARY KEY, volume numeric, bmx numeric, measured int,
    before int, after int, falls_on date
) ON COMMIT DELETE ROWS
"""
_MEASURE = """
INSERT INTO vip_measured
WITH tiers AS (
    SELECT * FROM unnest(%(levels)s::int[], %(volumes)s::numeric[], %(bmxs)s::numeric[])
        AS t(level, volume, bmx)
), days AS MATERIALIZED (
    SELECT d.one_id, d.other_id, d.usd FROM launchpad_tradedday d
      LEFT JOIN launchpad_persongroup a ON a.customer_id = d.one_id
      LEFT JOIN launchpad_persongroup b ON b.customer_id = d.other_id
     WHERE d.day >= %(day)s::date - 30 AND d.day < %(day)s AND d.one_id <> d.other_id
       AND d.one_fees_usd + d.other_fees_usd > 0  -- nobody rises by trades that cost nothing
       AND (a.group_id = b.group_id) IS NOT TRUE
), traded AS (
    SELECT customer_id, sum(usd) AS usd
      FROM (SELECT one_id AS customer_id, usd FROM days
             UNION ALL SELECT other_id, usd FROM days) sides GROUP BY 1
), had AS (
    SELECT customer_id, held + staked AS bmx FROM launchpad_snapshotline
     WHERE snapshot_id = %(snapshot)s
), people AS (
    SELECT customer_id FROM traded UNION SELECT customer_id FROM had
     UNION SELECT customer_id FROM launchpad_vipstanding
), figures AS (
    SELECT c.id AS customer_id, coalesce(t.usd, 0) AS volume,
           coalesce(h.bmx, CASE WHEN %(snapshot)s::bigint IS NULL THEN s.bmx END, 0) AS bmx,
           coalesce(s.level, 0) AS before, s.falls_on
      FROM people p JOIN exchange_customer c ON c.id = p.customer_id AND c.parent_id IS NULL
      LEFT JOIN exchange_user u ON u.id = c.user_id
      LEFT JOIN traded t ON t.customer_id = c.id LEFT JOIN had h ON h.customer_id = c.id
      LEFT JOIN launchpad_vipstanding s ON s.customer_id = c.id
     WHERE u.is_staff IS NOT TRUE
), reached AS (
    SELECT f.*, coalesce(f.falls_on, %(day)s::date + %(grace)s::int) AS falls,
           coalesce((SELECT max(level) FROM tiers
                      WHERE f.volume >= tiers.volume OR f.bmx >= tiers.bmx), 0) AS measured
      FROM figures f
), moved AS (
    SELECT *, CASE WHEN measured >= before OR falls <= %(day)s THEN measured ELSE before END
           AS after FROM reached
)
SELECT customer_id, volume, bmx, measured, before, after,
       CASE WHEN measured < after THEN falls END
  FROM moved
"""
_CHANGES = """
INSERT INTO launchpad_vipchange ("customer_id", "on", before, after, volume_usd, bmx)
SELECT customer_id, %(day)s, before, after, volume, bmx FROM vip_measured WHERE before <> after
ON CONFLICT (customer_id, "on") DO UPDATE SET
    after = EXCLUDED.after, volume_usd = EXCLUDED.volume_usd, bmx = EXCLUDED.bmx
"""
_STANDINGS = """
INSERT INTO launchpad_vipstanding
    (customer_id, level, since, measured_on, measured_level, volume_usd, bmx, falls_on)
SELECT customer_id, after, %(day)s, %(day)s, measured, volume, bmx, falls_on FROM vip_measured
ON CONFLICT (customer_id) DO UPDATE SET
    since = CASE WHEN launchpad_vipstanding.level = EXCLUDED.level
                 THEN launchpad_vipstanding.since ELSE EXCLUDED.since END,
    level = EXCLUDED.level, measured_on = EXCLUDED.measured_on,
    measured_level = EXCLUDED.measured_level, volume_usd = EXCLUDED.volume_usd,
    bmx = EXCLUDED.bmx, falls_on = EXCLUDED.falls_on
"""
# What trading reads: a row for whoever has a discount, changed only where it differs.
_GRANTED = """
WITH rates AS (
    SELECT * FROM unnest(%(levels)s::int[], %(makers)s::int[], %(takers)s::int[], %(names)s::text[])
        AS r(level, maker, taker, name)
), wanted AS (
    SELECT s.customer_id, 'vip' AS source, r.name, r.maker, r.taker
      FROM launchpad_vipstanding s JOIN rates r ON r.level = least(s.level, %(top)s::int)
     WHERE (r.maker > 0 OR r.taker > 0) AND (%(only)s::bigint IS NULL OR s.customer_id = %(only)s)
     UNION ALL
    SELECT b.customer_id, 'bmx', '', %(bmx_discount)s::int, %(bmx_discount)s::int
      FROM launchpad_bmxdiscount b JOIN launchpad_vipstanding s ON s.customer_id = b.customer_id
     WHERE s.bmx >= %(bmx_least)s::numeric AND %(bmx_discount)s::int > 0
       AND (%(only)s::bigint IS NULL OR s.customer_id = %(only)s)
), gone AS (
    DELETE FROM exchange_feestanding f
     WHERE f.source IN ('vip', 'bmx') AND (%(only)s::bigint IS NULL OR f.customer_id = %(only)s)
       AND NOT EXISTS (
         SELECT FROM wanted w WHERE w.customer_id = f.customer_id AND w.source = f.source)
)
INSERT INTO exchange_feestanding AS f
    (customer_id, source, level, maker_discount_ppm, taker_discount_ppm, since, until)
SELECT customer_id, source, name, maker, taker, %(now)s, NULL FROM wanted ORDER BY 1, 2
ON CONFLICT (customer_id, source) DO UPDATE SET
    level = EXCLUDED.level, maker_discount_ppm = EXCLUDED.maker_discount_ppm,
    taker_discount_ppm = EXCLUDED.taker_discount_ppm, since = EXCLUDED.since, until = NULL
WHERE (f.level, f.maker_discount_ppm, f.taker_discount_ppm)
    IS DISTINCT FROM (EXCLUDED.level, EXCLUDED.maker_discount_ppm, EXCLUDED.taker_discount_ppm)
   OR f.until IS NOT NULL
"""


def plan_next() -> int | None:
    """Publish the next midnight at which BMX is counted. Returns the snapshot's id; none without
    the coin. Twice is once."""
    asset_id = Asset.objects.filter(code=COIN).values_list("pk", flat=True).first()
    if asset_id is None:
        return None
    midnight = datetime.combine(clock.now().date() + timedelta(days=1), time(), UTC)
    return plan(asset_id=asset_id, at=midnight, average_of=SPAN, why="VIP tiers").pk


def measure(*, day: date | None = None) -> int:
    """Measure everybody as of a day (today). Returns how many changed their tier.

    Safe to run twice: the same day gives the same tiers. Waits for whoever is at it.
    """
    day = day or clock.now().date()
    with transaction.atomic():
        locks.hold(locks.Lock.CAMPAIGN, EVERYONE)
        table = tiers.table()
        values = {**_figures(table), "day": day, "snapshot": _newest_snapshot()}
        with connection.cursor() as cursor:
            cursor.execute(_COMING)
            cursor.execute("DELETE FROM vip_measured")
            cursor.execute(_MEASURE, values)
            cursor.execute(_CHANGES, values)
            changed = cursor.rowcount
            cursor.execute(_STANDINGS, values)
            measured = cursor.rowcount
            cursor.execute(_GRANTED, values)
        record(
            actor=ITSELF,
            verb="rewards.measure",
            target_type="vipstanding",
            target_id=str(day),
            after={"measured": measured, "changed": changed, "snapshot": values["snapshot"]},
        )
    return changed


def is_due() -> bool:
    """Whether today was not measured yet, and what it needs is there."""
    today = clock.now().date()
    if VipStanding.objects.filter(measured_on__gte=today).exists():
        return False
    midnight = datetime.combine(today, time(), UTC)
    return not Snapshot.objects.filter(
        asset__code=COIN,
        at=midnight,
        average_seconds=SECONDS,
        state=Snapshot.State.PLANNED,
    ).exists()


def write_discounts(*, customer_id: int | None = None) -> None:
    """Make what trading reads agree with the standings, after the table or one's wish changed."""
    values = {**_figures(tiers.table()), "only": customer_id}
    with connection.cursor() as cursor:
        cursor.execute(_GRANTED, values)


def _figures(table: tiers.Table) -> dict[str, Any]:
    return {
        "levels": [tier.level for tier in table.tiers],
        "volumes": [tier.volume_usd for tier in table.tiers],
        "bmxs": [tier.bmx for tier in table.tiers],
        "makers": [tier.maker_ppm for tier in table.tiers],
        "takers": [tier.taker_ppm for tier in table.tiers],
        "names": [tier.wire_level for tier in table.tiers],
        "grace": table.grace_days,
        "bmx_least": table.bmx_least,
        "bmx_discount": table.bmx_discount_ppm,
        "top": table.tiers[-1].level,
        "only": None,
        "now": clock.now(),
    }


def _newest_snapshot() -> int | None:
    """The last average of thirty days; a missed midnight leaves everybody's as it was."""
    return (
        Snapshot.objects.filter(
            asset__code=COIN,
            average_seconds=SECONDS,
            state=Snapshot.State.TAKEN,
            at__gt=clock.now() - SNAPSHOT_STAYS_GOOD,
        )
        .order_by("-at")
        .values_list("pk", flat=True)
        .first()
    )
