"""Orders that were never meant: shown to move others, and gone before they trade.

`order` and `cancel` facts of one order share `order_id`; `depth_share` of an order is its share of
what was visible within five ticks of the touch when it was placed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    SECOND,
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
    26,
    "spoofing",
    "Large orders shown and withdrawn while trading on the other side",
    kinds=("order", "cancel", "trade"),
    triggers=("cancel", "trade"),
    needs=("order", "cancel", "trade"),
    lookback=3 * HOUR,
    every=10 * SECOND,
    scope="market",
    cooldown=7 * DAY,
    severity=4,
    sar="608",
    params={
        "times_own": 5,  # the shown order over the trade on the other side
        "depth_share": 0.2,
        "seconds": 5,  # from placing to withdrawing
        "fill_seconds": 2,  # between the withdrawal and the trade on the other side
        "episodes": 3,
        "hours": 1,
    },
    says=(
        "{episodes} times in {minutes:,.0f} min on {market} an order of {share:.0%} of the visible "
        "depth stood for less than {longest:,.1f} s around a trade on the other side, {shown:,.0f} "
        "USD shown for {traded:,.0f} traded; threshold {needed}"
    ),
)
def spoofing(events: Table, accounts: Table, p: Params) -> Table:
    """A large order, withdrawn within seconds, with a fill on the opposite side about then.

    Market makers by contract quote both sides and withdraw all the time: they are left out.
    """
    shown = _withdrawn(events, accounts, p)
    shown = shown.filter(shown.depth_share >= p.depth_share)
    episodes = _against(shown, events, p)
    episodes = episodes.filter(episodes.cents >= episodes.filled * p.times_own)
    hour = within(episodes, p.hours * HOUR, "user", "market")
    episodes = episodes.mutate(
        n=episodes.count().over(hour),
        shown=episodes.cents.sum().over(hour),
        traded=episodes.filled.sum().over(hour),
        share=episodes.depth_share.mean().over(hour),
        longest=episodes.stood.max().over(hour),
        window_start=episodes.placed_t.min().over(hour),
    )
    rows = profiled(episodes.filter(episodes.n >= p.episodes), accounts)
    found = first_of(sessions(rows, DAY, "user", "market"), "user", "market", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        episodes=found.n,
        minutes=(found.t - found.window_start) / 60_000,
        market=found.market,
        share=found.share,
        longest=found.longest / SECOND,
        shown=dollars(found.shown),
        traded=dollars(found.traded),
        needed=p.of(found, "episodes"),
    )


@scenario(
    26,
    "layering",
    "Orders on several price levels, withdrawn together after a trade on the other side",
    kinds=("order", "cancel", "trade"),
    triggers=("cancel", "trade"),
    needs=("order", "cancel", "trade"),
    lookback=3 * HOUR,
    every=10 * SECOND,
    scope="market",
    cooldown=7 * DAY,
    severity=4,
    sar="608",
    params={
        "levels": 3,
        "times_own": 3,
        "seconds": 30,
        "fill_seconds": 5,
        "episodes": 2,
        "hours": 1,
    },
    says=(
        "{episodes} times in {minutes:,.0f} min on {market} orders on {levels} price levels, "
        "{shown:,.0f} USD, were withdrawn around a trade of {traded:,.0f} USD on the other side; "
        "threshold {needed} levels"
    ),
)
def layering(events: Table, accounts: Table, p: Params) -> Table:
    """At least 3 levels of one side withdrawn around the same fill on the other."""
    shown = _withdrawn(events, accounts, p)
    legs = _against(shown, events, p)
    keys = ["user", "market", "fill_id", "fill_t"]
    episodes = legs.group_by(keys).aggregate(
        id=legs.id.max(),
        t=legs.t.max(),
        placed_t=legs.placed_t.min(),
        levels=legs.price.nunique(),
        cents=legs.cents.sum(),
        filled=legs.filled.max(),
    )
    episodes = episodes.filter(
        (episodes.levels >= p.levels) & (episodes.cents >= episodes.filled * p.times_own)
    )
    hour = within(episodes, p.hours * HOUR, "user", "market")
    episodes = episodes.mutate(
        n=episodes.count().over(hour),
        most=episodes.levels.max().over(hour),
        shown=episodes.cents.sum().over(hour),
        traded=episodes.filled.sum().over(hour),
        window_start=episodes.placed_t.min().over(hour),
    )
    rows = profiled(episodes.filter(episodes.n >= p.episodes), accounts)
    found = first_of(sessions(rows, DAY, "user", "market"), "user", "market", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        episodes=found.n,
        minutes=(found.t - found.window_start) / 60_000,
        market=found.market,
        levels=found.most,
        shown=dollars(found.shown),
        traded=dollars(found.traded),
        needed=p.of(found, "levels"),
    )


def _withdrawn(events: Table, accounts: Table, p: Params) -> Table:
    """Orders withdrawn soon after they were placed, of those who are no market makers."""
    makers = accounts.filter(accounts.market_maker.fill_null(False)).select(maker_user="user")
    orders = events.filter((events.kind == "order") & events.order_id.notnull())
    orders = orders.anti_join(makers, orders["user"] == makers.maker_user)
    placed = orders.select(
        "user", "market", "side", "price", "cents", "depth_share", "order_id", placed_t="t"
    )
    cancels = events.filter(events.kind == "cancel").select(
        "id", "t", cancelled="order_id", canceller="user"
    )
    return placed.join(
        cancels,
        [
            placed.order_id == cancels.cancelled,
            placed["user"] == cancels.canceller,
            cancels.t >= placed.placed_t,
            cancels.t <= placed.placed_t + p.seconds * SECOND,
        ],
    ).mutate(stood=lambda row: row.t - row.placed_t)


def _against(shown: Table, events: Table, p: Params) -> Table:
    """Each withdrawn order with the first own trade on the other side while it stood or just after.

    The row happens when both are known: at the later of the withdrawal and the trade.
    """
    import ibis

    fills = events.filter(events.kind == "trade").select(
        fill_id="id",
        fill_t="t",
        trader="user",
        fill_market="market",
        fill_side="side",
        filled="cents",
    )
    pairs = shown.join(
        fills,
        [
            shown["user"] == fills.trader,
            shown.market == fills.fill_market,
            shown.side != fills.fill_side,
            fills.fill_t >= shown.placed_t,
            fills.fill_t <= shown.t + p.fill_seconds * SECOND,
        ],
    )
    pairs = pairs.mutate(t=ibis.greatest(pairs.t, pairs.fill_t))
    return first_of(pairs, "order_id")
