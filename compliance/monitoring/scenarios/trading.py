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

DOUBLINGS = 3  # of the length of a path: up to eight sales each way, a ring of nine


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
        "partner": 0.1,  # of the volume of both: from here on two accounts are partners
        "inside": 0.5,  # share of the volume within the ring; the rest is camouflage
        "count": 6,  # trades of each member within the ring
        "worth": 10_000,
        "days": (1, 7),
    },
    says=(
        "{trades} trades on {market} worth {total:,.0f} USD in {hours:,.1f} h around a ring of "
        "{members} accounts left a net change of {imbalance:.1%} ({inside:.0%} of all that the "
        "account traded then); threshold {limit:.0%}"
    ),
)
def wash_ring(events: Table, accounts: Table, p: Params) -> Table:
    """Accounts from each of which coins find their way to all others and back, and stay nowhere.

    A ring is a strongly connected component of who sells to whom, counting partners only: pairs
    that are a good part of each other's volume, for in an open market everybody is connected with
    everybody. What counts then is the trade within the ring, whatever else its members do beside
    it. Looked at in windows of a day and a week that end with each trade's, and in the same half a
    window later. Market makers by contract are nobody's partners.
    """
    import ibis

    rows = events.filter(
        (events.kind == "trade")
        & events.counterparty.notnull()
        & (events["user"] != events.counterparty)
    ).select("id", "t", "user", "counterparty", "market", "side", "cents")
    makers = accounts.filter(accounts.market_maker.fill_null(False))
    for side in ("user", "counterparty"):
        by_contract = makers.select(**{f"maker_{side}": "user"})
        rows = rows.anti_join(by_contract, rows[side] == by_contract[f"maker_{side}"])
    found = _rings_in(_in_windows(rows, p), p)
    found = profiled(found, accounts)
    found = found.filter(found.total >= p.cents(found, "worth"))
    found = first_of(found, "user", "market", "bucket_start")
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


def _in_windows(rows: Table, p: Params) -> Table:
    """Every trade once a window that it is in: `bucket` is the window's name, `opens` its start."""
    from functools import reduce

    import ibis

    found = []
    for days in p.days:
        span = days * DAY
        for shift in (0, span // 2):
            opens = ((rows.t + shift) // span).cast("int64") * span - shift
            name = ibis.literal(f"{days}/{shift}:") + opens.cast("string")
            found.append(rows.mutate(opens=opens, bucket=name))
    return reduce(ibis.union, found)


def _rings_in(rows: Table, p: Params) -> Table:
    """Members of rings by (market, window), with what they traded within their ring."""
    keys = ["market", "bucket", "user"]
    rows = rows.mutate(
        signed=(rows.side == "buy").ifelse(rows.cents, -rows.cents),
        volume=rows.cents.sum().over(group_by=keys),
        other_volume=rows.cents.sum().over(group_by=["market", "bucket", "counterparty"]),
    )
    together = _connected(_partners(rows, p))
    inside = rows.inner_join(
        together,
        [
            rows.market == together.c_market,
            rows.bucket == together.c_bucket,
            rows["user"] == together.c_user,
            rows.counterparty == together.c_other,
        ],
    )
    members = inside.group_by(keys).aggregate(
        id=inside.id.max(),
        t=inside.t.max(),
        window_start=inside.t.min(),
        trades=inside.count(),
        total=inside.cents.sum(),
        net=inside.signed.sum().abs(),
        volume=inside.volume.max(),
        bucket_start=inside.opens.min(),
        ring=inside.ring.arbitrary(),
        members=inside.members.max() + 1,
    )
    members = members.filter(
        (members.trades >= p.count)
        & (members.net <= members.total * float(p.imbalance))
        & (members.total >= members.volume * float(p.inside))
    )
    return members.select(
        "id",
        "t",
        "user",
        "market",
        "window_start",
        "bucket_start",
        "trades",
        "total",
        "members",
        "ring",
        imbalance=members.net.cast("float64") / members.total,
        inside=members.total.cast("float64") / members.volume,
    )


def _partners(rows: Table, p: Params) -> Table:
    """Who sold to whom (`a` to `b`), where it is a good part of what each of them traded."""
    sales = rows.filter(rows.side == "sell")
    edges = sales.group_by(["market", "bucket", "user", "counterparty"]).aggregate(
        sold=sales.cents.sum(), volume=sales.volume.max(), other_volume=sales.other_volume.max()
    )
    share = float(p.partner)
    edges = edges.filter(
        (edges.sold >= edges.volume * share) & (edges.sold >= edges.other_volume * share)
    )
    return edges.select("market", "bucket", a="user", b="counterparty")


def _connected(edges: Table) -> Table:
    """Pairs that reach each other over at most 2^DOUBLINGS sales in both directions, and with each
    the whole ring of the first. Everybody reaches themselves, so that shorter ways count too."""
    import ibis

    reach = edges.union(edges.mutate(b=edges.a), distinct=True)
    for _ in range(DOUBLINGS):
        ahead = reach.select(n_market="market", n_bucket="bucket", n_a="a", n_b="b")
        reach = (
            reach.inner_join(
                ahead,
                [
                    reach.market == ahead.n_market,
                    reach.bucket == ahead.n_bucket,
                    reach.b == ahead.n_a,
                ],
            )
            .select("market", "bucket", "a", b="n_b")
            .distinct()
        )
    reach = reach.filter(reach.a != reach.b)
    reach = reach.mutate(one=ibis.least(reach.a, reach.b), two=ibis.greatest(reach.a, reach.b))
    reach = reach.mutate(ways=reach.count().over(group_by=["market", "bucket", "one", "two"]))
    both = reach.filter(reach.ways == 2)
    mine = ibis.window(group_by=[both.market, both.bucket, both.a])
    return both.select(
        c_market="market",
        c_bucket="bucket",
        c_user="a",
        c_other="b",
        ring=both.b.collect().over(mine),
        members=both.count().over(mine),
    )
