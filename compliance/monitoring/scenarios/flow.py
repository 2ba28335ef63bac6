"""Money that does not stay: through an account, around the market, or after a long sleep."""

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
    3,
    "pass_through",
    "Deposits that leave again within hours, again and again",
    kinds=(*IN, *OUT),
    triggers=OUT,
    least=lambda p: p.lowest("least", p.low),
    lookback=90 * DAY,
    severity=4,
    sar="824",
    params={
        "least": 3_000,
        "hours": 24,
        "low": 0.88,  # out over in
        "high": 1.05,
        "episodes": 3,
        "days": 24,
        "fresh": 2,  # payments to an address after which it is the customer's usual one
        "established": 8,  # large movements before: then a payout to the own bank is ordinary
    },
    says=(
        "{episodes} times in {days:,.1f} d a deposit left again within {slowest:,.1f} h, "
        "{out:,.0f} of {into:,.0f} USD ({share:.0%}); threshold {needed}"
    ),
)
def pass_through(events: Table, accounts: Table, p: Params) -> Table:
    """In and out of nearly the same worth within a day, several times, to new destinations.

    A trader between venues does this all day, but to an address of long standing.
    """
    import ibis

    flows = _flows(events)
    flows = profiled(flows.filter(flows.cents >= int(p.least * 100 * p.low)), accounts)
    flows = flows.mutate(
        to_there=flows.count().over(earlier(flows, 60 * DAY, "user", "kind", "counterparty")),
        before=flows.count().over(earlier(flows, 60 * DAY, "user")),
    )
    into = flows.filter(flows.kind.isin(IN) & (flows.cents >= p.cents(flows, "least")))
    into = into.select(in_user="user", in_id="id", in_t="t", in_cents="cents", in_kind="kind")
    out = flows.filter(flows.kind.isin(OUT))
    out = out.filter(
        ibis.ifelse(
            out.kind == "crypto_withdrawal", out.to_there < p.fresh, out.before < p.established
        )
    )
    pairs = out.join(
        into,
        [
            out["user"] == into.in_user,
            into.in_t <= out.t,
            into.in_t >= out.t - p.hours * HOUR,
            out.cents >= into.in_cents * p.low,
            out.cents <= into.in_cents * p.high,
            # Fiat back to the bank it came from is a customer who changed his mind.
            (into.in_kind == "crypto_deposit") | (out.kind == "crypto_withdrawal"),
        ],
    )
    # Each payment takes the latest deposit that fits, each deposit the first payment that took it.
    latest = ibis.window(group_by=pairs.id, order_by=[pairs.in_t.desc(), pairs.in_id.desc()])
    pairs = pairs.mutate(place=ibis.row_number().over(latest)).filter(lambda row: row.place == 0)
    episodes = first_of(pairs.drop("place"), "in_id")
    recent = within(episodes, p.days * DAY, "user")
    episodes = episodes.mutate(
        n=episodes.count().over(recent),
        into=episodes.in_cents.sum().over(recent),
        out=episodes.cents.sum().over(recent),
        window_start=episodes.in_t.min().over(recent),
        slowest=(episodes.t - episodes.in_t).max().over(recent),
    )
    episodes = sessions(episodes, p.days * DAY, "user")
    found = episodes.filter(episodes.n >= p.of(episodes, "episodes"))
    found = first_of(found, "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        episodes=found.n,
        days=(found.t - found.window_start) / DAY,
        slowest=found.slowest / HOUR,
        out=dollars(found.out),
        into=dollars(found.into),
        share=found.out.cast("float64") / found.into,
        needed=p.of(found, "episodes"),
    )


