"""Reconciliation: what payouts say against what the ledger holds."""

from __future__ import annotations

from decimal import Decimal

from exchange.core.money import plain
from exchange.ledger import reconcile

reconcile.sets_aside(
    name="payouts",
    query="""
        SELECT account_id, total + remainder - paid FROM launchpad_payout WHERE state = 'paying'
    """,
)

# Each payout: the lines that count as paid, what it says it paid, and what its entries posted.
_PAID = """
SELECT p.id, p.key, p.paid, coalesce(l.amount, 0) AS lines, p.state,
       p.paid <> coalesce(l.amount, 0) OR (p.state = 'paid' AND p.paid <> p.total) AS wrong
  FROM launchpad_payout p
  LEFT JOIN (SELECT payout_id, sum(amount) AS amount
               FROM launchpad_payoutline l
              WHERE l.payout_id > %s
                AND l.number <= (SELECT paid_lines FROM launchpad_payout WHERE id = l.payout_id)
              GROUP BY payout_id) l ON l.payout_id = p.id
 WHERE p.id > %s
"""


@reconcile.check(name="payouts", says="Every payout paid exactly the lines that it says it paid.")
def payouts(after: int) -> reconcile.Found:
    def tell(id: int, key: str, paid: Decimal, lines: Decimal, state: str) -> str:
        return f"payout {id} ({key}) says {plain(paid)}, its paid lines are {plain(lines)}"

    return reconcile.compare(_PAID, [after, after], tell, upto=reconcile.newest("launchpad_payout"))
