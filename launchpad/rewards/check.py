"""Reconciliation: what campaigns say against what was paid."""

from __future__ import annotations

from decimal import Decimal

from exchange.core.money import plain
from exchange.ledger import reconcile

_COMMITTED = """
SELECT c.id, c.title, c.committed, coalesce(r.amount, 0) AS amount,
       c.committed <> coalesce(r.amount, 0) AS wrong
  FROM launchpad_campaign c
  LEFT JOIN (SELECT campaign_id, sum(amount) AS amount FROM launchpad_reward
              WHERE state <> 'refused' GROUP BY 1) r ON r.campaign_id = c.id
 WHERE c.id > %s
"""


@reconcile.check(
    name="rewards", says="Every campaign has committed what its rewards come to, to the last unit."
)
def rewards(after: int) -> reconcile.Found:
    def tell(id: int, title: str, committed: Decimal, amount: Decimal) -> str:
        return f"campaign {id} ({title}) says {plain(committed)}, its rewards are {plain(amount)}"

    # Few rows, and old ones change: all of them are looked at each time.
    return reconcile.compare(_COMMITTED, [0], tell, upto=reconcile.newest("launchpad_campaign"))
