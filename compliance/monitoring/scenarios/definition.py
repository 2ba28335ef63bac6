"""What a scenario is: one function over two tables, and the numbers it is run with.

A scenario reads `events` (one row a fact) and `accounts` (one row a customer) as Ibis tables and
answers with a table of findings: user, t, window_start, window_end, and whatever figures its
sentence names. Whole milliseconds and whole cents everywhere, so that every engine that Ibis
compiles to adds up to the same last digit. A finding depends on nothing that happened after its
`t`: that is why the worker that sees facts one by one and a look-back over years raise the same
alerts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibis import Table
    from ibis.expr.types import Column, Value

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# The columns of the two tables, as Ibis types. What a fact does not have is null.
EVENTS = {
    "id": "int64",
    "t": "int64",
    "kind": "string",
    "user": "string",
    "counterparty": "string",
    "asset": "string",
    "cents": "int64",  # worth in USD cents when it happened
    "device": "string",
    "ip": "string",
    "ip_country": "string",
    "address": "string",
    "reference": "string",
    "mixer_exposure": "float64",  # share of the amount, 0 to 1
    "sanctioned_hops": "int64",  # 0 is the listed address itself
    "market": "string",
    "side": "string",  # buy or sell, of this row's user
    "price": "float64",
    "order_id": "string",
    "maker": "boolean",  # of a trade: did this row's user rest in the book
    "depth_share": "float64",  # of an order: its share of what was visible near the touch
    "wallet_share": "float64",  # of a hot wallet's payment: its share of the wallet
    "approved": "boolean",  # of a hot wallet's payment: is it of a withdrawal we know
    "latitude": "float64",  # of the address's country, filled in when facts are loaded
    "longitude": "float64",
}
ACCOUNTS = {
    "user": "string",
    "tier": "int64",
    "country": "string",
    "created": "int64",
    "observed_from": "int64",  # before this moment we would not know what the account did
    "declared": "int64",  # cents a month that the customer said to expect; null when never asked
    "owner": "string",  # who benefits, when several accounts are one person's; null for most
    "insider": "boolean",  # staff: they may have known of any listing
    "insider_of": "string",  # ",KELP,HRB,": assets of whose listing the account knew; null for most
    "market_maker": "boolean",
}

IN = ("fiat_deposit", "crypto_deposit")
OUT = ("fiat_withdrawal", "crypto_withdrawal")


class UnknownParameter(ValueError):
    """A parameter that the scenario does not have: a slip in a configuration, said at once."""


@dataclass(frozen=True)
class Params:
    """The numbers of one version, with exceptions by tier and country; the last that fits wins."""

    base: Mapping[str, Any]
    overrides: tuple[Mapping[str, Any], ...] = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self.base[name]
        except KeyError:
            raise AttributeError(name) from None

    def of(self, row: Table, name: str, times: int = 1) -> Value:
        """The parameter for whom the row is about, who has `tier` and `country`."""
        import ibis

        value: Any = _literal(self.base[name], times)
        for override in self.overrides:
            if name not in override:
                continue
            fits: Any = ibis.literal(True)
            if "tier" in override:
                fits = fits & (row.tier == int(override["tier"]))
            if "country" in override:
                fits = fits & (row.country == str(override["country"]))
            value = ibis.ifelse(fits.fill_null(False), _literal(override[name], times), value)
        return value

    def cents(self, row: Table, name: str) -> Value:
        """The same for a parameter in whole USD."""
        return self.of(row, name, times=100)

    def lowest(self, name: str, times: float = 1.0) -> int:
        """In cents, the smallest that a parameter in whole USD is for anybody."""
        values = [self.base[name], *(each[name] for each in self.overrides if name in each)]
        return int(min(values) * 100 * times)

    def highest(self, name: str, times: float = 1.0) -> int:
        """In cents, the largest."""
        values = [self.base[name], *(each[name] for each in self.overrides if name in each)]
        return int(max(values) * 100 * times)

    def changed(
        self, values: Mapping[str, Any], overrides: Iterable[Mapping[str, Any]] = ()
    ) -> Params:
        """With some numbers replaced. Raises UnknownParameter."""
        added = tuple(overrides)
        for given in (values, *added):
            for name in given:
                if name not in self.base and (given is values or name not in ("tier", "country")):
                    raise UnknownParameter(name)
        return Params({**self.base, **values}, (*self.overrides, *added))


def _literal(value: Any, times: int) -> Any:
    import ibis

    scaled = value * times if times != 1 else value
    return ibis.literal(scaled, type="int64") if isinstance(scaled, int) else ibis.literal(scaled)


Find = Callable[["Table", "Table", Params], "Table"]
When = Callable[["Table", "Table", Params], "Table"]


@dataclass(frozen=True)
class Scenario:
    """One rule of the catalogue, in the version of this file."""

    number: int
    name: str
    title: str
    find: Find
    kinds: tuple[str, ...]  # the facts it reads
    triggers: tuple[str, ...]  # the facts after which it may find something new
    says: str  # the sentence, with the figures' names in braces
    params: Params
    version: int = 1
    severity: int = 3
    lookback: int = 30 * DAY  # how much history a finding can depend on
    every: int = 0  # the live worker looks no more often than this, and then at all it skipped
    cooldown: int = 21 * DAY  # how long one finding about a subject stands for the next ones
    # Whose facts it needs: the users' own, their transfers with others too, or the whole market's.
    scope: str = "user"
    # Facts worth less can't trigger it, with these numbers; in cents.
    least: Callable[[Params], int] | None = None
    when: When | None = None  # of new facts that could trigger it, those that may make it true
    needs: tuple[str, ...] = ()  # kinds without which a history can't be judged at all
    action: str = "alert"  # or "hold": what it sees is stopped too, by gates and by custody
    sar: str = ""  # FinCEN's code of the suspicious activity

    def expression(self, events: Table, accounts: Table, params: Params | None = None) -> Table:
        return self.find(events, accounts, params or self.params)


@dataclass
class Catalogue:
    """All scenarios by name, in the order of their numbers."""

    by_name: dict[str, Scenario] = field(default_factory=dict)

    def scenario(
        self,
        number: int,
        name: str,
        title: str,
        *,
        params: Mapping[str, Any],
        overrides: Iterable[Mapping[str, Any]] = (),
        triggers: tuple[str, ...] = (),
        kinds: tuple[str, ...],
        **others: Any,
    ) -> Callable[[Find], Find]:
        """Declare the function below as a scenario."""

        def declare(find: Find) -> Find:
            if name in self.by_name:
                raise ValueError(f"two scenarios are called {name}")
            self.by_name[name] = Scenario(
                number=number,
                name=name,
                title=title,
                find=find,
                kinds=kinds,
                triggers=triggers or kinds,
                params=Params(dict(params)).changed({}, overrides),
                **others,
            )
            return find

        return declare

    def all(self) -> list[Scenario]:
        return sorted(self.by_name.values(), key=lambda each: (each.number, each.name))


CATALOGUE = Catalogue()
scenario = CATALOGUE.scenario


def profiled(rows: Table, accounts: Table) -> Table:
    """Rows with the tier, country and age of their user, for parameters and baselines."""
    who = accounts.select(
        account="user",
        tier="tier",
        country="country",
        created="created",
        observed_from="observed_from",
        declared="declared",
    )
    return rows.left_join(who, rows["user"] == who.account).drop("account")


def in_order(rows: Table, *by: str, **frame: Any) -> Any:
    """A window over rows of equal `by` in the order they happened; ids settle equal moments."""
    import ibis

    return ibis.window(group_by=[rows[name] for name in by], order_by=[rows.t, rows.id], **frame)


def within(rows: Table, span: int, *by: str) -> Any:
    """A window over the last `span` milliseconds, the present row and its equals included."""
    import ibis

    return ibis.range_window(
        group_by=[rows[name] for name in by], order_by=rows.t, preceding=span, following=0
    )


def earlier(rows: Table, span: int, *by: str, until: int = 1) -> Any:
    """A window over what came before: from `span` to `until` milliseconds ago."""
    import ibis

    return ibis.range_window(
        group_by=[rows[name] for name in by], order_by=rows.t, preceding=(span, until)
    )


def sessions(rows: Table, gap: int, *by: str) -> Table:
    """Rows with `session`, which counts up where nothing happened for `gap` milliseconds."""
    import ibis

    before = rows.t.lag().over(in_order(rows, *by))
    rows = rows.mutate(
        opens=ibis.ifelse(before.isnull() | (rows.t - before > gap), 1, 0).cast("int64")
    )
    return rows.mutate(
        session=rows.opens.sum().over(in_order(rows, *by, preceding=None, following=0))
    ).drop("opens")


def starts(rows: Table, gap: int, *by: str) -> Table:
    """The first row of each session: once, as long as it goes on without a pause of `gap`."""
    return first_of(sessions(rows, gap, *by), *by, "session").drop("session")


def first_of(rows: Table, *by: str) -> Table:
    """The earliest row of each group: the moment at which a condition became true."""
    import ibis

    return (
        rows.mutate(place=ibis.row_number().over(in_order(rows, *by)))
        .filter(lambda each: each.place == 0)
        .drop("place")
    )


def only_users_of(rows: Table, some: Table) -> Table:
    """Rows of the users of `some`: said early, it spares every window after it."""
    who = some.select(only="user").distinct()
    return rows.semi_join(who, rows["user"] == who.only)


def dollars(cents: Column) -> Column:
    return cents / 100.0
