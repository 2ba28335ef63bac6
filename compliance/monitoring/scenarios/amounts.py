"""Amounts that say something by themselves: kept under a threshold, or far above the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    IN,
    Params,
    dollars,
    first_of,
    in_order,
    profiled,
    scenario,
    sessions,
)

if TYPE_CHECKING:
    from ibis import Table


@scenario(
    1,
    "structuring",
    "Deposits kept just below the reporting threshold",
    kinds=IN,
    least_cents=100_000,
    lookback=120 * DAY,
    severity=4,
    sar="114",
    params={
        "threshold": 10_000,
        "near": 0.8,  # of the threshold: from here on an amount is near it
        "count": 4,
        "gap_days": 5,
        "mostly": 0.75,  # share of the near ones among deposits of any size that matters
        "established": 12,  # large deposits before this session: then large ones are ordinary
    },
    says=(
        "{count} deposits of {smallest:,.0f}-{largest:,.0f} USD in {hours:,.0f} h, together "
        "{total:,.0f} USD, each below {threshold:,.0f}; from {needed} on it is a pattern"
    ),
)
def structuring(events: Table, accounts: Table, p: Params) -> Table:
    """At least `count` deposits in [near x T, T) in one session, worth T together.

    Nearness alone is no suspicion: who also deposits above the threshold, or has always
    deposited in this size, is a desk at work and stays out.
    """
    rows = profiled(events.filter(events.kind.isin(IN)), accounts)
    threshold = p.cents(rows, "threshold")
    rows = rows.filter(rows.cents >= threshold * 0.3).mutate(threshold=threshold)
    near = (rows.cents >= rows.threshold * p.near) & (rows.cents < rows.threshold)
    rows = rows.mutate(near=near.cast("int64"))
    rows = rows.mutate(
        before=rows.count().over(in_order(rows, "user", preceding=(None, 1))),
    )
    rows = sessions(rows, p.gap_days * DAY, "user")
    so_far = in_order(rows, "user", "session", preceding=None, following=0)
    near_cents = rows.cents * rows.near
    rows = rows.mutate(
        seen=rows.count().over(so_far),
        count=rows.near.sum().over(so_far),
        total_cents=near_cents.sum().over(so_far),
        window_start=rows.t.min().over(so_far),
        earlier=rows.before.min().over(so_far),
        smallest_cents=near_cents.nullif(0).min().over(so_far),
        largest_cents=near_cents.max().over(so_far),
    )
    found = rows.filter(
        (rows.near == 1)
        & (rows["count"] >= p.of(rows, "count"))
        & (rows.total_cents >= rows.threshold)
        & (rows["count"] >= rows.seen * p.mostly)
        & (rows.earlier < p.of(rows, "established"))
    )
    found = first_of(found, "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        count=found["count"],
        smallest=dollars(found.smallest_cents),
        largest=dollars(found.largest_cents),
        total=dollars(found.total_cents),
        hours=(found.t - found.window_start) / 3_600_000,
        threshold=dollars(found.threshold),
        needed=p.of(found, "count"),
    )
