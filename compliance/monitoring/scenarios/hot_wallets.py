"""Our own hot wallets, watched as if they were customers: `user` is the wallet's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    MINUTE,
    Params,
    dollars,
    earlier,
    first_of,
    scenario,
    sessions,
    within,
)

if TYPE_CHECKING:
    from ibis import Table


@scenario(
    24,
    "hot_wallet_drain",
    "A hot wallet pays out what nobody approved, or far more than ever",
    kinds=("hot_wallet_payment",),
    lookback=15 * DAY,
    cooldown=DAY // 24,
    severity=5,
    action="hold",
    sar="920",
    params={"share": 0.2, "sigmas": 6, "minutes": 10, "days": 7, "payments": 50, "worth": 5_000},
    says=(
        "{payments} payments worth {total:,.0f} USD in {minutes} min, {share:.0%} of the wallet, "
        "{unknown} of them of no approved withdrawal; thresholds {limit:.0%}, {sigmas} sigma"
    ),
)
def hot_wallet_drain(events: Table, accounts: Table, p: Params) -> Table:
    """Ten minutes' outflow above a fifth of the wallet or 6 sigma of the week, or one unknown.

    Custody halts by its own detector; this one is the alert, and the look-back.
    """
    import ibis

    rows = events.filter(events.kind == "hot_wallet_payment").select(
        "id", "t", "user", "cents", "wallet_share", "approved"
    )
    recent = within(rows, p.minutes * MINUTE, "user")
    unknown = (~rows.approved.fill_null(False)).cast("int64")
    rows = rows.mutate(
        n=rows.count().over(recent),
        total=rows.cents.sum().over(recent),
        share=rows.wallet_share.fill_null(0.0).sum().over(recent),
        unknown=unknown.sum().over(recent),
        window_start=rows.t.min().over(recent),
    )
    week = earlier(rows, p.days * DAY, "user", until=p.minutes * MINUTE + 1)
    rows = rows.mutate(
        past=rows.count().over(week),
        mean=rows.total.cast("float64").mean().over(week),
        sigma=rows.total.cast("float64").std(how="pop").over(week),
    )
    far = (
        (rows.past >= p.payments)
        & (rows.total > rows["mean"] + rows.sigma * float(p.sigmas))
        & (rows.total >= p.worth * 100)
    )
    rows = rows.filter((rows.unknown > 0) | (rows.share > p.share) | far.fill_null(False))
    found = first_of(sessions(rows, 60 * MINUTE, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        payments=found.n,
        total=dollars(found.total),
        minutes=ibis.literal(int(p.minutes)),
        share=found.share,
        unknown=found.unknown,
        limit=ibis.literal(float(p.share)),
        sigmas=ibis.literal(int(p.sigmas)),
    )
