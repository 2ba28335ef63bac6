"""One cold payment, locked."""

from __future__ import annotations

from exchange.core.errors import NotFound
from wallets.custody.models import ColdPayment


def locked(payment_id: int) -> ColdPayment:
    """The row, locked until the transaction ends. Raises NotFound."""
    row = (
        ColdPayment.objects.select_for_update(of=("self",))
        .select_related("key_set__network", "asset_network__asset", "transaction")
        .filter(pk=payment_id)
        .first()
    )
    if row is None:
        raise NotFound(f"There is no cold payment {payment_id}.", field="payment_id")
    return row
