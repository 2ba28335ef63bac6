"""Rewards that many accounts of one hand collect and take out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    HOUR,
    OUT,
    Params,
    scenario,
    starts,
)

if TYPE_CHECKING:
    from ibis import Table


@scenario(
    30,
    "reward_farm",
    "Accounts of one device are each given a reward and take money out",
    kinds=("reward_paid", *OUT),
    triggers=OUT,
    needs=("reward_paid",),
    scope="shared",
    lookback=40 * DAY,
    cooldown=30 * DAY,
    severity=3,
    sar="820",
    params={"accounts": 3, "hours": 72, "days": 21},
    says=(
        "{accounts} accounts that use the device {shared} were each given a reward and took money "
        "out within {hours} h of it, all within {days} d; threshold {needed}"
    ),
)
def reward_farm(events: Table, accounts: Table, p: Params) -> Table:
    """The withdrawal that makes it enough. Two of one household may both take part."""
    import ibis

    rows = events.filter(events.kind.isin(("reward_paid", *OUT)))
    rows = rows.filter(rows.device.notnull() & (rows.device != ""))
    paid = rows.filter(rows.kind == "reward_paid").select(who="user", on="device", paid_t="t")
    out = rows.filter(rows.kind.isin(OUT)).select("id", "t", "user", shared="device")
    taken = out.join(
        paid,
        [
            out["user"] == paid.who,
            out.shared == paid.on,
            paid.paid_t <= out.t,
            paid.paid_t >= out.t - p.hours * HOUR,
        ],
    )
    taken = taken.group_by(["id", "t", "user", "shared"]).aggregate(paid_t=taken.paid_t.min())
    many = taken.group_by("shared").aggregate(users=taken["user"].nunique())
    many = many.filter(many.users >= int(p.accounts))
    taken = taken.semi_join(many, "shared")
    others = taken.select(o_shared="shared", other="user", other_t="t", other_paid="paid_t")
    pairs = taken.join(
        others,
        [
            taken.shared == others.o_shared,
            others.other_t <= taken.t,
            others.other_t >= taken.t - p.days * DAY,
        ],
    )
    found = pairs.group_by(["id", "t", "user", "shared"]).aggregate(
        n=pairs.other.nunique(),
        window_start=pairs.other_paid.min(),
        ring=pairs.other.collect(),
    )
    found = starts(found.filter(found.n >= int(p.accounts)), p.days * DAY, "shared")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        ring=found.ring,
        accounts=found.n,
        shared=found.shared,
        hours=ibis.literal(int(p.hours)),
        days=ibis.literal(int(p.days)),
        needed=ibis.literal(int(p.accounts)),
    )
