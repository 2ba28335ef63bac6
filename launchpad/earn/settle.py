"""Interest that stays: what is paid into savings becomes part of the position, in the transaction
of the batch that paid it.

A position that was closed between the accrual and the payment takes nothing any more: its interest
goes on to the customer's spot account at once.
"""

from __future__ import annotations

from django.db import connection

from exchange.core import clock, locks
from exchange.ledger import post_many
from launchpad.earn.models import Product
from launchpad.programmes.payouts import Batch, settles

SETTLED_BY = "earn"

_ADD = """
WITH paid AS (
    SELECT substr(of, 10)::bigint AS position_id, sum(amount) AS amount
      FROM launchpad_payoutline
     WHERE payout_id = %s AND number BETWEEN %s AND %s AND of LIKE 'compound:%%'
     GROUP BY 1
), grown AS (
    UPDATE launchpad_position p SET amount = p.amount + paid.amount
      FROM paid WHERE p.id = paid.position_id AND p.state = 'open'
    RETURNING p.id, p.product_id, p.customer_id, paid.amount
), counted AS (
    UPDATE launchpad_product o SET taken = o.taken + g.amount
      FROM (SELECT product_id, sum(amount) AS amount FROM grown GROUP BY 1) g
     WHERE o.id = g.product_id
)
INSERT INTO launchpad_positionchange
    (position_id, product_id, customer_id, kind, amount, at, reference)
SELECT id, product_id, customer_id, 'compound', amount, %s, %s FROM grown
"""
_GONE = """
SELECT l.customer_id, l.amount, l.account_id
  FROM launchpad_payoutline l
  JOIN launchpad_position p ON p.id = substr(l.of, 10)::bigint AND p.state = 'closed'
 WHERE l.payout_id = %s AND l.number BETWEEN %s AND %s AND l.of LIKE 'compound:%%'
"""
_TO_SPOT = f"""
SELECT account_id, -amount, 0::numeric FROM ({_GONE}) gone
 UNION ALL
SELECT a.id, c.amount, 0 FROM (SELECT customer_id, amount, 'spot' AS purpose, %s::bigint AS asset_id
                                 FROM ({_GONE}) gone) c {post_many.JOIN_ACCOUNTS}
"""  # noqa: S608  no part of it comes from outside
_SPOT = f"SELECT customer_id, 'spot', %s::bigint FROM ({_GONE}) gone"  # noqa: S608


def _hold(programme_id: int) -> None:
    """Nobody redeems what is being paid: the products of the programme, before any row."""
    ids = Product.objects.filter(programme_id=programme_id).order_by("pk")
    for product_id in ids.values_list("pk", flat=True):
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)


@settles(SETTLED_BY, before=_hold)
def settle(batch: Batch) -> None:
    """Let positions grow by what was just paid into them."""
    reference = f"payout:{batch.payout_id}:{batch.number}"
    lines = [batch.payout_id, batch.first, batch.last]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [*lines, clock.now(), reference])
        cursor.execute(f"SELECT count(*) FROM ({_GONE}) gone", lines)  # noqa: S608
        if not cursor.fetchone()[0]:
            return
    post_many.open_accounts(query=_SPOT, params=[batch.asset_id, *lines])
    post_many.post_from(
        kind="earn_after_close",
        reference=reference,
        query=_TO_SPOT,
        params=[*lines, batch.asset_id, *lines],
    )
