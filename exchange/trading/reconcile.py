"""What trading says to the ledger's reconciliation: what orders hold, and where each trade stands.

The hot tables carry no foreign keys, so orphans are looked for here.
"""

from __future__ import annotations

from decimal import Decimal

from exchange.core.money import plain
from exchange.ledger import reconcile
from exchange.ledger.reconcile import Found, compare, newest
from exchange.matching.commands import Op

OPEN = "('new', 'partially_filled')"

# An order's `held` counts quote units for a buy and lots for a sell; so does what a replacement
# that still waits has set aside on top.
_PAYER = "CASE o.side WHEN 0 THEN o.quote_account_id ELSE o.base_account_id END"
_UNIT = "('1e-' || CASE o.side WHEN 0 THEN m.quote_precision ELSE m.size_precision END)::numeric"
reconcile.sets_aside(
    name="open orders",
    query=f"""
    SELECT {_PAYER}, o.held * {_UNIT}
      FROM exchange_spotorder o JOIN exchange_market m ON m.id = o.market_id
     WHERE o.state IN {OPEN} AND o.held <> 0
    """,  # noqa: S608  constants only
)
reconcile.sets_aside(
    name="replacements that wait",
    query=f"""
    SELECT {_PAYER}, c.held * {_UNIT}
      FROM exchange_matchcommand c
      JOIN exchange_spotorder o ON o.id = c.order_id
      JOIN exchange_market m ON m.id = o.market_id
     WHERE c.held <> 0
    """,  # noqa: S608  constants only
)

_TRADES = """
SELECT t.id AS trade_id, m.symbol, t.price, t.size, e.id IS NULL AS wrong
  FROM exchange_trade t
  LEFT JOIN exchange_market m ON m.id = t.market_id
  LEFT JOIN exchange_ledgerentry e ON e.reference = 'trade:' || t.id AND e.kind = 'trade'
 WHERE t.id > %s
"""


@reconcile.check(name="trades", says="Every trade was posted to the ledger.")
def trades(after: int) -> Found:
    def tell(trade_id: int, symbol: str, price: Decimal, size: Decimal) -> str:
        return f"trade {trade_id} ({plain(size)} at {plain(price)} in {symbol}) has no ledger entry"

    return compare(_TRADES, [after], tell, upto=newest("exchange_trade"))


# The seller's credit is the one posting of a customer in the quote asset that touches no hold.
_TRADE_ENTRIES = """
SELECT entry_id, reference, trade_id, bought - size AS bought_off, sold - size AS sold_off,
       fees - taker_fee - maker_fee AS fees_off, received - due AS received_off,
       trade_id IS NULL OR bought <> size OR sold <> size OR fees <> taker_fee + maker_fee
                        OR received <> due AS wrong
  FROM (SELECT e.id AS entry_id, e.reference, t.id AS trade_id, t.size, t.taker_fee, t.maker_fee,
               t.price * t.size - CASE t.taker_side WHEN 1 THEN t.taker_fee ELSE t.maker_fee END
                   AS due,
               coalesce(sum(p.available) FILTER (WHERE a.asset_id = m.base_id), 0) AS bought,
               coalesce(-sum(p.held) FILTER (WHERE a.asset_id = m.base_id), 0) AS sold,
               coalesce(sum(p.available) FILTER (
                   WHERE a.asset_id = m.quote_id AND a.owner_kind = 'house'), 0) AS fees,
               coalesce(sum(p.available) FILTER (
                   WHERE a.asset_id = m.quote_id AND a.owner_kind = 'customer' AND p.held = 0), 0)
                   AS received
          FROM (SELECT id, reference, CASE WHEN reference ~ '^trade:[0-9]{1,18}$'
                                           THEN substr(reference, 7)::bigint END AS trade_id
                  FROM exchange_ledgerentry WHERE kind = 'trade' AND id > %s) e
          LEFT JOIN exchange_trade t ON t.id = e.trade_id
          LEFT JOIN exchange_market m ON m.id = t.market_id
          LEFT JOIN (SELECT * FROM exchange_posting WHERE entry_id > %s) p ON p.entry_id = e.id
          LEFT JOIN exchange_ledgeraccount a ON a.id = p.account_id
         GROUP BY e.id, e.reference, t.id, t.size, t.price, t.taker_side, t.taker_fee, t.maker_fee
       ) summed
"""


@reconcile.check(name="trade entries", says="Each trade moved its size, its price and its fees.")
def trade_entries(after: int) -> Found:
    def tell(entry_id: int, reference: str, trade_id: int | None, **off: Decimal) -> str:
        if trade_id is None:
            return f"entry {entry_id} ({reference}) names a trade that does not exist"
        words = [
            f"{name.removesuffix('_off')} is off by {plain(by)}" for name, by in off.items() if by
        ]
        return f"trade {trade_id}, entry {entry_id}: {', '.join(words)}"

    return compare(_TRADE_ENTRIES, [after, after], tell, upto=newest("exchange_ledgerentry"))


