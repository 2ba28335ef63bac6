"""Where the money or the customer comes from: countries, mixers, listed addresses, hidden coins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.monitoring.scenarios.definition import (
    DAY,
    IN,
    OUT,
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

COINS = ("crypto_deposit", "crypto_withdrawal")


@scenario(
    14,
    "high_risk_jurisdiction",
    "Used from a country under a call for action or comprehensive sanctions",
    kinds=(*IN, *OUT, "login", "transfer", "trade", "order"),
    when=lambda rows, accounts, p: rows.filter(rows.ip_country.isin(list(p.countries))),
    lookback=30 * DAY,
    severity=4,
    cooldown=14 * DAY,
    sar="928",
    params={
        # FATF's call for action (IR, KP; MM with enhanced due diligence) and the programmes of
        # OFAC that cover a whole country.
        "countries": ("IR", "KP", "MM", "CU", "SY"),
        "gap_days": 14,
    },
    says="{what} from {country}, a country of the table",
)
def high_risk_jurisdiction(events: Table, accounts: Table, p: Params) -> Table:
    """Anything done from an address of a listed country, once a spell."""
    rows = events.filter(events.ip_country.isin(list(p.countries))).select(
        "id", "t", "kind", "user", "ip_country"
    )
    found = first_of(
        sessions(rows, p.gap_days * DAY, "user", "ip_country"), "user", "ip_country", "session"
    )
    return found.select(
        "user",
        "t",
        window_start=found.t,
        window_end=found.t,
        what=found.kind,
        country=found.ip_country,
    )


@scenario(
    16,
    "mixer_exposure",
    "Coins that went through a mixer or a darknet market",
    kinds=COINS,
    when=lambda rows, accounts, p: rows.filter(rows.mixer_exposure > 0),
    lookback=30 * DAY,
    severity=4,
    cooldown=14 * DAY,
    sar="820",
    params={
        "share": 0.10,  # indirect; decay over hops is the screening's
        "worth": 500,  # of the exposed part, from which the share is of no matter
        "least": 50,
        "gap_days": 14,
    },
    says=(
        "{share:.1%} of {amount:,.0f} USD, {exposed:,.0f} USD, came through a mixer; "
        "threshold {limit:.0%}"
    ),
)
def mixer_exposure(events: Table, accounts: Table, p: Params) -> Table:
    """A tenth of the amount, or a sum that matters by itself."""
    import ibis

    rows = events.filter(
        events.kind.isin(COINS) & (events.mixer_exposure > 0) & (events.cents > 0)
    ).select("id", "t", "user", "cents", "mixer_exposure")
    rows = profiled(rows, accounts)
    exposed = rows.cents * rows.mixer_exposure
    rows = rows.mutate(exposed=exposed)
    over = (rows.mixer_exposure >= p.of(rows, "share")) | (rows.exposed >= p.cents(rows, "worth"))
    rows = rows.filter(over & (rows.exposed >= p.least * 100))
    found = first_of(sessions(rows, p.gap_days * DAY, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        window_start=found.t,
        window_end=found.t,
        share=found.mixer_exposure,
        amount=dollars(found.cents),
        exposed=dollars(found.exposed),
        limit=ibis.literal(float(p.share)),
    )


@scenario(
    17,
    "sanctioned_address",
    "Coins to or from a sanctioned address, or one hop from it",
    kinds=COINS,
    when=lambda rows, accounts, p: rows.filter(rows.sanctioned_hops <= int(p.hops)),
    lookback=30 * DAY,
    severity=5,
    cooldown=DAY,
    action="hold",
    sar="820",
    params={"hops": 1, "gap_days": 1},
    says="{amount:,.0f} USD {hops} hops from a sanctioned address; threshold {limit}",
)
def sanctioned_address(events: Table, accounts: Table, p: Params) -> Table:
    """At the address itself or one hop away, whatever the amount."""
    import ibis

    rows = events.filter(
        events.kind.isin(COINS)
        & events.sanctioned_hops.notnull()
        & (events.sanctioned_hops <= int(p.hops))
    ).select("id", "t", "user", "cents", "sanctioned_hops")
    found = first_of(sessions(rows, p.gap_days * DAY, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        window_start=found.t,
        window_end=found.t,
        amount=dollars(found.cents),
        hops=found.sanctioned_hops,
        limit=ibis.literal(int(p.hops)),
    )


@scenario(
    19,
    "privacy_coins",
    "Most of a month's volume turned into coins that hide their path",
    kinds=("trade", "crypto_withdrawal"),
    when=lambda rows, accounts, p: rows.filter(rows.asset.isin(list(p.assets))),
    lookback=70 * DAY,
    cooldown=60 * DAY,
    severity=3,
    sar="820",
    params={
        "assets": ("XMR", "ZEC", "DASH", "FIRO", "SCRT", "BEAM"),
        "share": 0.5,
        "worth": 5_000,
        "days": 30,
    },
    says=(
        "{hidden:,.0f} of {total:,.0f} USD ({share:.0%}) in {days} d in coins that hide their "
        "path; threshold {limit:.0%}"
    ),
)
def privacy_coins(events: Table, accounts: Table, p: Params) -> Table:
    """Bought or withdrawn privacy coins above half of the month's purchases and withdrawals."""
    import ibis

    rows = events.filter(
        ((events.kind == "trade") & (events.side == "buy")) | (events.kind == "crypto_withdrawal")
    ).select("id", "t", "user", "cents", "asset")
    rows = rows.filter(rows.asset.notnull())
    month = within(rows, p.days * DAY, "user")
    rows = rows.mutate(
        hidden=ibis.ifelse(rows.asset.isin(list(p.assets)), rows.cents, 0).sum().over(month),
        total=rows.cents.sum().over(month),
        window_start=rows.t.min().over(month),
    )
    rows = profiled(rows, accounts)
    rows = rows.filter(
        (rows.hidden >= p.cents(rows, "worth"))
        & (rows.hidden >= rows.total * p.of(rows, "share"))
        & rows.asset.isin(list(p.assets))
    )
    found = first_of(sessions(rows, p.days * DAY, "user"), "user", "session")
    return found.select(
        "user",
        "t",
        "window_start",
        window_end=found.t,
        hidden=dollars(found.hidden),
        total=dollars(found.total),
        share=found.hidden.cast("float64") / found.total,
        days=ibis.literal(int(p.days)),
        limit=p.of(found, "share"),
    )
