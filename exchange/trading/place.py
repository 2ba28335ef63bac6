"""Place orders: refuse at once what can be refused, hold the funds, and queue the rest.

When `place` returns, the order is durable, its funds are held and a command waits for the market's
matcher. One order is a batch of one; a batch is one transaction however many orders it has, which
is what makes it quick. A batch does not run slower for having a refused order in it: the others
are placed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction

from exchange.accounts.models import Restriction
from exchange.accounts.standing import Standing, standings
from exchange.core import clock, copy, money, switches
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid, Refused
from exchange.ledger.accounts import customer_balances, locked_available
from exchange.ledger.post import Batch
from exchange.markets import fees, insiders
from exchange.markets.models import Market
from exchange.trading import queue, wake
from exchange.trading.check import BUY, Checked, NewOrder, Rules, check, is_guarded
from exchange.trading.errors import DuplicateClientOrderId
from exchange.trading.live import OpenOrder, first_priority

MAX_BATCH = 1000
NULL = r"\N"  # as COPY writes it


def place(*, order: NewOrder, actor: Actor) -> int:
    """Place one order. Returns its id; raises a Refused, and then nothing has changed."""
    (outcome,) = place_many(orders=[order], actor=actor)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def place_many(*, orders: Sequence[NewOrder], actor: Actor) -> list[int | Refused]:
    """Place up to 1,000 orders in one transaction. Returns an id or a refusal for each, in order.

    A customer acts for themselves or their sub-accounts; staff may not place orders at all.
    """
    if not 0 < len(orders) <= MAX_BATCH:
        raise Invalid("Give between one and 1,000 orders.", field="orders", limit=MAX_BATCH)
    try:
        try:
            return _place_all(orders, actor, lock=False)
        except InsufficientFunds:  # spent between our look and our hold: look again, and hold on
            return _place_all(orders, actor, lock=True)
    except IntegrityError as error:
        if "client_order_id_once" in str(error):  # lost a race with a twin
            raise DuplicateClientOrderId(field="client_order_id") from error
        raise


def _place_all(orders: Sequence[NewOrder], actor: Actor, *, lock: bool) -> list[int | Refused]:
    """One transaction. Raises InsufficientFunds when the guard refuses what had been seen to
    suffice, which only happens without the lock."""
    outcomes: list[int | Refused | None] = [None] * len(orders)
    with transaction.atomic():
        switches.refuse_if_closed(switches.TRADING)
        checked = _check_all(orders, actor, outcomes)
        placed = _fund_all(checked, outcomes, lock=lock)
        _write(placed, outcomes)
        wake.after_commit({c.rules.market_id for _, c, _, _ in placed})
    return [o for o in outcomes if o is not None]


def _check_all(
    orders: Sequence[NewOrder], actor: Actor, outcomes: list[int | Refused | None]
) -> list[tuple[int, Checked]]:
    symbols = {o.symbol for o in orders}
    customers = {o.customer_id for o in orders}
    rows = Market.objects.filter(symbol__in=symbols).annotate(granted=fees.granted(customers))
    markets = {m.symbol: m for m in rows}
    rules = _own_rules(markets)
    known = standings(customer_ids=customers, kind=Restriction.Kind.TRADING)
    taken = _client_order_ids_in_use(orders)
    barred = _insiders(orders, markets)
    checked = []
    for index, order in enumerate(orders):
        try:
            standing = known[order.customer_id]
            refuse_stranger(actor=actor, standing=standing)
            standing.refuse_if_restricted()
            if (order.customer_id, order.symbol) in barred:
                raise insiders.InsidersWait(field="symbol")
            if order.client_order_id:
                key = (order.customer_id, order.client_order_id)
                if key in taken:
                    raise DuplicateClientOrderId(field="client_order_id")
                taken.add(key)
            checked.append((index, check(order, rules(order), standing)))
        except Refused as refusal:
            outcomes[index] = refusal
    return checked


def _own_rules(markets: Mapping[str, Any]) -> Callable[[NewOrder], Rules | None]:
    """The terms of an order's market with the fees that its customer pays there."""
    listed = {symbol: Rules.of(market) for symbol, market in markets.items()}
    lefts = fees.lefts(next((market.granted for market in markets.values()), None))
    if not lefts:
        return lambda order: listed.get(order.symbol)
    made: dict[tuple[str, int], Rules] = {}

    def own(order: NewOrder) -> Rules | None:
        found, left = listed.get(order.symbol), lefts.get(order.customer_id)
        if found is None or left is None:
            return found
        key = (order.symbol, order.customer_id)
        if key not in made:
            maker, taker = left.rates(found.maker_ppm, found.taker_ppm)
            made[key] = found._replace(maker_ppm=maker, taker_ppm=taker)
        return made[key]

    return own


