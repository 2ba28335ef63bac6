"""Prices made: pumped, set at the close, or known before the announcement.

Trades are two facts each; where a market's volume counts, the buyer's side stands for the trade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
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
    27,
    "pump",
    "A price pushed up in minutes after quiet buying",
    kinds=("trade",),
    lookback=32 * HOUR,
    every=30 * SECOND,
    scope="market",
    cooldown=7 * DAY,
    severity=4,
    sar="608",
    params={
        "bin_seconds": 25,
        "sigmas": 5,
        "hours": 7,
        "rise": 0.10,
        "rise_minutes": 5,
        "before_minutes": 60,
        "small_volume": 2_000_000,  # a day's: a large market isn't pumped by a few accounts
        "share": 0.05,  # of what was bought in the hour before
        "least_bins": 20,
    },
    says=(
        "bought {bought:,.0f} USD of {market} ({share:.0%} of all) in the {before} min before its "
        "price rose {rise:.0%} in {rise_minutes} min at {sigmas:,.0f} sigma of its volume; "
        "thresholds {limit:.0%}, {needed} sigma"
    ),
)
def pump(events: Table, accounts: Table, p: Params) -> Table:
    """Volume in a bin far above the market's hours before, the price up, and who had bought."""
    import ibis

    bin_ms = p.bin_seconds * SECOND
    buys = events.filter((events.kind == "trade") & (events.side == "buy") & (events.price > 0))
    buys = buys.select("id", "t", "user", "market", "cents", "price")
    day = buys.cents.sum().over(within(buys, DAY, "market"))
    lowest = buys.price.min().over(within(buys, p.rise_minutes * MINUTE, "market"))
    buys = buys.mutate(
        day=day, rise=buys.price / lowest - 1.0, bin=(buys.t // bin_ms).cast("int64")
    )
    bins = buys.group_by(["market", "bin"]).aggregate(volume=buys.cents.sum())
    bins = bins.mutate(t=bins.bin * bin_ms, id=bins.bin, volume=bins.volume.cast("float64"))
    past = earlier(bins, p.hours * HOUR, "market")
    bins = bins.mutate(
        past=bins.count().over(past),
        sum=bins.volume.sum().over(past),
        squares=(bins.volume * bins.volume).sum().over(past),
    )
    every = float(p.hours * HOUR // bin_ms)  # bins without a trade count as zero volume
    mean = bins["sum"] / every
    sigma = (bins.squares / every - mean * mean).clip(lower=1.0).sqrt()
    bins = bins.mutate(score=(bins.volume - mean) / sigma)
    hot = bins.filter((bins.past >= p.least_bins) & (bins.score > p.sigmas))
    hot = hot.select(h_market="market", h_bin="bin", score="score")
    rises = buys.filter((buys.rise >= p.rise) & (buys.day <= p.small_volume * 100))
    rises = rises.join(
        hot,
        [
            rises.market == hot.h_market,
            rises.bin >= hot.h_bin,
            rises.bin <= hot.h_bin + (p.rise_minutes * MINUTE) // bin_ms,
        ],
    )
    rises = first_of(sessions(rises, HOUR, "market"), "market", "session")
    rises = rises.select("id", "t", "rise", "score", pumped="market")
    early = buys.select("user", "market", "cents", bought_t="t")
    pairs = rises.join(
        early,
        [
            rises.pumped == early.market,
            early.bought_t < rises.t - p.rise_minutes * MINUTE // 2,
            early.bought_t >= rises.t - p.before_minutes * MINUTE,
        ],
    )
    people = pairs.group_by(["id", "t", "rise", "score", "market", "user"]).aggregate(
        bought=pairs.cents.sum(), window_start=pairs.bought_t.min()
    )
    everybody = ibis.window(group_by=[people.id, people.market])
    people = people.mutate(
        all=people.bought.sum().over(everybody), ring=people["user"].collect().over(everybody)
    )
    found = profiled(people.filter(people.bought >= people.all * p.share), accounts)
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.ring,
        bought=dollars(found.bought),
        market=found.market,
        share=found.bought.cast("float64") / found.all,
        before=ibis.literal(int(p.before_minutes)),
        rise=found.rise,
        rise_minutes=ibis.literal(int(p.rise_minutes)),
        sigmas=found.score,
        limit=ibis.literal(float(p.rise)),
        needed=ibis.literal(int(p.sigmas)),
    )


@scenario(
    28,
    "marking_the_close",
    "Much of the last minutes' volume, moving the reference price",
    kinds=("trade",),
    when=lambda rows, accounts, p: rows.filter(
        rows.t % (p.every_hours * HOUR) >= p.every_hours * HOUR - p.minutes * MINUTE
    ),
    lookback=40 * DAY,
    every=30 * SECOND,
    scope="market",
    cooldown=7 * DAY,
    severity=3,
    sar="608",
    params={
        "minutes": 5,  # before the reference moment
        "every_hours": 24,  # the reference moment: midnight UTC, and funding moments by 8
        "share": 0.2,
        "move_sigmas": 2,
        "least_move": 0.005,
        "worth": 5_000,
        "days": 30,
        "least_days": 5,
    },
    says=(
        "{share:.0%} of the last {minutes} min before the reference price of {market}, "
        "{total:,.0f} USD to the {side} side, while it moved {move:+.2%} ({sigmas:,.1f} sigma of "
        "its other closes); thresholds {limit:.0%}, {needed} sigma"
    ),
)
def marking_the_close(events: Table, accounts: Table, p: Params) -> Table:
    """A fifth of the closing minutes' volume, in the direction of an unusual move."""
    import ibis

    period, window = p.every_hours * HOUR, p.minutes * MINUTE
    rows = events.filter((events.kind == "trade") & (events.price > 0)).select(
        "id", "t", "user", "market", "side", "cents", "price"
    )
    rows = rows.mutate(close=(rows.t // period).cast("int64"), rest=period - rows.t % period)
    rows = rows.filter(rows.rest <= window)
    order = in_order(rows, "market", "close")
    rows = rows.mutate(place=ibis.row_number().over(order))
    opened = rows.filter(rows.place == 0).select(
        o_market="market", o_close="close", opening="price"
    )
    rows = rows.join(opened, [rows.market == opened.o_market, rows.close == opened.o_close])
    so_far = in_order(rows, "market", "close", preceding=None, following=0)
    mine = in_order(rows, "user", "market", "close", "side", preceding=None, following=0)
    volume = ibis.ifelse(rows.side == "buy", rows.cents, 0)
    rows = rows.mutate(move=rows.price / rows.opening - 1.0, volume=volume)
    rows = rows.mutate(all=rows.volume.sum().over(so_far), own=rows.cents.sum().over(mine))
    closes = rows.group_by(["market", "close"]).aggregate(
        t=rows.t.max(), id=rows.id.max(), last=(rows.move).argmax(rows.id)
    )
    past = in_order(closes, "market", preceding=(p.days, 1))
    closes = closes.mutate(
        sigma=closes["last"].std(how="pop").over(past), n=closes.count().over(past)
    )
    closes = closes.select(c_market="market", c_close="close", sigma="sigma", n="n", c_t="t")
    rows = rows.join(closes, [rows.market == closes.c_market, rows.close == closes.c_close])
    rows = profiled(rows, accounts)
    along = ibis.ifelse(rows.side == "buy", rows.move, -rows.move)
    limit = ibis.greatest(rows.sigma.fill_null(0.0) * p.move_sigmas, ibis.literal(p.least_move))
    found = rows.filter(
        (rows.n >= p.least_days)
        & (along >= limit)
        & (rows.own >= rows.all * p.of(rows, "share"))
        & (rows.own >= p.cents(rows, "worth"))
        & (rows.rest <= window // 2)
    )
    found = first_of(found, "user", "market", "close")
    return found.select(
        "user",
        "t",
        window_start=(found.close + 1) * period - window,
        window_end=found.t,
        share=found.own.cast("float64") / found.all,
        minutes=ibis.literal(int(p.minutes)),
        market=found.market,
        total=dollars(found.own),
        side=found.side,
        move=found.move,
        sigmas=found.move.abs() / ibis.greatest(found.sigma, ibis.literal(1e-6)),
        limit=p.of(found, "share"),
        needed=ibis.literal(int(p.move_sigmas)),
    )


@scenario(
    29,
    "listing_front_running",
    "Bought before the listing was announced, by someone who may have known",
    kinds=("trade", "listing_announced"),
    triggers=("listing_announced",),
    needs=("listing_announced",),
    lookback=120 * DAY,
    scope="market",
    cooldown=30 * DAY,
    severity=4,
    sar="601",
    params={
        "hours": 72,
        "worth": 2_000,
        "stranger_worth": 20_000,  # for those of whom no link to the house is known
        "history_days": 90,
    },
    says=(
        "bought {bought:,.0f} USD of {asset} in the {hours:,.0f} h before its announcement, never "
        "in {history} d before; {who}; threshold {limit:,.0f} USD"
    ),
)
def listing_front_running(events: Table, accounts: Table, p: Params) -> Table:
    """Staff, whoever knew of this very listing, accounts linked to either, or anybody with a large
    sum and no history in the coin.

    The announcement is a fact of its own with the market and the asset; the asset may have traded
    here in other pairs, or elsewhere through us.
    """
    import ibis

    told = events.filter(events.kind == "listing_announced").select("id", "t", announced="asset")
    buys = events.filter((events.kind == "trade") & (events.side == "buy")).select(
        "user", "asset", "cents", bought_t="t"
    )
    pairs = told.join(
        buys,
        [
            told.announced == buys.asset,
            buys.bought_t < told.t,
            buys.bought_t >= told.t - p.history_days * DAY,
        ],
    )
    late = pairs.bought_t >= pairs.t - p.hours * HOUR
    pairs = pairs.mutate(
        late_cents=ibis.ifelse(late, pairs.cents, 0),
        early=ibis.ifelse(late, 0, 1),
        late_t=ibis.ifelse(late, pairs.bought_t, None),
    )
    people = pairs.group_by(["id", "t", "announced", "user"]).aggregate(
        bought=pairs.late_cents.sum(), early=pairs.early.sum(), window_start=pairs.late_t.min()
    )
    inside = _who_knew(accounts, told.select("announced").distinct())
    who = accounts.select(account="user", owner="owner")
    people = people.left_join(who, people["user"] == who.account)
    direct = inside.select(linked="knower", of="announced").distinct()
    shared = inside.filter(inside.knower_owner.notnull())
    shared = shared.select(linked="knower_owner", of="announced").distinct()
    people = people.left_join(
        direct, [people["user"] == direct.linked, people.announced == direct.of]
    )
    people = people.rename(by_user="linked").drop("of")
    people = people.left_join(
        shared, [people.owner == shared.linked, people.announced == shared.of]
    )
    people = people.mutate(known=people.by_user.notnull() | people.linked.notnull())
    people = profiled(people.drop("account", "by_user", "linked", "of"), accounts)
    limit = ibis.ifelse(people.known, p.cents(people, "worth"), p.cents(people, "stranger_worth"))
    people = people.mutate(limit=limit)
    found = people.filter((people.early == 0) & (people.bought >= people["limit"]))
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        bought=dollars(found.bought),
        asset=found.announced,
        hours=(found.t - found.window_start) / HOUR,
        history=ibis.literal(int(p.history_days)),
        who=ibis.ifelse(found.known, "linked to those who knew", "no link known"),
        limit=dollars(found["limit"]),
    )


def _who_knew(accounts: Table, announced: Table) -> Table:
    """(knower, knower_owner, announced): staff for every asset, others for those they knew of."""
    few = accounts.filter(accounts.insider.fill_null(False) | accounts.insider_of.notnull())
    few = few.select(
        knower="user", knower_owner="owner", of_all="insider", of_some="insider_of"
    ).cross_join(announced)
    named = few.of_some.fill_null("").contains("," + few.announced + ",")
    return few.filter(few.of_all.fill_null(False) | named)
