"""Who is behind an account: travel no person can do, shared devices, and takeovers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
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
    starts,
    within,
)

if TYPE_CHECKING:
    from ibis import Table

EARTH_KM = 6371.0


@scenario(
    15,
    "impossible_travel",
    "Used from places too far apart for the time between",
    kinds=("login", *OUT, "withdrawal_address_added", "password_reset"),
    triggers=("crypto_withdrawal",),
    least=lambda p: p.lowest("worth"),
    lookback=120 * DAY,
    cooldown=30 * DAY,
    severity=3,
    sar="920",
    params={
        "kmh": 900,
        "km": 1_000,  # neighbours across a border travel no distance that matters
        "worth": 1_000,
        "hours": 24,
        "fresh": 1,
    },
    says=(
        "{km:,.0f} km between {from_country} and {to_country} in {hours:,.1f} h "
        "({kmh:,.0f} km/h), then {out:,.0f} USD to a new address; threshold {limit:,.0f} km/h"
    ),
)
def impossible_travel(events: Table, accounts: Table, p: Params) -> Table:
    """Faster than an airliner, and then money to where it never went.

    A VPN or a holiday gives the speed alone; the new destination is what neither explains.
    """
    import ibis

    rows = events.filter(
        events.kind.isin(("login", *OUT, "withdrawal_address_added", "password_reset"))
        & events.latitude.notnull()
    ).select(
        "id", "t", "kind", "user", "counterparty", "cents", "ip_country", "latitude", "longitude"
    )
    order = in_order(rows, "user")
    rows = rows.mutate(
        was=rows.ip_country.lag().over(order),
        was_t=rows.t.lag().over(order),
        was_lat=rows.latitude.lag().over(order),
        was_lon=rows.longitude.lag().over(order),
    )
    lat, lon = (rows.latitude - rows.was_lat).radians(), (rows.longitude - rows.was_lon).radians()
    half = (lat / 2).sin() ** 2 + (
        rows.was_lat.radians().cos() * rows.latitude.radians().cos() * (lon / 2).sin() ** 2
    )
    rows = rows.mutate(km=half.clip(lower=0.0, upper=1.0).sqrt().asin() * (2 * EARTH_KM))
    rows = rows.mutate(kmh=rows.km / ((rows.t - rows.was_t) / HOUR + 0.02))
    jumped = (rows.was != rows.ip_country) & (rows.km >= p.km) & (rows.kmh > p.kmh)
    rows = rows.mutate(jumped=jumped.fill_null(False))
    rows = only_users_of(rows, rows.filter(rows.jumped))
    rows = rows.mutate(
        to_there=rows.count().over(earlier(rows, 90 * DAY, "user", "kind", "counterparty")),
        jump_t=ibis.ifelse(rows.jumped, rows.t, None),
        jump_from_t=ibis.ifelse(rows.jumped, rows.was_t, None),
        jump_km=ibis.ifelse(rows.jumped, rows.km, None),
        jump_kmh=ibis.ifelse(rows.jumped, rows.kmh, None),
        jump_from=ibis.ifelse(rows.jumped, rows.was, None),
        jump_to=ibis.ifelse(rows.jumped, rows.ip_country, None),
    )
    recent = within(rows, p.hours * HOUR, "user")
    rows = rows.mutate(
        last_jump=rows.jump_t.max().over(recent),
        km=rows.jump_km.max().over(recent),
        kmh=rows.jump_kmh.max().over(recent),
        from_country=rows.jump_from.max().over(recent),
        to_country=rows.jump_to.max().over(recent),
        window_start=rows.jump_from_t.min().over(recent),
    )
    rows = profiled(rows, accounts)
    found = rows.filter(
        (rows.kind == "crypto_withdrawal")
        & rows.last_jump.notnull()
        & (rows.cents >= p.cents(rows, "worth"))
        & (rows.to_there < p.fresh)
        & (rows.created < rows.t - 7 * DAY)
    )
    found = first_of(found, "user", "last_jump")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        km=found.km,
        kmh=found.kmh,
        hours=(found.last_jump - found.window_start) / HOUR,
        from_country=found.from_country,
        to_country=found.to_country,
        out=dollars(found.cents),
        limit=ibis.literal(int(p.kmh)),
    )


@scenario(
    22,
    "identity_cluster",
    "Accounts that share a device, an address on the net or a withdrawal address",
    kinds=("login", "device", *OUT, "withdrawal_address_added"),
    scope="shared",
    lookback=121 * DAY,
    cooldown=90 * DAY,
    severity=3,
    sar="820",
    params={"accounts": 3, "ip_accounts": 8, "days": 60},
    says="{accounts} accounts share the {what} {shared} within {days} d; threshold {needed}",
)
def identity_cluster(events: Table, accounts: Table, p: Params) -> Table:
    """The account that made it enough; later ones join the case through the ring.

    Families share a device by twos; a household or an office shares an address on the net, which
    therefore needs more.
    """
    import ibis

    def seen(column: str, what: str, needed: int, rows: Table) -> Table:
        rows = rows.filter(rows[column].notnull() & (rows[column] != ""))
        return rows.select(
            "id",
            "t",
            "user",
            shared=column,
            what=ibis.literal(what),
            needed=ibis.literal(needed, "int64"),
        )

    paid = events.filter(events.kind.isin(("crypto_withdrawal", "withdrawal_address_added")))
    rows = ibis.union(
        seen("device", "device", int(p.accounts), events),
        seen("address", "withdrawal address", int(p.accounts), paid),
        seen("ip", "network address", int(p.ip_accounts), events),
    )
    # Once a day and user is enough to know who used it.
    rows = rows.mutate(day=(rows.t // DAY).cast("int64"))
    rows = rows.group_by(["what", "shared", "user", "needed", "day"]).aggregate(
        t=rows.t.min(), id=rows.id.min()
    )
    many = rows.group_by(["what", "shared", "needed"]).aggregate(users=rows["user"].nunique())
    many = many.filter(many.users >= many.needed)
    rows = rows.semi_join(many, ["what", "shared"])
    others = rows.select(o_what="what", o_shared="shared", other="user", other_t="t")
    pairs = rows.join(
        others,
        [
            rows.what == others.o_what,
            rows.shared == others.o_shared,
            others.other_t <= rows.t,
            others.other_t >= rows.t - p.days * DAY,
        ],
    )
    rows = pairs.group_by(["id", "t", "user", "what", "shared", "needed"]).aggregate(
        n=pairs.other.nunique(), window_start=pairs.other_t.min(), ring=pairs.other.collect()
    )
    found = starts(rows.filter(rows.n >= rows.needed), p.days * DAY, "what", "shared")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.ring,
        accounts=found.n,
        what=found.what,
        shared=found.shared,
        days=ibis.literal(int(p.days)),
        needed=found.needed,
    )


def _on_a_new_device(rows: Table) -> Any:
    """Is it a login from a device never seen, by somebody who was seen before?"""
    known = rows.t.lag().over(in_order(rows, "user", "device"))
    first_seen = rows.t.min().over(in_order(rows, "user", preceding=None, following=0))
    new = rows.device.notnull() & known.isnull() & (first_seen < rows.t)
    return (rows.kind == "login") & new


def _paid_to_new(rows: Table, p: Params) -> Table:
    """Withdrawals to addresses that their owners had just added."""
    to_new = rows.filter(rows.kind == "withdrawal_address_added").select(
        who="user", where="place", added_t="t"
    )
    out = rows.filter(rows.kind == "crypto_withdrawal")
    return out.join(
        to_new,
        [
            out["user"] == to_new.who,
            out.place == to_new.where,
            out.t >= to_new.added_t,
            out.t <= to_new.added_t + p.hours * HOUR,
        ],
    )


@scenario(
    23,
    "account_takeover",
    "Credentials changed, a new address added, and money sent to it",
    kinds=("login", "password_reset", "credential_change", "withdrawal_address_added", *OUT),
    triggers=("crypto_withdrawal",),
    least=lambda p: p.lowest("worth"),
    lookback=180 * DAY,
    cooldown=10 * DAY,
    severity=5,
    action="hold",
    sar="920",
    params={
        "hours": 96,
        "worth": 500,
        "times_usual": 2.0,  # of the customer's mean withdrawal
        "usual": 2,  # payments after which an address is the customer's own
    },
    says=(
        "{sign}, then a new withdrawal address, then {out:,.0f} USD to it, within {hours:,.1f} h; "
        "threshold {limit:,.0f} USD in {within} h"
    ),
)
def account_takeover(events: Table, accounts: Table, p: Params) -> Table:
    """A reset or a device never seen, then a new address, then a withdrawal to that address."""
    import ibis

    kinds = ("login", "password_reset", "credential_change", "withdrawal_address_added", *OUT)
    rows = events.filter(events.kind.isin(kinds)).select(
        "id",
        "t",
        "kind",
        "user",
        "cents",
        "device",
        place=ibis.coalesce(events.address, events.counterparty),
    )
    hit = _paid_to_new(rows, p)
    rows = only_users_of(rows, hit)
    reset = rows.kind.isin(("password_reset", "credential_change"))
    rows = rows.mutate(
        reset_t=ibis.ifelse(reset, rows.t, None),
        stranger_t=ibis.ifelse(_on_a_new_device(rows), rows.t, None),
        paid=ibis.ifelse(rows.kind == "crypto_withdrawal", rows.cents, None),
    )
    recent = within(rows, p.hours * HOUR, "user")
    rows = rows.mutate(
        reset_t=rows.reset_t.max().over(recent),
        stranger_t=rows.stranger_t.max().over(recent),
        usual=rows.paid.mean().over(earlier(rows, 150 * DAY, "user")),
        payments=rows.paid.count().over(earlier(rows, 150 * DAY, "user", "place")),
    )
    added = rows.filter(rows.kind == "withdrawal_address_added").select(
        who="user",
        where="place",
        added_t="t",
        sign_t=ibis.coalesce(rows.reset_t, rows.stranger_t),
        was_reset=rows.reset_t.notnull(),
    )
    added = added.filter(added.sign_t.notnull())
    paid = rows.filter(rows.kind == "crypto_withdrawal")
    found = paid.join(
        added,
        [
            paid["user"] == added.who,
            paid.place == added.where,
            added.added_t <= paid.t,
            added.sign_t >= paid.t - p.hours * HOUR,
        ],
    )
    found = profiled(found, accounts)
    limit = ibis.greatest(
        p.cents(found, "worth").cast("float64"), found.usual.fill_null(0.0) * p.times_usual
    )
    found = found.mutate(limit=limit)
    found = found.filter((found.cents >= found["limit"]) & (found.payments < p.usual))
    found = first_of(sessions(first_of(found, "id"), p.hours * HOUR, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        window_start=found.sign_t,
        window_end=found.t,
        sign=ibis.ifelse(found.was_reset, "a reset of credentials", "a login from a new device"),
        out=dollars(found.cents),
        hours=(found.t - found.sign_t) / HOUR,
        limit=dollars(found["limit"]),
        within=ibis.literal(int(p.hours)),
    )
