"""Operators' approvals of a transaction: carried from their browsers to the signer.

An operator signs the very text that the signer says it would sign. Here nothing can be made up:
without the operator's key there is no signature, and the signer checks each again.
"""

from __future__ import annotations

import re

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from wallets.sending import signer
from wallets.sending.models import ChainTransaction
from wallets.sending.send import locked
from wallets.withdrawals.models import OperatorApproval

PERMISSION = "wallets.approve_withdrawal"
OPERATOR = re.compile(r"[A-Za-z0-9._-]{1,60}")
SIGNATURE = re.compile(r"[0-9a-f]{128}")


def approvals_of(row: ChainTransaction) -> list[dict[str, str]]:
    """The approvals of a transaction; a bump is covered by those of the first of its family."""
    family = ChainTransaction.objects.filter(reference=row.reference.partition("#")[0]).values_list(
        "pk", flat=True
    )
    rows = OperatorApproval.objects.filter(transaction_id__in=list(family)).order_by("operator")
    return [{"operator": each.operator, "signature": each.signature} for each in rows]


def hand_in(
    *, transaction_id: int, operator: str, signature: str, contents: str, actor: Actor
) -> OperatorApproval:
    """Carry an operator's signature over `contents` to the signer, with the next try.

    Handing in twice replaces the first. Raises Conflict when the contents are not what the signer
    says now, Invalid, PermissionRefused, SignerRefused.
    """
    actor.require(PERMISSION)
    if actor.user_id is None:
        raise PermissionRefused("Only a person hands in an approval.")
    if not OPERATOR.fullmatch(operator):
        raise Invalid("An operator's name has up to 60 letters, digits, dots and dashes.")
    if not SIGNATURE.fullmatch(signature):
        raise Invalid("A signature is 128 hexadecimal digits.", field="signature")
    row = ChainTransaction.objects.select_related("key_set", "network", "source").get(
        pk=transaction_id
    )
    if signer.contents(row).text != contents:
        raise Conflict("The transaction is not what was shown. Load the page again.")
    with transaction.atomic():
        fresh = locked(transaction_id)
        if fresh.state != ChainTransaction.State.PREPARED:
            raise Conflict(f"It is {fresh.get_state_display()} already.", limit=fresh.state)
        made, _new = OperatorApproval.objects.update_or_create(
            transaction=fresh,
            operator=operator,
            defaults={
                "signature": signature,
                "contents": contents,
                "handed_in_by_id": actor.user_id,
                "at": clock.now(),
            },
        )
        record(
            actor=actor,
            verb="withdrawals.hand_in_approval",
            target=fresh,
            after={"operator": operator},
        )
        dispatch.after_commit("wallets.send", queue="wallets", transaction_id=transaction_id)
    return made
