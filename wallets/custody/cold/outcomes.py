"""What becomes of a cold payment's transaction, told by `sending` as the chain says it."""

from __future__ import annotations

from exchange.core import clock
from exchange.core.errors import Conflict
from wallets.custody.models import ColdPayment
from wallets.sending.models import ChainTransaction
from wallets.sending.outcomes import Outcomes, References, of_payments

State = ColdPayment.State


def _payment(row: ChainTransaction) -> ColdPayment | None:
    """By the reference of its family: a bump is another row with the same payments."""
    return (
        ColdPayment.objects.select_for_update(of=("self",))
        .filter(transaction__reference=row.reference.partition("#")[0])
        .first()
    )


def _may_sign(row: ChainTransaction, references: References) -> None:
    payment = _payment(row)
    if payment is None or payment.state != State.SENT:
        raise Conflict("It waits for its cosigners.")


def _mined(row: ChainTransaction, references: References) -> None:
    _move(row, State.DONE)


def _unmined(row: ChainTransaction, references: References) -> None:
    _move(row, State.SENT)


def _failed(row: ChainTransaction, references: References) -> None:
    _move(row, State.FAILED)


def _abandoned(row: ChainTransaction, references: References) -> None:
    """The call of a Safe was given up: the owners' signatures are as good as before."""
    payment = _payment(row)
    if payment is not None and payment.state == State.SENT and row.source_id is not None:
        payment.state, payment.transaction, payment.sent_at = State.READY, None, None
        payment.save(update_fields=["state", "transaction", "sent_at"])


def _move(row: ChainTransaction, state: str) -> None:
    payment = _payment(row)
    if payment is None:
        return
    payment.state, payment.txid = state, row.txid
    payment.height = row.height
    payment.ended_at = None if state == State.SENT else clock.now()
    payment.save(update_fields=["state", "txid", "height", "ended_at"])


of_payments(
    "cold",
    Outcomes(
        may_sign=_may_sign,
        mined=_mined,
        unmined=_unmined,
        failed=_failed,
        unfailed=_unmined,
        abandoned=_abandoned,
    ),
)
