"""What customers owe since a fork took back what they had spent: collect it from their balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from exchange.core.money import plain
from exchange.ledger import accounts
from exchange.ledger.post import transfer
from wallets.deposits.models import ReorgDebt

PERMISSION = "wallets.collect_debt"
KIND = "deposits.collect_debt"
ENTRY = "debt_collected"


def propose_collection(*, debt_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to take what is owed from what is available. Raises NotFound, Conflict."""
    debt = ReorgDebt.objects.select_related("asset").filter(pk=debt_id).first()
    if debt is None:
        raise NotFound(f"There is no debt {debt_id}.", field="debt_id")
    if not debt.owed:
        raise Conflict(_("This debt is paid already."))
    return proposals.propose(
        kind=KIND,
        payload={"debt_id": debt_id},
        summary=f"Collect up to {plain(debt.owed)} {debt.asset.code} from customer"
        f" {debt.customer_id} for deposit {debt.deposit_id}",
        reason=reason,
        actor=actor,
        target=debt,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _collect(*, payload: dict[str, Any], actor: Actor) -> str:
    """Move what is there; the rest stays owed."""
    debt = (
        ReorgDebt.objects.select_for_update(of=("self",))
        .select_related("asset")
        .get(pk=payload["debt_id"])
    )
    own = accounts.customer_accounts({(debt.customer_id, debt.asset_id)})
    account = own[debt.customer_id, debt.asset_id]
    available = accounts.locked_available([account])[account]
    amount = min(debt.owed, max(available, Decimal(0)))
    if amount <= 0:
        raise Conflict(_("There is nothing owed, or nothing available."))
    transfer(
        kind=ENTRY,
        reference=f"debt:{debt.pk}:{plain(debt.paid)}",
        source=account,
        destination=accounts.house_account(asset_id=debt.asset_id, purpose=accounts.REORG_LOSS),
        amount=amount,
    )
    debt.paid += amount
    debt.save()
    record(
        actor=actor,
        verb=KIND,
        target=debt,
        after={"amount": amount, "still_owed": debt.owed, "customer": debt.customer_id},
    )
    return f"{plain(amount)} {debt.asset.code} collected, {plain(debt.owed)} still owed"
