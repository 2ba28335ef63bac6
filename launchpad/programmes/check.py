"""Reconciliation: what payouts say against what the ledger holds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exchange.core import clock
from exchange.core.money import plain
from exchange.ledger import reconcile

reconcile.sets_aside(
    name="payouts",
    query="""
        SELECT account_id, total + remainder - paid FROM launchpad_payout WHERE state = 'paying'
    """,
)

# Each payout that moved lately: the lines that count as paid, and what it says it paid. Lines are
# written once; older payouts are computed again on demand (`manage.py recompute_earn`).
_PAID = """
SELECT p.id, p.key, p.paid, l.amount AS lines,
       p.paid <> l.amount OR (p.state = 'paid' AND p.paid <> p.total) AS wrong
  FROM launchpad_payout p
 CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM launchpad_payoutline
                      WHERE payout_id = p.id AND number <= p.paid_lines) l
 WHERE p.state = 'paying' OR p.finished_at > %s
"""
LATELY = timedelta(days=2)


@reconcile.check(name="payouts", says="Every payout paid exactly the lines that it says it paid.")
def payouts(after: int) -> reconcile.Found:
    def tell(id: int, key: str, paid: Decimal, lines: Decimal) -> str:
        return f"payout {id} ({key}) says {plain(paid)}, its paid lines are {plain(lines)}"

    return reconcile.compare(_PAID, [clock.now() - LATELY], tell)
