"""Shapes in the graph of transfers: money that comes back, splits and meets, or moves in layers.

Each step keeps most of the amount and follows within days: a large sum between strangers rarely
does either, so the chains stay short without any limit on breadth.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    Params,
    dollars,
    first_of,
    profiled,
    scenario,
    starts,
    within,
)

if TYPE_CHECKING:
    from ibis import Table

MOST_HOPS = 8


@scenario(
    8,
    "cycle",
    "Money that comes back to where it started",
    kinds=("transfer",),
    scope="network",
    least=lambda p: p.lowest("least"),
    lookback=35 * DAY,
    severity=4,
    sar="820",
    params={"least": 1_000, "hops": 3, "days": 14, "step_days": 5, "keeps": 0.88},
    says=(
        "{first:,.0f} USD left and {last:,.0f} USD came back over {hops} accounts in "
        "{hours:,.0f} h, each passing on at least {keeps:.0%}; threshold {needed} accounts"
    ),
)
def cycle(events: Table, accounts: Table, p: Params) -> Table:
    """A path of 3 to 8 transfers in time order back to its origin, each keeping most of it."""
    import ibis

    hops = _transfers(events, int(p.least * 100))
    path = hops.select(
        "id",
        "t",
        origin=hops["user"],
        start=hops.t,
        at=hops.counterparty,
        cents=hops.cents,
        first=hops.cents,
        ring=ibis.array([hops["user"]]),
    )
    closed = []
    for length in range(2, MOST_HOPS + 1):
        path = _one_more(path, hops, p)
        back = path.at == path.origin
        if length >= p.hops:
            closed.append(path.filter(back).mutate(hops=ibis.literal(length, "int64")))
        path = path.filter(~back)
    found = profiled(reduce(ibis.union, closed).rename(user="origin"), accounts)
    found = first_of(found, "user", "start")
    # Every member of a ring could be its origin: the one whose transfer opened it is the subject.
    found = first_of(found, "id")
    return found.select(
        "user",
        "t",
        window_start=found.start,
        window_end=found.t,
        ring=found.ring,
        first=dollars(found["first"]),
        last=dollars(found.cents),
        hops=found.hops,
        hours=(found.t - found.start) / HOUR,
        keeps=ibis.literal(float(p.keeps)),
        needed=ibis.literal(int(p.hops)),
    )


@scenario(
    9,
    "scatter_gather",
    "Money split over many accounts that meets again in one",
    kinds=("transfer",),
    scope="network",
    least=lambda p: p.lowest("least", p.keeps),
    lookback=45 * DAY,
    severity=4,
    sar="820",
    params={
        "least": 400,
        "mules": 4,
        "days": 16,
        "step_days": 7,
        "keeps": 0.85,
    },
    says=(
        "{source} sent {out:,.0f} USD to {mules} accounts, which passed {into:,.0f} USD on to one, "
        "{user}, in {hours:,.0f} h; threshold {needed}"
    ),
)
def scatter_gather(events: Table, accounts: Table, p: Params) -> Table:
    """One source, at least `mules` accounts between, each passing most of it on to one sink."""
    import ibis

    legs = _two_legs(events, p)
    legs = legs.filter(legs.source != legs.sink)
    # The same mule twice is one mule.
    legs = starts(legs, p.days * DAY, "source", "sink", "mule")
    recent = within(legs, p.days * DAY, "source", "sink")
    legs = legs.mutate(
        n=legs.count().over(recent),
        out=legs.out.sum().over(recent),
        into=legs.into.sum().over(recent),
        window_start=legs.start.min().over(recent),
        ring=legs.mule.collect().over(recent),
    )
    found = profiled(legs.filter(legs.n >= p.mules).rename(user="sink"), accounts)
    found = starts(found, p.days * DAY, "source", "user")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.ring.concat(ibis.array([found.source])),
        source=found.source,
        mules=found.n,
        out=dollars(found.out),
        into=dollars(found.into),
        hours=(found.t - found.window_start) / HOUR,
        needed=ibis.literal(int(p.mules)),
    )


@scenario(
    11,
    "stack",
    "Two layers of accounts that pay each other crosswise",
    kinds=("transfer",),
    scope="network",
    least=lambda p: p.lowest("least"),
    lookback=30 * DAY,
    severity=4,
    sar="820",
    params={"least": 1_000, "senders": 3, "receivers": 3, "days": 10},
    says=(
        "{senders} accounts each paid the same {receivers} accounts or more in {days:,.1f} d, "
        "{total:,.0f} USD; thresholds {needed_senders} by {needed_receivers}"
    ),
)
def stack(events: Table, accounts: Table, p: Params) -> Table:
    """At least 3 senders who share at least 3 receivers within days: a layer above a layer.

    For each pair of senders the receivers both paid; a sender who has enough such partners stands
    in the upper layer.
    """
    import ibis

    paid = _transfers(events, int(p.least * 100))
    paid = starts(paid, p.days * DAY, "user", "counterparty")
    other = paid.select(other="user", other_t="t", other_to="counterparty", other_cents="cents")
    shared = paid.join(
        other,
        [
            paid.counterparty == other.other_to,
            paid["user"] != other.other,
            other.other_t <= paid.t,
            other.other_t >= paid.t - p.days * DAY,
        ],
    )
    # A row stands for the moment at which the pair shared one receiver more.
    both = ibis.union(
        shared.select(
            "t", "id", one="user", two="other", to="counterparty", cents="cents", start="other_t"
        ),
        shared.select(
            "t",
            "id",
            one="other",
            two="user",
            to="counterparty",
            cents="other_cents",
            start="other_t",
        ),
    )
    recent = within(both, p.days * DAY, "one", "two")
    both = both.mutate(n=both.count().over(recent))
    partners = starts(both.filter(both.n >= p.receivers), p.days * DAY, "one", "two")
    close = within(partners, p.days * DAY, "one")
    partners = partners.mutate(
        partners=partners.count().over(close),
        start=partners.start.min().over(close),
        total=partners.cents.sum().over(close),
        ring=partners.two.collect().over(close),
    )
    found = starts(partners.filter(partners.partners >= p.senders - 1), p.days * DAY, "one")
    found = profiled(found.rename(user="one"), accounts)
    return found.select(
        "user",
        "t",
        window_start=found.start,
        window_end=found.t,
        ring=found.ring,
        senders=found.partners + 1,
        receivers=found.n,
        days=(found.t - found.start) / DAY,
        total=dollars(found.total),
        needed_senders=ibis.literal(int(p.senders)),
        needed_receivers=ibis.literal(int(p.receivers)),
    )


def _transfers(events: Table, least: int) -> Table:
    return events.filter(
        (events.kind == "transfer")
        & (events.cents >= least)
        & (events["user"] != events.counterparty)
    ).select("id", "t", "user", "counterparty", "cents")


def _one_more(path: Table, hops: Table, p: Params) -> Table:
    """Paths longer by one transfer: from where they are, soon, of most of what arrived."""
    import ibis

    step = hops.select(
        step_id="id", step_t="t", from_="user", to="counterparty", step_cents="cents"
    )
    longer = path.join(
        step,
        [
            path.at == step.from_,
            step.step_t > path.t,
            step.step_t <= path.t + p.step_days * DAY,
            step.step_t <= path.start + p.days * DAY,
            step.step_cents <= path.cents,
            step.step_cents >= path.cents * p.keeps,
        ],
    )
    known = _holds(longer.ring, longer.to) & (longer.to != longer.origin)
    longer = longer.filter(~known)
    return longer.select(
        "origin",
        "start",
        "first",
        id=longer.step_id,
        t=longer.step_t,
        at=longer.to,
        cents=longer.step_cents,
        ring=longer.ring.concat(ibis.array([longer.from_])),
    )


def _holds(array: Any, value: Any) -> Any:
    return array.contains(value)


def _two_legs(events: Table, p: Params) -> Table:
    """Pairs of transfers through one account that passes on most of what it got."""
    hops = _transfers(events, int(p.least * 100 * p.keeps))
    into = hops.filter(hops.cents >= int(p.least * 100)).select(
        source="user", mule="counterparty", start="t", out="cents"
    )
    onward = hops.select("id", "t", passer="user", sink="counterparty", into="cents")
    return into.join(
        onward,
        [
            into.mule == onward.passer,
            onward.t > into.start,
            onward.t <= into.start + p.step_days * DAY,
            onward.into <= into.out,
            onward.into >= into.out * p.keeps,
        ],
    ).select("id", "t", "source", "mule", "sink", "start", "out", "into")
