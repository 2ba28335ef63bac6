"""Trades that change nothing: with oneself, or around a ring until everybody is where he was.

A trade is two facts, one for each side: `user` traded with `counterparty` on `side`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    Params,
    dollars,
    first_of,
    profiled,
    scenario,
    sessions,
    within,
)

if TYPE_CHECKING:
    from ibis import Table


@scenario(
    25,
    "self_trade",
    "The same beneficial owner on both sides",
    kinds=("trade",),
    when=lambda rows, accounts, p: _same_owner(rows, accounts),
    lookback=3 * DAY,
    scope="market",
    cooldown=7 * DAY,
    severity=4,
    sar="609",
    params={"count": 3, "hours": 24, "worth": 1_000},
    says=(
        "{count} trades worth {total:,.0f} USD on {market} in {hours:,.1f} h with oneself or an "
        "account of the same owner ({other}); threshold {needed}"
    ),
)
def self_trade(events: Table, accounts: Table, p: Params) -> Table:
    """Several trades in a day between accounts of one owner."""
    import ibis

    rows = events.filter((events.kind == "trade") & events.counterparty.notnull()).select(
        "id", "t", "user", "counterparty", "market", "cents"
    )
    rows = _same_owner(rows, accounts)
    recent = within(rows, p.hours * HOUR, "user", "market")
    rows = rows.mutate(
        n=rows.count().over(recent),
        total=rows.cents.sum().over(recent),
        window_start=rows.t.min().over(recent),
    )
    rows = profiled(rows, accounts)
    rows = rows.filter((rows.n >= p.of(rows, "count")) & (rows.total >= p.cents(rows, "worth")))
    found = first_of(sessions(rows, p.hours * HOUR, "user", "market"), "user", "market", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=ibis.array([found["user"], found.counterparty]),
        count=found.n,
        total=dollars(found.total),
        market=found.market,
        hours=(found.t - found.window_start) / HOUR,
        other=found.counterparty,
        needed=p.of(found, "count"),
    )


@scenario(
    25,
    "wash_ring",
    "Accounts that trade in circles and end where they began",
    kinds=("trade",),
    lookback=15 * DAY,
    every=HOUR,
    scope="market",
    cooldown=7 * DAY,
    severity=4,
    sar="609",
    params={
        "imbalance": 0.02,  # net change over volume (1 % in Victor & Weintraud 2021; fees need air)
        "inside": 0.9,  # share of the volume with others of the ring
        "count": 6,  # trades of each member
        "worth": 10_000,
        "days": (1, 7),
    },
    says=(
        "{trades} trades on {market} worth {total:,.0f} USD in {hours:,.1f} h left a net change of "
        "{imbalance:.1%}, {inside:.0%} of it with {members} accounts that did the same; "
        "threshold {limit:.0%}"
    ),
)
def wash_ring(events: Table, accounts: Table, p: Params) -> Table:
    """Members whose buys and sells cancel out, dealing almost only with such members.

    Looked at in windows of a day and a week that end with each trade's day. A market maker's
    buys and sells cancel out too, but with everybody; an arbitrageur's do elsewhere.
    """
    from functools import reduce

    import ibis

    rows = events.filter(
        (events.kind == "trade")
        & events.counterparty.notnull()
        & (events["user"] != events.counterparty)
    ).select("id", "t", "user", "counterparty", "market", "side", "cents")
    parts = []
    for days in p.days:
        parts.append(_ring_of(rows.mutate(bucket=(rows.t // (days * DAY)).cast("int64")), p, days))
    found = reduce(ibis.union, parts)
    found = first_of(found, "user", "market", "bucket_start")
    found = profiled(found, accounts)
    found = found.filter(found.total >= p.cents(found, "worth"))
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.ring,
        trades=found.trades,
        market=found.market,
        total=dollars(found.total),
        hours=(found.t - found.window_start) / HOUR,
        imbalance=found.imbalance,
        inside=found.inside,
        members=found.members,
        limit=ibis.literal(float(p.imbalance)),
    )


def _same_owner(rows: Table, accounts: Table) -> Table:
    """Trades with oneself, or with another account of the same owner."""
    mine = accounts.select(one="user", one_owner="owner")
    theirs = accounts.select(two="user", two_owner="owner")
    rows = rows.left_join(mine, rows["user"] == mine.one)
    rows = rows.left_join(theirs, rows.counterparty == theirs.two)
    return rows.filter(
        (rows["user"] == rows.counterparty)
        | (rows.one_owner.notnull() & (rows.one_owner == rows.two_owner))
    ).drop("one", "two", "one_owner", "two_owner")


def _ring_of(rows: Table, p: Params, days: int) -> Table:
    """Members of rings by (market, bucket): balanced, and dealing with the balanced."""
    import ibis

    keys = ["market", "bucket", "user"]
    signed = ibis.ifelse(rows.side == "buy", rows.cents, -rows.cents)
    rows = rows.mutate(signed=signed)
    each = rows.group_by(keys).aggregate(
        net=rows.signed.sum().abs(), volume=rows.cents.sum(), n=rows.count()
    )
    balanced = each.filter(
        (each.n >= p.count) & (each.net <= each.volume * float(p.imbalance))
    ).select(b_market="market", b_bucket="bucket", b_user="user")
    # Twice round: whoever deals with the balanced only because outsiders look balanced falls out.
    for _ in range(2):
        inside = rows.semi_join(
            balanced,
            [
                rows.market == balanced.b_market,
                rows.bucket == balanced.b_bucket,
                rows["user"] == balanced.b_user,
            ],
        )
        other = balanced.select(o_market="b_market", o_bucket="b_bucket", o_user="b_user")
        inside = inside.left_join(
            other,
            [
                inside.market == other.o_market,
                inside.bucket == other.o_bucket,
                inside.counterparty == other.o_user,
            ],
        )
        within_ring = ibis.ifelse(inside.o_user.notnull(), inside.cents, 0)
        inside = inside.mutate(within_ring=within_ring)
        members = inside.group_by(keys).aggregate(
            id=inside.id.max(),
            t=inside.t.max(),
            window_start=inside.t.min(),
            trades=inside.count(),
            total=inside.cents.sum(),
            inner=inside.within_ring.sum(),
            net=inside.signed.sum().abs(),
            members=inside.o_user.nunique(),
            ring=inside.counterparty.collect(),
        )
        members = members.filter(members.inner >= members.total * float(p.inside))
        balanced = members.select(b_market="market", b_bucket="bucket", b_user="user")
    return members.select(
        "id",
        "t",
        "user",
        "market",
        "window_start",
        "trades",
        "total",
        "members",
        "ring",
        bucket_start=members.bucket * (days * DAY),
        imbalance=members.net.cast("float64") / members.total,
        inside=members.inner.cast("float64") / members.total,
    )
