"""Where withdrawals of the past went, for a list that names one of the addresses later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compliance.screening.addresses import Seen
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State


def seen(keys: Sequence[str]) -> Iterable[Seen]:
    """Withdrawals to one of these addresses, but those that were refused."""
    rows = Withdrawal.objects.filter(key__in=list(keys)).exclude(state=State.REFUSED)
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield Seen(row.key, row.customer_id, f"withdrawal:{row.pk}", row.requested_at)
