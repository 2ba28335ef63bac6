"""Withdrawals in pieces: peeled off, kept below the travel rule, or received around a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
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


@scenario(
    18,
    "peel_chain",
    "A sum peeled off slice by slice to new addresses",
    kinds=("crypto_withdrawal",),
    least=lambda p: p.lowest("least"),
    lookback=40 * DAY,
    severity=4,
    sar="820",
    params={"links": 5, "least_peel": 0.01, "most_peel": 0.15, "hours": 24, "least": 500},
    says=(
        "{links} withdrawals in {hours:,.0f} h to new addresses, each {least:.0%}–{most:.0%} less "
        "than the one before, from {first:,.0f} down to {last:,.0f} USD; threshold {needed}"
    ),
)
def peel_chain(events: Table, accounts: Table, p: Params) -> Table:
    """Successive payments to addresses not used before, each a little smaller than the last."""
    import ibis

    rows = events.filter(
        (events.kind == "crypto_withdrawal") & (events.cents >= int(p.least * 100))
    ).select("id", "t", "user", "cents", place=ibis.coalesce(events.address, events.counterparty))
    rows = rows.mutate(used=rows.count().over(earlier(rows, 30 * DAY, "user", "place")))
    rows = rows.filter(rows.used == 0)
    order = in_order(rows, "user")
    rows = rows.mutate(was=rows.cents.lag().over(order), was_t=rows.t.lag().over(order))
    peel = 1.0 - rows.cents.cast("float64") / rows.was
    linked = (
        (peel >= p.least_peel) & (peel <= p.most_peel) & (rows.t - rows.was_t <= p.hours * HOUR)
    )
    rows = rows.mutate(breaks=ibis.ifelse(linked.fill_null(False), 0, 1).cast("int64"))
    rows = rows.mutate(
        chain=rows.breaks.sum().over(in_order(rows, "user", preceding=None, following=0))
    )
    so_far = in_order(rows, "user", "chain", preceding=None, following=0)
    rows = rows.mutate(
        n=rows.count().over(so_far),
        first=rows.cents.max().over(so_far),
        window_start=rows.t.min().over(so_far),
    )
    rows = profiled(rows, accounts)
    found = first_of(rows.filter(rows.n >= p.of(rows, "links")), "user", "chain")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        links=found.n,
        hours=(found.t - found.window_start) / HOUR,
        least=ibis.literal(float(p.least_peel)),
        most=ibis.literal(float(p.most_peel)),
        first=dollars(found["first"]),
        last=dollars(found.cents),
        needed=p.of(found, "links"),
    )


@scenario(
    20,
    "travel_rule_evasion",
    "Withdrawals to one destination kept below the travel rule",
    kinds=("crypto_withdrawal",),
    least=lambda p: p.lowest("threshold", p.near),
    lookback=100 * DAY,
    cooldown=60 * DAY,
    severity=3,
    sar="820",
    params={
        "threshold": 1_000,
        "near": 0.6,  # of the threshold: smaller ones evade nothing
        "count": 3,
        "hours": 72,
        "mostly": 0.9,  # share of the near ones among all to the same destination before
    },
    overrides=({"country": "US", "threshold": 3_000},),
    says=(
        "{count} withdrawals of {smallest:,.0f}–{largest:,.0f} USD to one address in "
        "{hours:,.0f} h, together {total:,.0f} USD, each below {threshold:,.0f}; threshold {needed}"
    ),
)
def travel_rule_evasion(events: Table, accounts: Table, p: Params) -> Table:
    """Several withdrawals just below the threshold to one address, which add up to more.

    To an address that also gets amounts above the threshold the messages are sent anyway.
    """
    import ibis

    rows = events.filter(events.kind == "crypto_withdrawal").select(
        "id", "t", "user", "cents", place=ibis.coalesce(events.address, events.counterparty)
    )
    rows = profiled(rows, accounts)
    rows = rows.mutate(threshold=p.cents(rows, "threshold"))
    near = (rows.cents < rows.threshold) & (rows.cents >= rows.threshold * p.near)
    rows = rows.mutate(near=near.cast("int64"))
    recent = within(rows, p.hours * HOUR, "user", "place")
    always = within(rows, 90 * DAY, "user", "place")
    near_cents = rows.cents * rows.near
    rows = rows.mutate(
        n=rows.near.sum().over(recent),
        total=near_cents.sum().over(recent),
        smallest=near_cents.nullif(0).min().over(recent),
        largest=near_cents.max().over(recent),
        window_start=ibis.ifelse(rows.near == 1, rows.t, None).min().over(recent),
        ever=rows.count().over(always),
        ever_near=rows.near.sum().over(always),
    )
    rows = rows.filter(
        (rows.near == 1)
        & (rows.n >= p.of(rows, "count"))
        & (rows.total >= rows.threshold)
        & (rows.ever_near >= rows.ever * p.mostly)
    )
    rows = sessions(rows, p.hours * HOUR, "user", "place")
    found = first_of(rows, "user", "place", "session")
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
    21,
    "twenty_four_hour_rule",
    "Coins received in pieces that a day's report must add up",
    kinds=("crypto_deposit",),
    when=lambda rows, accounts, p: _canadian(rows, accounts, p),
    lookback=200 * DAY,
    cooldown=180 * DAY,
    severity=2,
    sar="",
    params={
        "countries": ("CA",),
        "threshold": 7_300,  # USD for CAD 10,000; the report itself uses the day's rate
        "count": 2,
        "hours": 24,
        "usual_days": 180,
    },
    says=(
        "{count} receipts of coins worth {total:,.0f} USD in {hours:,.1f} h, none of them "
        "{threshold:,.0f}: the first day in {usual_days} d that must be added up and reported"
    ),
)
def twenty_four_hour_rule(events: Table, accounts: Table, p: Params) -> Table:
    """The first day on which pieces of a Canadian customer add up to the reporting threshold.

    Reporting adds up every day by its own exact rule; the officer is told once that it begins.
    """
    import ibis

    rows = events.filter(events.kind == "crypto_deposit").select("id", "t", "user", "cents")
    rows = profiled(rows, accounts)
    rows = rows.mutate(threshold=p.cents(rows, "threshold"))
    rows = rows.filter(rows.country.isin(list(p.countries)) & (rows.cents < rows.threshold))
    day = within(rows, p.hours * HOUR, "user")
    rows = rows.mutate(
        n=rows.count().over(day),
        total=rows.cents.sum().over(day),
        window_start=rows.t.min().over(day),
    )
    rows = rows.filter((rows.n >= p.of(rows, "count")) & (rows.total >= rows.threshold))
    found = first_of(sessions(rows, p.usual_days * DAY, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        count=found.n,
        total=dollars(found.total),
        hours=(found.t - found.window_start) / HOUR,
        threshold=dollars(found.threshold),
        usual_days=ibis.literal(int(p.usual_days)),
    )


def _canadian(rows: Table, accounts: Table, p: Params) -> Table:
    who = accounts.filter(accounts.country.isin(list(p.countries))).select(account="user")
    return rows.semi_join(who, rows["user"] == who.account)
