"""What reconciliation compares of sales: what is set aside, and every sale's sums and accounts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exchange.core import clock
from exchange.core.money import plain
from exchange.ledger.reconcile import Found, check, compare, newest, sets_aside
from launchpad.sales import recompute
from launchpad.sales.models import Sale
from launchpad.sales.states import PUBLIC

sets_aside(
    name="sales",
    query="SELECT account, committed FROM launchpad_subscription"
    " WHERE settled_at IS NULL AND committed > 0",
)

# What the sale's accounts of the house must hold, from what the subscriptions say.
_SALES = """
SELECT s.id, s.name, t.off AS tokens_off, q.off AS money_off, x.sums_off,
       t.off <> 0 OR q.off <> 0 OR x.sums_off AS wrong
  FROM launchpad_sale s
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(b.committed), 0) AS committed, coalesce(sum(spent), 0) AS spent,
              coalesce(sum(spent) FILTER (WHERE settled_at IS NOT NULL), 0) AS paid,
              coalesce(sum(refunded), 0) AS refunded, coalesce(sum(released), 0) AS released,
              coalesce(sum(allocated), 0) AS allocated,
              coalesce(sum(committed) FILTER (WHERE left_out <> ''), 0) AS left_out,
              bool_or(added >= committed) AS too_much, count(*) FILTER (WHERE committed > 0) AS n
         FROM launchpad_subscription b
         LEFT JOIN (SELECT subscription_id, sum(committed) AS added FROM launchpad_saleturn
                     WHERE sale_id = s.id GROUP BY 1) t ON t.subscription_id = b.id
        WHERE b.sale_id = s.id) p
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(available + held), 0) - CASE
              WHEN s.funded_from = '' OR s.state = 'cancelled' THEN 0
              WHEN s.paid_at IS NOT NULL THEN p.allocated - p.released
              ELSE s.offered - p.released END AS off
         FROM exchange_ledgeraccount WHERE owner_kind = 'house' AND owner_id = 0
          AND purpose = 'sale:' || s.id AND asset_id = s.asset_id) t
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(available + held), 0)
              - CASE WHEN s.paid_at IS NULL THEN p.paid ELSE 0 END AS off
         FROM exchange_ledgeraccount WHERE owner_kind = 'house' AND owner_id = 0
          AND purpose = 'sale:' || s.id AND asset_id = s.quote_id) q
  LEFT JOIN launchpad_salebook b ON b.sale_id = s.id
  CROSS JOIN LATERAL (
       SELECT coalesce(b.committed, 0) <> p.committed OR coalesce(b.subscribers, 0) <> p.n
           OR p.left_out <> s.left_out_amount OR coalesce(p.too_much, false)
           OR (s.allocated IS NOT NULL AND s.state <> 'cancelled' AND (
                 p.spent + p.refunded <> p.committed OR p.allocated > s.offered
                 OR (s.committed, s.spent, s.refunded, s.allocated)
                    IS DISTINCT FROM (p.committed, p.spent, p.refunded, p.allocated)
                 OR p.spent <> p.allocated * s.price)) AS sums_off) x
 WHERE s.id > %s OR s.state NOT IN ('finished', 'cancelled')
    OR greatest(s.paid_at, s.cancelled_at, s.distributed_at) > now() - interval '3 days'
"""


@check(
    name="sales",
    says="Of every sale: all that was committed is spent or refunded, and its accounts hold the"
    " rest.",
)
def sales(after: int) -> Found:
    def tell(id: int, name: str, tokens_off: Decimal, money_off: Decimal, sums_off: bool) -> str:
        off = []
        if tokens_off:
            off.append(f"its account of tokens is off by {plain(tokens_off)}")
        if money_off:
            off.append(f"its account of proceeds is off by {plain(money_off)}")
        if sums_off:
            off.append("its sums disagree")
        return f"sale {id} ({name}): " + ", ".join(off)

    return compare(_SALES, [after], tell, upto=newest("launchpad_sale"))


LATE = timedelta(hours=6)


def _of_late(sale: Sale) -> bool:
    moments = (sale.allocated_at, sale.distributed_at, sale.cancelled_at)
    return any(at is not None and at > clock.now() - LATE for at in moments)


@check(
    name="sales from entries",
    says="Everybody's part in a sale is what the ledger's entries alone say.",
)
def sales_from_entries(after: int) -> Found:
    """Looks at sales that were settled or cancelled of late; at all of them once a day, because it
    reads every entry they have. What is held for the others, the check of holds compares."""
    looked = wrong = 0
    findings = []
    for sale in Sale.objects.filter(state__in=PUBLIC).order_by("pk"):
        if after and not _of_late(sale):
            continue
        found = recompute.compare(sale.pk)
        looked += found.people
        wrong += found.wrong
        if found.wrong:
            findings.append(
                f"sale {sale.pk} ({sale}): {found.wrong} customers, the first is {found.first}"
            )
    return Found(looked, wrong, findings[:20], newest("launchpad_sale"))