# Orders that are open or have traded since. When everything is looked at, picking them out would
# cost more than comparing them.
_ALL_ORDERS = """
WITH fills AS (
    SELECT order_id, sum(size) AS size, sum(size * price) AS notional
      FROM (SELECT taker_order_id AS order_id, size, price FROM exchange_trade
             UNION ALL
            SELECT maker_order_id, size, price FROM exchange_trade) both_sides
     GROUP BY order_id),
looked AS (
    SELECT id FROM exchange_spotorder
     UNION ALL
    SELECT order_id FROM fills f
     WHERE NOT EXISTS (SELECT FROM exchange_spotorder o WHERE o.id = f.order_id))
"""
_RECENT_ORDERS = f"""
WITH looked AS MATERIALIZED (
    SELECT id FROM exchange_spotorder WHERE state IN {OPEN}
     UNION SELECT taker_order_id FROM exchange_trade WHERE id > %(after)s
     UNION SELECT maker_order_id FROM exchange_trade WHERE id > %(after)s),
fills AS (
    SELECT order_id, sum(size) AS size, sum(size * price) AS notional
      FROM (SELECT taker_order_id AS order_id, size, price FROM exchange_trade
             WHERE taker_order_id IN (SELECT id FROM looked)
             UNION ALL
            SELECT maker_order_id, size, price FROM exchange_trade
             WHERE maker_order_id IN (SELECT id FROM looked)) both_sides
     GROUP BY order_id)
"""  # noqa: S608  constants only
_ORDERS = f"""
SELECT order_id, missing, customer_id, state, held, size_off, notional_off, state_off,
       missing OR size_off <> 0 OR notional_off <> 0 OR state_off
               OR (state NOT IN {OPEN} AND held <> 0) AS wrong
  FROM (SELECT looked.id AS order_id, o.id IS NULL AS missing, o.customer_id, o.state, o.held,
               o.filled_size * ('1e-' || m.size_precision)::numeric - coalesce(f.size, 0)
                   AS size_off,
               o.filled_notional * ('1e-' || m.price_precision + m.size_precision)::numeric
                   - coalesce(f.notional, 0) AS notional_off,
               CASE WHEN o.state = 'filled' THEN o.budget = 0 AND o.filled_size <> o.size
                    WHEN o.state IN ('new', 'canceled') THEN o.filled_size <> 0
                    ELSE o.filled_size = 0 OR (o.budget = 0 AND o.filled_size >= o.size)
               END AS state_off
          FROM looked
          LEFT JOIN exchange_spotorder o ON o.id = looked.id
          LEFT JOIN exchange_market m ON m.id = o.market_id
          LEFT JOIN fills f ON f.order_id = looked.id) compared
"""  # noqa: S608  constants only


@reconcile.check(name="orders", says="Every order has filled what its trades add up to.")
def orders(after: int) -> Found:
    def tell(
        order_id: int,
        missing: bool,
        customer_id: int,
        state: str,
        held: Decimal,
        size_off: Decimal,
        notional_off: Decimal,
        state_off: bool,
    ) -> str:
        if missing:
            return f"order {order_id} has trades and does not exist"
        words = [
            f"{name} is off by {plain(by)}"
            for name, by in (("filled size", size_off), ("filled notional", notional_off))
            if by
        ]
        if state_off:
            words.append(f"cannot be {state} with what it has filled")
        elif not words:
            words.append(f"is {state} and still holds {plain(held)} units")
        return f"order {order_id} (customer {customer_id}): {', '.join(words)}"

    chosen = _RECENT_ORDERS if after else _ALL_ORDERS
    return compare(chosen + _ORDERS, {"after": after}, tell, upto=newest("exchange_trade"))


_COMMANDS = f"""
SELECT c.id AS command_id, c.op, i.order_id, o.id IS NULL OR o.market_id <> c.market_id
           OR (c.op = {Op.PLACE:d} AND (o.state <> 'new' OR o.filled_size <> 0)) AS wrong
  FROM exchange_matchcommand c CROSS JOIN unnest(c.order_ids) AS i(order_id)
  LEFT JOIN exchange_spotorder o ON o.id = i.order_id
"""  # noqa: S608  constants only


@reconcile.check(name="commands", says="Every waiting command is about an order of its market.")
def commands(after: int) -> Found:
    """All that wait, whatever `after` says."""

    def tell(command_id: int, op: int, order_id: int) -> str:
        return f"command {command_id} ({Op(op).name.lower()}) does not fit order {order_id}"

    return compare(_COMMANDS, [], tell)


_REFERENCES = f"""
SELECT o.id AS order_id, o.customer_id,
       m.id IS NULL OR c.id IS NULL
           OR (b.owner_kind, b.owner_id, b.asset_id) IS DISTINCT FROM
              ('customer', o.customer_id, m.base_id)
           OR (q.owner_kind, q.owner_id, q.asset_id) IS DISTINCT FROM
              ('customer', o.customer_id, m.quote_id) AS wrong
  FROM exchange_spotorder o
  LEFT JOIN exchange_market m ON m.id = o.market_id
  LEFT JOIN exchange_customer c ON c.id = o.customer_id
  LEFT JOIN exchange_ledgeraccount b ON b.id = o.base_account_id
  LEFT JOIN exchange_ledgeraccount q ON q.id = o.quote_account_id
 WHERE o.state IN {OPEN} OR o.id > %s
"""  # noqa: S608  constants only


@reconcile.check(name="references", says="Every order's market, customer and accounts exist.")
def references(after: int) -> Found:
    def tell(order_id: int, customer_id: int) -> str:
        return f"order {order_id}: its market, customer {customer_id} or accounts do not fit it"

    return compare(_REFERENCES, [after], tell, upto=newest("exchange_spotorder"))
