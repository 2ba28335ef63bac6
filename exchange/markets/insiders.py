"""Who knew of a listing before it was announced, written down for trading and monitoring."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from exchange.core import copy
from exchange.core.errors import Restricted
from exchange.markets.models import InsiderNote

MOST = 1_000  # notes of one asset

_BARRED = """
SELECT c.id, n.asset FROM exchange_customer c
  JOIN exchange_insidernote n ON n.customer_id IN (c.id, c.parent_id)
 WHERE c.id = ANY(%s::bigint[]) AND n.asset = ANY(%s::text[])
   AND (n.until IS NULL OR n.until > now())
"""


class InsidersWait(Restricted):
    """Whoever knew of a listing before others trades it a little later than others."""

    def __init__(self, *, field: str = "") -> None:
        super().__init__(
            _("You knew of this listing before others: you can trade it a little later."),
            field=field,
        )


def note(*, customer_id: int, asset: str, since: datetime, why: str) -> InsiderNote:
    """Write it down; noting somebody twice keeps the earlier moment. For rooms that list."""
    row, made = InsiderNote.objects.get_or_create(
        customer_id=customer_id,
        asset=asset,
        defaults={"since": since, "why": why[:200]},
    )
    if not made and since < row.since:
        row.since = since
        row.save(update_fields=["since"])
    return row


def bar_until(*, asset: str, until: datetime | None) -> int:
    """When insiders of an asset may trade it; None while nobody knows. Returns how many those are.

    Of a listing that came to nothing: the moment at which that was decided.
    """
    return InsiderNote.objects.filter(asset=asset).update(until=until)


def barred(*, customer_ids: Collection[int], assets: Collection[str]) -> set[tuple[int, str]]:
    """(customer, asset) pairs that may not trade yet; a main account's note binds sub-accounts.

    One indexed query; asked for guarded markets only.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BARRED, [copy.array(customer_ids), list(assets)])
        return set(cursor.fetchall())
