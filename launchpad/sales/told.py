"""Letters to those who take part in a sale: who gets one, and what stands in it.

Each batch that settles, refunds or comes due begins a circular in its own transaction, which costs
it one row; the letters are written afterwards, from what is final by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from exchange.accounts import circulars, mail
from exchange.accounts.circulars import Addressed
from exchange.accounts.models import Customer
from exchange.core.money import ZERO, plain
from launchpad.sales import moves, terms
from launchpad.sales.explain import left_out
from launchpad.sales.models import Sale, SaleRelease, Subscription
from launchpad.sales.states import State

SETTLED, DUE = "sales.settled", "sales.due"


def settled(sale: Sale, ids: Sequence[int]) -> None:
    """Write to those whose money was just settled or given back. `ids` ascend."""
    circulars.begin(SETTLED, sale_id=sale.pk, after=ids[0] - 1, upto=ids[-1])


def came_due(sale: Sale, part: SaleRelease) -> None:
    """Write to whoever has tokens of a part that came due."""
    circulars.begin(DUE, sale_id=sale.pk, number=part.number)


def taken_back(sale: Sale, mine: Subscription) -> None:
    """A commitment, before it is lowered to nothing."""
    user_id = Customer.objects.values_list("user_id", flat=True).get(pk=mine.customer_id)
    if user_id is not None:
        mail.tell(
            user_id,
            "sale_taken_back",
            sale=sale.name,
            committed=plain(mine.committed),
            quote=sale.quote.code,
            page=page(sale),
        )


def page(sale: Sale) -> str:
    return settings.BASE_URL + reverse("sale", args=[sale.pk])


@circulars.source(SETTLED)
def _settled(about: dict[str, Any], above: int, limit: int) -> list[Addressed]:
    sale = moves.get(about["sale_id"])
    following = sale.releases.filter(number__gt=0).order_by("number").first()
    rows = Subscription.objects.filter(
        sale=sale,
        pk__gt=max(above, about["after"]),
        pk__lte=about["upto"],
        committed__gt=0,
        settled_at__isnull=False,
    ).order_by("pk")[:limit]
    return [Addressed(row.pk, row.customer_id, *_of_settled(sale, row, following)) for row in rows]


def _of_settled(
    sale: Sale, row: Subscription, following: SaleRelease | None
) -> tuple[str, dict[str, str | int]]:
    facts: dict[str, str | int] = {
        "sale": sale.name,
        "committed": plain(row.committed),
        "quote": sale.quote.code,
        "page": page(sale),
    }
    if row.left_out:
        return "sale_left_out", {**facts, "why": left_out(row)}
    if sale.state == State.CANCELLED:
        return "sale_refunded", {**facts, "words": sale.cancelled_because}
    allocated = row.allocated or ZERO
    first = terms.released(sale, allocated, 0)
    return "sale_result", {
        **facts,
        "asset": sale.asset.code,
        "lucky": int(allocated > 0),
        "allocated": plain(allocated),
        "spent": plain(row.spent or ZERO),
        "refunded": plain(row.refunded or ZERO),
        "released": plain(first),
        "later": plain(allocated - first) if allocated > first else "",
        "next": f"{following.due_at:%Y-%m-%d %H:%M} UTC" if following else "",
    }


@circulars.source(DUE)
def _due(about: dict[str, Any], above: int, limit: int) -> list[Addressed]:
    sale = moves.get(about["sale_id"])
    part = sale.releases.get(number=about["number"])
    rows = Subscription.objects.filter(
        sale=sale, pk__gt=above, lots__gt=0, releases__lte=part.number, released__lt=F("allocated")
    ).order_by("pk")[:limit]
    by_itself = part.due_at + timedelta(days=sale.claim_days)
    return [
        Addressed(
            row.pk,
            row.customer_id,
            "sale_tokens_due",
            {
                "sale": sale.name,
                "asset": sale.asset.code,
                "amount": plain(
                    terms.released(sale, row.allocated or ZERO, part.number) - row.released
                ),
                "by_itself": f"{by_itself:%Y-%m-%d %H:%M} UTC",
                "page": page(sale),
            },
        )
        for row in rows
    ]
