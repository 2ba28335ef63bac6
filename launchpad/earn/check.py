"""Reconciliation: positions against accounts, against their changes, and paid against accrued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from exchange.core.money import plain
from exchange.ledger import reconcile

_ACCOUNTS = """
SELECT coalesce(p.customer_id, a.owner_id) AS customer_id, s.code,
       coalesce(a.amount, 0) AS account, coalesce(p.amount, 0) AS positions,
       coalesce(a.amount, 0) <> coalesce(p.amount, 0) AS wrong
  FROM (SELECT owner_id, asset_id, available + held AS amount FROM exchange_ledgeraccount
         WHERE owner_kind = 'customer' AND purpose = 'earn') a
  FULL JOIN (SELECT p.customer_id, o.asset_id, sum(p.amount) AS amount
               FROM launchpad_position p JOIN launchpad_product o ON o.id = p.product_id
              GROUP BY 1, 2) p
    ON p.customer_id = a.owner_id AND p.asset_id = a.asset_id
  JOIN exchange_asset s ON s.id = coalesce(a.asset_id, p.asset_id)
"""


@reconcile.check(
    name="earn accounts", says="What a customer's positions hold is what their account holds."
)
def accounts(after: int) -> reconcile.Found:
    def tell(customer_id: int, code: str, account: Decimal, positions: Decimal) -> str:
        return (
            f"customer {customer_id} has {plain(account)} {code} in earn,"
            f" and positions of {plain(positions)}"
        )

    return reconcile.compare(_ACCOUNTS, [], tell)


_CHANGES = """
SELECT p.id, p.amount, coalesce(c.amount, 0) AS changes, p.amount <> coalesce(c.amount, 0) AS wrong
  FROM launchpad_position p
  LEFT JOIN (SELECT position_id, sum(amount) AS amount FROM launchpad_positionchange
              GROUP BY 1) c ON c.position_id = p.id
"""


@reconcile.check(name="earn positions", says="Every position is the sum of its changes.")
def positions(after: int) -> reconcile.Found:
    def tell(id: int, amount: Decimal, changes: Decimal) -> str:
        return f"position {id} holds {plain(amount)}, its changes sum to {plain(changes)}"

    return reconcile.compare(_CHANGES, [], tell)


_TAKEN = """
SELECT o.slug, o.taken, coalesce(p.amount, 0) AS positions,
       o.taken <> coalesce(p.amount, 0) AS wrong
  FROM launchpad_product o
  LEFT JOIN (SELECT product_id, sum(amount) AS amount FROM launchpad_position
              WHERE parent_id IS NULL GROUP BY 1) p ON p.product_id = o.id
"""


@reconcile.check(name="earn caps", says="What a product has taken is what its positions hold.")
def taken(after: int) -> reconcile.Found:
    def tell(slug: str, taken: Decimal, positions: Decimal) -> str:
        return f"{slug} counts {plain(taken)}, its positions hold {plain(positions)}"

    return reconcile.compare(_TAKEN, [], tell)


_DAYS = """
SELECT d.id, o.slug, d.day, d.accrued, coalesce(a.interest, 0) AS accruals,
       p.total AS payout,
       (o.earns = 'rate' AND d.accrued <> coalesce(a.interest, 0))
       OR (p.id IS NOT NULL AND p.remainder <> d.remainder)
       OR (p.id IS NOT NULL AND NOT o.pays_at_end AND p.total <> d.accrued) AS wrong
  FROM launchpad_productday d
  JOIN launchpad_product o ON o.id = d.product_id
  LEFT JOIN launchpad_payout p ON p.id = d.payout_id
  LEFT JOIN (SELECT product_id, day, sum(interest) AS interest FROM launchpad_accrual
              GROUP BY 1, 2) a ON a.product_id = d.product_id AND a.day = d.day
 WHERE d.id > %s
"""


@reconcile.check(
    name="earn days", says="What was accrued on a day is what its payout pays, to the last unit."
)
def days(after: int) -> reconcile.Found:
    def tell(
        id: int, slug: str, day: date, accrued: Decimal, accruals: Decimal, payout: Decimal | None
    ) -> str:
        paid = "nothing" if payout is None else plain(payout)
        return (
            f"{slug} on {day}: {plain(accrued)} accrued, positions say {plain(accruals)},"
            f" the payout {paid}"
        )

    return reconcile.compare(_DAYS, [after], tell, upto=reconcile.newest("launchpad_productday"))


# Interest that is paid at the end: all of it, or given up, or not due yet.
_ENDED = """
SELECT p.id, a.interest AS accrued, coalesce(l.amount, 0) AS paid, p.forfeited,
       a.interest <> coalesce(l.amount, 0) + p.forfeited AS wrong
  FROM launchpad_position p
  JOIN launchpad_product o ON o.id = p.product_id AND o.pays_at_end
  JOIN (SELECT position_id, sum(interest) AS interest FROM launchpad_accrual GROUP BY 1) a
    ON a.position_id = p.id
  LEFT JOIN (SELECT of, sum(amount) AS amount FROM launchpad_payoutline
              WHERE of LIKE 'position:%%' GROUP BY 1) l ON l.of = 'position:' || p.id
 WHERE p.state = 'closed' AND (p.unlocks_at IS NULL
       OR p.unlocks_at::date <= coalesce(o.accrued_through, o.first_day))
"""


@reconcile.check(
    name="earn ends", says="Fixed savings that ended were paid what they accrued, or gave it up."
)
def ends(after: int) -> reconcile.Found:
    def tell(id: int, accrued: Decimal, paid: Decimal, forfeited: Decimal) -> str:
        return (
            f"position {id} accrued {plain(accrued)}, was paid {plain(paid)}"
            f" and gave up {plain(forfeited)}"
        )

    return reconcile.compare(_ENDED, [], tell)