@scenario(
    4,
    "fiat_to_crypto",
    "Fiat turned into coins and withdrawn, hardly traded",
    kinds=("fiat_deposit", "crypto_withdrawal", "trade"),
    triggers=("crypto_withdrawal",),
    needs=("trade",),
    least=lambda p: p.lowest("least", p.left),
    lookback=40 * DAY,
    sar="824",
    params={"least": 3_000, "hours": 24, "left": 0.8, "traded": 1.2, "fresh": 2},
    says=(
        "{out:,.0f} USD withdrawn {hours:,.1f} h after {into:,.0f} USD came in by bank, "
        "{traded:,.0f} USD traded between; threshold {share:.0%} of the deposit"
    ),
)
def fiat_to_crypto(events: Table, accounts: Table, p: Params) -> Table:
    """Most of a day's bank deposits withdrawn as coins, trading no more than the one conversion.

    Buying what is withdrawn is one trade; more than `traded` times the deposit is a trader. A
    withdrawal to an address of long standing is a saver. Rests on facts of fiat deposits: where no
    bank pays in, it finds nothing.
    """
    import ibis

    flows = events.filter(events.kind.isin(("fiat_deposit", "crypto_withdrawal", "trade"))).select(
        "id", "t", "kind", "user", "counterparty", "cents"
    )
    flows = profiled(flows, accounts)
    day = within(flows, p.hours * HOUR, "user")
    is_in = flows.kind == "fiat_deposit"
    flows = flows.mutate(
        to_there=flows.count().over(earlier(flows, 35 * DAY, "user", "kind", "counterparty")),
        into=ibis.ifelse(is_in, flows.cents, 0).sum().over(day),
        traded=ibis.ifelse(flows.kind == "trade", flows.cents, 0).sum().over(day),
        window_start=ibis.ifelse(is_in, flows.t, None).min().over(day),
    )
    found = flows.filter(
        (flows.kind == "crypto_withdrawal")
        & (flows.to_there < p.fresh)
        & (flows.into >= p.cents(flows, "least"))
        & (flows.cents >= flows.into * p.left)
        & (flows.traded <= flows.into * p.traded)
    )
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        out=dollars(found.cents),
        into=dollars(found.into),
        traded=dollars(found.traded),
        hours=(found.t - found.window_start) / HOUR,
        share=ibis.literal(float(p.left)),
    )


@scenario(
    5,
    "dormant_reactivated",
    "A sleeping account wakes up with large amounts",
    kinds=(*IN, *OUT, "login", "transfer", "withdrawal_address_added", "password_reset", "trade"),
    triggers=(*IN, *OUT),
    least=lambda p: p.lowest("worth", p.step),
    lookback=400 * DAY,
    cooldown=90 * DAY,
    severity=3,
    sar="812",
    params={
        "asleep_days": 180,
        "days": 10,
        "worth": 10_000,
        "step": 0.05,  # of the worth: a smaller movement is not the one that tells it
    },
    says=(
        "{total:,.0f} USD moved within {hours:,.0f} h after {asleep:,.0f} d without activity; "
        "threshold {worth:,.0f} USD after {after} d"
    ),
)
def dormant_reactivated(events: Table, accounts: Table, p: Params) -> Table:
    """Nothing of the customer's own for half a year, then `worth` within days.

    Silence counts only while we would have heard: from the later of the account's opening and
    the beginning of our records.
    """
    import ibis

    rows = events.filter(events["user"].notnull() & events.kind.isin(_OWN_ACTS)).select(
        "id", "t", "kind", "user", "cents"
    )
    rows = profiled(rows, accounts)
    heard_from = ibis.greatest(rows.created, rows.observed_from)
    before = rows.t.lag().over(in_order(rows, "user")).fill_null(heard_from)
    rows = rows.mutate(asleep=rows.t - before)
    wakes = rows.asleep >= p.asleep_days * DAY
    rows = rows.mutate(woke=wakes.cast("int64"))
    rows = only_users_of(rows, rows.filter(rows.woke == 1))
    rows = rows.mutate(
        sleeps=rows.woke.sum().over(in_order(rows, "user", preceding=None, following=0)),
        moved=ibis.ifelse(rows.kind.isin((*IN, *OUT)), rows.cents, 0),
    )
    rows = rows.filter(rows.sleeps > 0)
    so_far = in_order(rows, "user", "sleeps", preceding=None, following=0)
    rows = rows.mutate(
        window_start=rows.t.min().over(so_far),
        asleep=rows.asleep.max().over(so_far),
        total=rows.moved.sum().over(so_far),
    )
    found = rows.filter(
        (rows.moved >= p.cents(rows, "worth") * p.step)
        & (rows.total >= p.cents(rows, "worth"))
        & (rows.t - rows.window_start <= p.days * DAY)
    )
    found = first_of(found, "user", "sleeps")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        total=dollars(found.total),
        hours=(found.t - found.window_start) / HOUR,
        asleep=found.asleep / DAY,
        worth=dollars(p.cents(found, "worth")),
        after=ibis.literal(int(p.asleep_days)),
    )


_OWN_ACTS = (*IN, *OUT, "login", "transfer", "withdrawal_address_added", "password_reset", "trade")


def _flows(events: Table) -> Table:
    return events.filter(events.kind.isin((*IN, *OUT))).select(
        "id", "t", "kind", "user", "counterparty", "cents"
    )