def _insiders(orders: Iterable[NewOrder], markets: Mapping[str, Any]) -> set[tuple[int, str]]:
    """(customer, symbol) of those who may not trade yet; no query unless a market is guarded."""
    guarded = {m.symbol: m.base.code for m in markets.values() if is_guarded(m)}
    if not guarded:
        return set()
    customers = {o.customer_id for o in orders}
    known = insiders.barred(customer_ids=customers, assets=set(guarded.values()))
    return {
        (who, symbol)
        for symbol, asset in guarded.items()
        for who in customers
        if (who, asset) in known
    }


def refuse_stranger(*, actor: Actor, standing: Standing) -> None:
    """Customers trade for themselves; the system trades for anybody; staff for nobody."""
    if actor.customer_id in (standing.customer_id, standing.self_trade_id):
        return
    if actor.kind != "system":
        actor.require("exchange.trade_for_customer")


def _client_order_ids_in_use(orders: Iterable[NewOrder]) -> set[tuple[int, str]]:
    wanted = [(o.customer_id, o.client_order_id) for o in orders if o.client_order_id]
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.customer_id, o.client_order_id FROM exchange_spotorder o"
            " JOIN unnest(%s::bigint[], %s::text[]) AS w(customer_id, client_order_id)"
            " USING (customer_id, client_order_id)",
            [[c for c, _ in wanted], [i for _, i in wanted]],
        )
        return set(cursor.fetchall())


# An order's place in the batch, what was checked, and its base and quote account.
Placed = tuple[int, Checked, int, int]


def _fund_all(
    checked: list[tuple[int, Checked]], outcomes: list[int | Refused | None], *, lock: bool
) -> list[Placed]:
    """Let through what the accounts to be held from pay for, in the orders' order."""
    accounts = customer_balances(
        {
            (c.order.customer_id, asset_id)
            for _, c in checked
            for asset_id in (c.rules.base_id, c.rules.quote_id)
        }
    )
    payers = {accounts[c.order.customer_id, c.held_asset_id] for _, c in checked}
    left = locked_available(a.id for a in payers) if lock else {a.id: a.available for a in payers}
    placed: list[Placed] = []
    for index, c in checked:
        customer_id, rules = c.order.customer_id, c.rules
        base = accounts[customer_id, rules.base_id].id
        quote = accounts[customer_id, rules.quote_id].id
        account = quote if c.side == BUY else base
        amount = money.from_units(c.hold, c.hold_precision)
        if amount > left[account]:
            outcomes[index] = InsufficientFunds(field="size", limit=money.plain(left[account]))
            continue
        left[account] -= amount
        placed.append((index, c, base, quote))
    return placed


ORDER_COLUMNS = (
    "id, customer_id, market_id, client_order_id, side, kind, stp, price, size, budget,"
    " filled_size, filled_notional, state, cancel_source, priority, held, maker_ppm, taker_ppm,"
    " base_account_id, quote_account_id, self_trade_id, created_at, updated_at"
).split(", ")


def _write(placed: list[Placed], outcomes: list[int | Refused | None]) -> None:
    if not placed:
        return
    ids = copy.next_ids("exchange_spotorder_id_seq", len(placed))
    now = clock.now()
    made, made_ms = now.isoformat(), clock.to_ms(now)
    lines, holds = [], Batch()
    by_market: dict[int, list[OpenOrder]] = {}
    entry = holds.entry(
        "order_hold", f"order:{ids[0]}" if len(ids) == 1 else f"orders:{ids[0]}+{len(ids)}"
    )
    for order_id, (index, c, base_account, quote_account) in zip(ids, placed, strict=True):
        outcomes[index] = order_id
        asked, market_id = c.order, c.rules.market_id
        order = OpenOrder(
            order_id,
            asked.customer_id,
            c.side,
            c.kind,
            c.stp,
            c.price,
            c.size,
            c.budget,
            0,
            0,
            "new",
            "",
            first_priority(order_id),
            c.hold,
            c.rules.maker_ppm,
            c.rules.taker_ppm,
            base_account,
            quote_account,
            c.standing.self_trade_id,
            asked.client_order_id or None,
            made_ms,
        )
        by_market.setdefault(market_id, []).append(order)
        lines.append(
            f"{order_id}\t{order.customer_id}\t{market_id}\t{asked.client_order_id or NULL}"
            f"\t{order.side}\t{order.kind}\t{order.stp}\t{c.price}\t{c.size}\t{c.budget}\t0\t0\tnew\t"
            f"\t{order.priority}\t{c.hold}\t{order.maker_ppm}\t{order.taker_ppm}\t{base_account}"
            f"\t{quote_account}\t{order.self_trade_id}\t{made}\t{made}"
        )
        payer = quote_account if c.side == BUY else base_account
        amount = f"{c.hold}e-{c.hold_precision}"
        holds.leg(entry, payer, f"-{amount}", amount)
    copy.copy_lines("exchange_spotorder", ORDER_COLUMNS, lines)
    queue.ask_to_place(by_market)
    # Last, because it locks the accounts, and matchers wait for them until we commit.
    holds.write()
