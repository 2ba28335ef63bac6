"""Reconciliation: positions against accounts, against their changes, and paid against accrued."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from exchange.core import clock
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


# Of positions that changed since the last good run; all of them once a day.
_CHANGES = """
SELECT p.id, p.amount, c.amount AS changes, p.amount <> c.amount AS wrong
  FROM launchpad_position p
 CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM launchpad_positionchange
                      WHERE position_id = p.id) c
 WHERE p.id IN (SELECT position_id FROM launchpad_positionchange WHERE id > %s)
    OR (p.amount <> 0 AND %s = 0)
"""


@reconcile.check(name="earn positions", says="Every position is the sum of its changes.")
def positions(after: int) -> reconcile.Found:
    def tell(id: int, amount: Decimal, changes: Decimal) -> str:
        return f"position {id} holds {plain(amount)}, its changes sum to {plain(changes)}"

    upto = reconcile.newest("launchpad_positionchange")
    return reconcile.compare(_CHANGES, [after, after], tell, upto=upto)


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


# Accruals are written once: those of the last days are added up, older ones were.
_DAYS = """
SELECT d.id, o.slug, d.day, d.accrued, a.interest AS accruals, p.total AS payout,
       (o.earns = 'rate' AND d.accrued <> a.interest)
       OR (p.id IS NOT NULL AND p.remainder <> d.remainder)
       OR (p.id IS NOT NULL AND NOT o.pays_at_end AND p.total <> d.accrued) AS wrong
  FROM launchpad_productday d
  JOIN launchpad_product o ON o.id = d.product_id
  LEFT JOIN launchpad_payout p ON p.id = d.payout_id
 CROSS JOIN LATERAL (SELECT coalesce(sum(interest), 0) AS interest FROM launchpad_accrual
                      WHERE product_id = d.product_id AND day = d.day) a
 WHERE d.ran_at > %s
"""
LATELY = timedelta(days=2)


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

    return reconcile.compare(_DAYS, [clock.now() - LATELY], tell)


# Interest that is paid at the end: all of it, or given up, or not due yet.
_ENDED = """
SELECT p.id, a.interest AS accrued, l.amount AS paid, p.forfeited,
       a.interest <> l.amount + p.forfeited AS wrong
  FROM launchpad_position p
  JOIN launchpad_product o ON o.id = p.product_id AND o.pays_at_end
 CROSS JOIN LATERAL (SELECT coalesce(sum(interest), 0) AS interest FROM launchpad_accrual
                      WHERE position_id = p.id) a
 CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM launchpad_payoutline
                      WHERE customer_id = p.customer_id AND of = 'position:' || p.id) l
 WHERE p.state = 'closed' AND p.closed_at > %s
   AND (p.unlocks_at IS NULL
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

    return reconcile.compare(_ENDED, [clock.now() - LATELY], tell)
