"""Amounts that say something by themselves: kept under a threshold, or far above the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    IN,
    OUT,
    Params,
    dollars,
    earlier,
    first_of,
    in_order,
    only_users_of,
    profiled,
    scenario,
    sessions,
    within,
)

if TYPE_CHECKING:
    from ibis import Table


@scenario(
    1,
    "structuring",
    "Deposits kept just below the reporting threshold",
    kinds=IN,
    least=lambda p: p.lowest("threshold", p.near),
    when=lambda rows, accounts, p: rows.filter(rows.cents < p.highest("threshold")),
    lookback=120 * DAY,
    severity=4,
    sar="114",
    params={
        "threshold": 10_000,
        "near": 0.8,  # of the threshold: from here on an amount is near it
        "count": 4,
        "gap_days": 6,
        "mostly": 0.75,  # share of the near ones among deposits of any size that matters
        "established": 12,  # large deposits before this session: then large ones are ordinary
    },
    says=(
        "{count} deposits of {smallest:,.0f}–{largest:,.0f} USD in {hours:,.0f} h, together "
        "{total:,.0f} USD, each below {threshold:,.0f}; threshold {needed}"
    ),
)
def structuring(events: Table, accounts: Table, p: Params) -> Table:
    """At least `count` deposits in [near x T, T) in one session, worth T together.

    Nearness alone is no suspicion: who also deposits above the threshold, or has always
    deposited in this size, is a desk at work and stays out.
    """
    rows = profiled(_flows(events, IN), accounts)
    rows = rows.mutate(threshold=p.cents(rows, "threshold"))
    rows = rows.filter(rows.cents >= rows.threshold * 0.3)
    near = (rows.cents >= rows.threshold * p.near) & (rows.cents < rows.threshold)
    rows = rows.mutate(near=near.cast("int64"))
    rows = rows.mutate(before=rows.count().over(earlier(rows, 90 * DAY, "user")))
    rows = sessions(rows, p.gap_days * DAY, "user")
    so_far = in_order(rows, "user", "session", preceding=None, following=0)
    near_cents = rows.cents * rows.near
    rows = rows.mutate(
        seen=rows.count().over(so_far),
        n=rows.near.sum().over(so_far),
        total=near_cents.sum().over(so_far),
        window_start=rows.t.min().over(so_far),
        usual=rows.before.min().over(so_far),
        smallest=near_cents.nullif(0).min().over(so_far),
        largest=near_cents.max().over(so_far),
    )
    found = rows.filter(
        (rows.near == 1)
        & (rows.n >= p.of(rows, "count"))
        & (rows.total >= rows.threshold)
        & (rows.n >= rows.seen * p.mostly)
        & (rows.usual < p.of(rows, "established"))
    )
    found = first_of(found, "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        count=found.n,
        smallest=dollars(found.smallest),
        largest=dollars(found.largest),
        total=dollars(found.total),
        hours=(found.t - found.window_start) / HOUR,
        threshold=dollars(found.threshold),
        needed=p.of(found, "count"),
    )


@scenario(
    2,
    "micro_structuring",
    "Many small, nearly equal deposits that add up",
    kinds=IN,
    least=lambda p: p.lowest("threshold", p.least),
    when=lambda rows, accounts, p: rows.filter(rows.cents < p.highest("threshold", p.small)),
    lookback=60 * DAY,
    sar="114",
    params={
        "threshold": 10_000,
        "small": 0.3,  # of the threshold: each stays below
        "least": 0.02,
        "count": 10,
        "times": 1.5,  # of the threshold: what they add up to
        "gap_days": 3,
        "variation": 0.25,  # standard deviation over mean
    },
    says=(
        "{count} deposits around {mean:,.0f} USD (variation {variation:.2f}) in {days:,.1f} d, "
        "together {total:,.0f} USD; threshold {needed} worth {worth:,.0f}"
    ),
)
def micro_structuring(events: Table, accounts: Table, p: Params) -> Table:
    """At least `count` deposits far below T in one session, alike, adding up to 1.5 T."""
    rows = profiled(_flows(events, IN), accounts)
    rows = rows.mutate(threshold=p.cents(rows, "threshold"))
    rows = rows.filter(
        (rows.cents < rows.threshold * p.small) & (rows.cents >= rows.threshold * p.least)
    )
    rows = sessions(rows, p.gap_days * DAY, "user")
    so_far = in_order(rows, "user", "session", preceding=None, following=0)
    rows = rows.mutate(
        n=rows.count().over(so_far),
        total=rows.cents.sum().over(so_far),
        squares=(rows.cents * rows.cents).sum().over(so_far),
        window_start=rows.t.min().over(so_far),
    )
    mean = rows.total.cast("float64") / rows.n
    rows = rows.mutate(
        mean=mean,
        spread=(rows.squares.cast("float64") / rows.n / (mean * mean) - 1.0).clip(lower=0.0).sqrt(),
    )
    found = rows.filter(
        (rows.n >= p.of(rows, "count"))
        & (rows.total >= rows.threshold * p.times)
        & (rows.spread < p.variation)
    )
    found = first_of(found, "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        count=found.n,
        mean=dollars(found["mean"]),
        variation=found.spread,
        days=(found.t - found.window_start) / DAY,
        total=dollars(found.total),
        needed=p.of(found, "count"),
        worth=dollars(found.threshold) * p.times,
    )


@scenario(
    12,
    "new_account_velocity",
    "A new account moves more than new accounts do",
    kinds=(*IN, *OUT),
    when=lambda rows, accounts, p: _young(rows, accounts, p),
    lookback=40 * DAY,
    cooldown=60 * DAY,
    severity=4,
    sar="812",
    params={
        "age_days": 21,
        "worth": 25_000,
        "times_declared": 3,
        "count": 3,
    },
    # Tier 3 has shown where its money comes from; what is ordinary there is much more.
    overrides=({"tier": 3, "worth": 500_000},),
    says=(
        "{count} movements worth {total:,.0f} USD by an account {age:,.1f} d old; "
        "threshold {worth:,.0f} USD within {within:,.0f} d"
    ),
)
def new_account_velocity(events: Table, accounts: Table, p: Params) -> Table:
    """In and out since the account was opened, against a sum of its tier or what it declared."""
    import ibis

    rows = profiled(_flows(events, (*IN, *OUT)), accounts)
    age = rows.t - rows.created
    rows = rows.filter((age >= 0) & (age <= p.age_days * DAY))
    so_far = in_order(rows, "user", preceding=None, following=0)
    worth = ibis.greatest(p.cents(rows, "worth"), rows.declared.fill_null(0) * p.times_declared)
    rows = rows.mutate(
        n=rows.count().over(so_far),
        total=rows.cents.sum().over(so_far),
        window_start=rows.t.min().over(so_far),
        worth=worth,
    )
    found = rows.filter((rows.total >= rows.worth) & (rows.n >= p.of(rows, "count")))
    found = first_of(found, "user")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        count=found.n,
        total=dollars(found.total),
        age=(found.t - found.created) / DAY,
        worth=dollars(found.worth),
        within=ibis.literal(float(p.age_days)),
    )


@scenario(
    13,
    "profile_deviation",
    "Far more in a month than the customer's own past or word",
    kinds=(*IN, *OUT),
    least=lambda p: p.lowest("floor", p.step),
    lookback=241 * DAY,  # months within half a year that ended a month ago
    cooldown=90 * DAY,
    severity=2,
    sar="812",
    params={
        "times_declared": 3,
        "sigmas": 4,
        "times_mean": 2.5,  # overlapping months vary little: sigma alone would be too narrow
        "age_days": 120,  # since the account was opened or first observed
        "step": 0.02,  # of the floor: a smaller movement is not the one that tells it
        "floor": 100_000,  # what 99 of 100 customers of the tier stay below in a month
        "history": 8,  # movements in the past half year without which there is no past to compare
    },
    overrides=({"tier": 1, "floor": 50_000}, {"tier": 3, "floor": 400_000}),
    says=(
        "{total:,.0f} USD in 30 d; own months before {mean:,.0f} ± {sigma:,.0f} USD; "
        "threshold {limit:,.0f}"
    ),
)
def profile_deviation(events: Table, accounts: Table, p: Params) -> Table:
    """A rolling month above mean + 4 sigma of the own half year before it, and above the floor."""
    import ibis

    rows = profiled(_flows(events, (*IN, *OUT)), accounts)
    rows = rows.mutate(month=rows.cents.sum().over(within(rows, 30 * DAY, "user")))
    rows = only_users_of(rows, rows.filter(rows.month > p.lowest("floor")))
    past = earlier(rows, 210 * DAY, "user", until=30 * DAY)
    rows = rows.mutate(
        past=rows.count().over(past),
        mean=rows.month.cast("float64").mean().over(past),
        sigma=rows.month.cast("float64").std(how="pop").over(past),
    )
    limit = ibis.greatest(
        rows["mean"] + rows.sigma * float(p.sigmas),
        rows["mean"] * float(p.times_mean),
        rows.declared.fill_null(0).cast("float64") * p.times_declared,
        p.cents(rows, "floor").cast("float64"),
    )
    rows = rows.mutate(limit=limit)
    heard_from = ibis.greatest(rows.created, rows.observed_from)
    found = rows.filter(
        (rows.past >= p.history)
        & (rows.cents >= p.cents(rows, "floor") * p.step)
        & (rows.month > rows["limit"])
        & (rows.t - heard_from >= p.age_days * DAY)
    )
    return found.select(
        "user",
        "t",
        window_start=found.t - 30 * DAY,
        window_end=found.t,
        total=dollars(found.month),
        mean=dollars(found["mean"]),
        sigma=dollars(found.sigma),
        limit=dollars(found["limit"]),
    )


def _young(rows: Table, accounts: Table, p: Params) -> Table:
    who = accounts.select(account="user", created="created")
    joined = rows.join(who, rows["user"] == who.account)
    return joined.filter(joined.t - joined.created <= p.age_days * DAY)


def _flows(events: Table, kinds: tuple[str, ...]) -> Table:
    return events.filter(events.kind.isin(kinds)).select("id", "t", "kind", "user", "cents")
