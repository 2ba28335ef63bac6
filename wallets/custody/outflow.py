"""Is what leaves a wallet more than it should be? Ten minutes against the week before.

A wallet's history is uneven: a few large withdrawals, many small, nights with none. So the middle
is the median of the ten-minute windows in which something left, and the spread is the median
distance from it (MAD), never taken to be less than half the middle; a single large withdrawal of
the past moves neither. Below twelve such windows there is no history, and only the share counts.
All of it in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from exchange.core import clock
from wallets.addresses.models import KeySet
from wallets.custody.models import WHOLE, Outflow, WalletPolicy

WINDOW = timedelta(minutes=10)
HISTORY = timedelta(days=7)
KEPT = timedelta(days=30)
LEAST_WINDOWS = 12
# Cold wallets are left out: what leaves them was signed by several people.
JUDGED = (KeySet.Role.HOT, KeySet.Role.WARM, KeySet.Role.DEPOSIT)
# 1.4826 times the MAD estimates a normal distribution's standard deviation.
MAD_TO_DEVIATION = (14_826, 10_000)

_RECENT = """
SELECT coalesce(sum(units), 0) FROM wallets_outflow
 WHERE key_set_id = %s AND asset_network_id = %s AND at > %s AND at <= %s
"""
_WINDOWS = """
SELECT sum(units) FROM wallets_outflow
 WHERE key_set_id = %(key_set)s AND asset_network_id = %(asset_network)s
   AND at > %(since)s AND at <= %(until)s
 GROUP BY date_bin('10 minutes', at, %(until)s::timestamptz)
"""


class Left(NamedTuple):
    """Which wallet's which asset."""

    key_set_id: int
    asset_network_id: int


class Paid(NamedTuple):
    """In which transaction, from which wallet, in which asset."""

    txid: str
    left: Left


class Measured(NamedTuple):
    """Ten minutes of one wallet and asset, in base units.

    `deviations` is how many deviations above the median, rounded down; None without a history.
    `share_bp` is of what the wallet held before.
    """

    units: int
    windows: int
    median: int
    deviation: int
    deviations: int | None
    share_bp: int


class Verdict(NamedTuple):
    """Stop withdrawals of the asset, only watch, or nothing; and why."""

    stop: bool
    watch: bool
    why: str


def measure(*, key_set_id: int, asset_network_id: int, at: datetime, held: int) -> Measured:
    """What left in the ten minutes up to `at`, beside the week before. `held` is what is left.

    Two indexed queries over at most a week of blocks in which something left this wallet.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, [key_set_id, asset_network_id, at - WINDOW, at])
        recent = int(cursor.fetchone()[0])
        cursor.execute(
            _WINDOWS,
            {
                "key_set": key_set_id,
                "asset_network": asset_network_id,
                "since": at - HISTORY,
                "until": at - WINDOW,
            },
        )
        windows = [int(row[0]) for row in cursor.fetchall()]
    return compare(recent, windows, held)


def compare(units: int, windows: Sequence[int], held: int) -> Measured:
    """The arithmetic of `measure`: this window, those before, and what is left in the wallet."""
    before = max(held, 0) + units
    share = WHOLE if before <= 0 else units * WHOLE // before
    if len(windows) < LEAST_WINDOWS:
        return Measured(units, len(windows), 0, 0, None, share)
    middle = _median(windows)
    mad = _median([abs(each - middle) for each in windows])
    deviation = max(mad * MAD_TO_DEVIATION[0] // MAD_TO_DEVIATION[1], middle // 2, 1)
    return Measured(units, len(windows), middle, deviation, (units - middle) // deviation, share)


def judge(seen: Measured, policy: WalletPolicy) -> Verdict:
    """What the policy says to ten minutes of outflow."""
    if not seen.units:
        return Verdict(False, False, "")
    percent = f"{seen.share_bp // 100} % of the wallet in ten minutes"
    if seen.share_bp >= policy.outflow_alone_bp:
        return Verdict(True, True, percent)
    if seen.deviations is None:
        # Without a history half as much is already too much to let it run.
        lone = seen.share_bp * 2 >= policy.outflow_alone_bp
        return Verdict(lone, lone, f"{percent}, and no history to compare with")
    unusual = seen.deviations >= policy.outflow_deviations
    why = f"{percent}, {seen.deviations} deviations above its median"
    return Verdict(unusual and seen.share_bp >= policy.outflow_share_bp, unusual, why)


def forget(*, limit: int = 10_000) -> int:
    """Delete rows older than thirty days, a bounded number at a time. Returns how many."""
    old = Outflow.objects.filter(at__lt=clock.now() - KEPT).order_by("pk").values("pk")[:limit]
    return Outflow.objects.filter(pk__in=old).delete()[0]


def _median(values: Sequence[int]) -> int:
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) // 2
