"""Many to one and one to many: accounts that collect, and accounts that distribute.

Only the first transfer of a pair in two months counts. Merchants are paid by their customers again
and again, employers pay the same people every month; a ring is made of pairs who never dealt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    OUT,
    Params,
    dollars,
    earlier,
    first_of,
    in_order,
    profiled,
    scenario,
    sessions,
    within,
)

if TYPE_CHECKING:
    from ibis import Table


STRANGERS = 60 * DAY  # two accounts with no transfer for this long


@scenario(
    6,
    "fan_in",
    "Many strangers pay one account, which pays out",
    kinds=("transfer", *OUT),
    triggers=OUT,
    scope="both",
    least=lambda p: p.lowest("least", p.senders * p.low),
    lookback=131 * DAY,
    severity=4,
    sar="824",
    params={
        "least": 400,
        "senders": 5,
        "days": 10,
        "low": 0.7,  # what leaves at once, over what came in
        "high": 1.15,
        "usual_days": 60,
        "usual": 1.0,  # large transfers received before, over those received now
    },
    says=(
        "{senders} accounts that never paid before sent {into:,.0f} USD in {days:,.1f} d, then "
        "{out:,.0f} USD left at once; threshold {needed} senders"
    ),
)
def fan_in(events: Table, accounts: Table, p: Params) -> Table:
    """First transfers of at least `senders` accounts within days, then one payment of most."""
    import ibis

    least = int(p.least * 100)
    firsts = _first_of_pairs(events, least)
    into = firsts.select("id", "t", user="counterparty", cents="cents", into="cents", other="user")
    out = events.filter(events.kind.isin(OUT) & (events.cents >= least * p.senders * p.low))
    out = out.select("id", "t", "user", "cents", into=ibis.literal(0, "int64"), other="user")
    rows = ibis.union(into, out)
    rows = rows.mutate(is_in=(rows.into > 0).cast("int64"))
    rows = _recent(rows, p)
    found = rows.filter(
        (rows.is_in == 0)
        & (rows.n >= p.senders)
        & (rows.cents >= rows.total * p.low)
        & (rows.cents <= rows.total * p.high)
        & (rows.usual <= rows.n * p.usual)
    )
    found = profiled(found, accounts)
    found = found.filter(found.n >= p.of(found, "senders"))
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.others,
        senders=found.n,
        into=dollars(found.total),
        days=(found.t - found.window_start) / DAY,
        out=dollars(found.cents),
        needed=p.of(found, "senders"),
    )


@scenario(
    7,
    "fan_out",
    "One account pays many that were just opened",
    kinds=("transfer",),
    scope="both",
    least=lambda p: p.lowest("least"),
    lookback=80 * DAY,
    severity=4,
    sar="824",
    params={
        "least": 300,
        "receivers": 5,
        "days": 9,
        "young_days": 21,
        "mostly": 0.5,  # share of young accounts among those paid for the first time
    },
    says=(
        "{receivers} accounts received {total:,.0f} USD for the first time in {hours:,.0f} h, "
        "{young} of them younger than {young_days} d; threshold {needed}"
    ),
)
def fan_out(events: Table, accounts: Table, p: Params) -> Table:
    """First transfers to at least `receivers` accounts within days, most of them just opened."""
    import ibis

    rows = _first_of_pairs(events, int(p.least * 100))
    who = accounts.select(account="user", opened="created")
    rows = rows.left_join(who, rows.counterparty == who.account).drop("account")
    age = rows.t - rows.opened
    rows = rows.mutate(
        young=((age >= 0) & (age < p.young_days * DAY)).fill_null(False).cast("int64")
    )
    recent = within(rows, p.days * DAY, "user")
    rows = rows.mutate(
        n=rows.count().over(recent),
        n_young=rows.young.sum().over(recent),
        total=rows.cents.sum().over(recent),
        window_start=rows.t.min().over(recent),
        others=rows.counterparty.collect().over(recent),
    )
    rows = profiled(sessions(rows, p.days * DAY, "user"), accounts)
    found = rows.filter(
        (rows.n_young >= p.of(rows, "receivers")) & (rows.n_young > rows.n * p.mostly)
    )
    found = first_of(found, "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.others,
        receivers=found.n,
        young=found.n_young,
        young_days=ibis.literal(int(p.young_days)),
        total=dollars(found.total),
        hours=(found.t - found.window_start) / HOUR,
        needed=p.of(found, "receivers"),
    )


@scenario(
    10,
    "gather_scatter",
    "One account collects from many and distributes to many",
    kinds=("transfer",),
    scope="both",
    least=lambda p: p.lowest("least"),
    lookback=131 * DAY,
    severity=4,
    sar="824",
    params={
        "least": 400,
        "senders": 4,
        "receivers": 4,
        "days": 10,
        "retained": 0.2,
        "usual_days": 60,
        "usual": 1.0,
    },
    says=(
        "{senders} accounts sent {into:,.0f} USD and {receivers} others received {out:,.0f} USD in "
        "{hours:,.0f} h, {kept:.0%} stayed; thresholds {needed_in} in, {needed_out} out"
    ),
)
def gather_scatter(events: Table, accounts: Table, p: Params) -> Table:
    """First transfers from many and to many others within days, of which little stays."""
    import ibis

    firsts = _first_of_pairs(events, int(p.least * 100))
    zero = ibis.literal(0, "int64")
    into = firsts.select("id", "t", user="counterparty", cents=zero, into="cents", other="user")
    out = firsts.select("id", "t", user="user", cents="cents", into=zero, other="counterparty")
    rows = ibis.union(into, out)
    rows = rows.mutate(is_in=(rows.into > 0).cast("int64"))
    recent = within(rows, p.days * DAY, "user")
    rows = rows.mutate(
        n_out=(1 - rows.is_in).sum().over(recent),
        out=rows.cents.sum().over(recent),
    )
    rows = _recent(rows, p)
    found = rows.filter(
        (rows.is_in == 0)
        & (rows.n >= p.senders)
        & (rows.n_out >= p.receivers)
        & (rows.out >= rows.total * (1 - p.retained))
        & (rows.out <= rows.total * 1.05)
        & (rows.usual <= rows.n * p.usual)
    )
    found = profiled(found, accounts)
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.others,
        senders=found.n,
        into=dollars(found.total),
        receivers=found.n_out,
        out=dollars(found.out),
        hours=(found.t - found.window_start) / HOUR,
        kept=1.0 - found.out.cast("float64") / found.total,
        needed_in=ibis.literal(int(p.senders)),
        needed_out=ibis.literal(int(p.receivers)),
    )


def _first_of_pairs(events: Table, least: int) -> Table:
    """Transfers of some size between two accounts that had none of that size for long."""
    rows = events.filter(
        (events.kind == "transfer")
        & (events.cents >= least)
        & (events["user"] != events.counterparty)
    ).select("id", "t", "user", "counterparty", "cents")
    since = rows.t - rows.t.lag().over(in_order(rows, "user", "counterparty"))
    return (
        rows.mutate(since=since)
        .filter(lambda row: row.since.isnull() | (row.since > STRANGERS))
        .drop("since")
    )


def _recent(rows: Table, p: Params) -> Table:
    """What came in within `days`, and how often something came in during the time before."""
    import ibis

    recent = within(rows, p.days * DAY, "user")
    before = earlier(rows, (p.days + p.usual_days) * DAY, "user", until=p.days * DAY + 1)
    return rows.mutate(
        n=rows.is_in.sum().over(recent),
        total=rows.into.sum().over(recent),
        window_start=ibis.ifelse(rows.is_in == 1, rows.t, None).min().over(recent),
        others=rows.other.collect().over(recent),
        usual=rows.is_in.sum().over(before).fill_null(0),
    )
