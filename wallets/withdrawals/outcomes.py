"""What becomes of withdrawals when the transaction that carries them moves (`sending.outcomes`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction as database

from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import refuse_if_restricted
from exchange.audit.record import record
from exchange.core import clock, switches
from exchange.core.actors import system
from wallets.sending.models import ChainTransaction
from wallets.sending.outcomes import Outcomes
from wallets.withdrawals import release, settle, wake
from wallets.withdrawals.errors import TooLateToCancel
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

FAILED = "The chain took the transaction and it failed: nothing was paid."
CLOSED_BY = "withdrawals.fail"


def _locked(references: Sequence[str]) -> list[Withdrawal]:
    ids = [int(reference.partition(":")[2]) for reference in references]
    return list(
        Withdrawal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("asset", "asset_network__network", "recipient", "transaction")
        .filter(pk__in=ids)
        .order_by("id")
    )


def may_sign(carrier: ChainTransaction, references: Sequence[str]) -> None:
    """The last look before a signature exists. Raises Restricted, TooLateToCancel."""
    for row in _locked(references):
        # A bump pays what is on its way already.
        if carrier.replaces_id is None and (
            row.state != State.APPROVED or row.transaction_id != carrier.pk
        ):
            raise TooLateToCancel("It is not approved any more.", limit=row.state)
        refuse_if_restricted(row.customer_id, Restriction.Kind.WITHDRAWAL)


def signed(carrier: ChainTransaction, references: Sequence[str]) -> None:
    for row in _locked(references):
        if row.state == State.APPROVED:
            row.state = State.SIGNED
            row.save(update_fields=["state"])


def broadcast(carrier: ChainTransaction, references: Sequence[str]) -> None:
    for row in _locked(references):
        row.transaction = carrier
        if row.state == State.SIGNED:
            row.state = State.BROADCAST
            row.sent_at = clock.now()
            wake.tell(row, "withdrawal_sent")
        row.stuck = ""
        row.save(update_fields=["state", "sent_at", "transaction", "stuck"])


def mined(carrier: ChainTransaction, references: Sequence[str]) -> None:
    for row in _locked(references):
        row.transaction = carrier
        row.sent_at = row.sent_at or clock.now()
        settle.mined(row)


def unmined(carrier: ChainTransaction, references: Sequence[str]) -> None:
    for row in _locked(references):
        if row.state == State.CONFIRMED:
            settle.unmined(row)


def failed(carrier: ChainTransaction, references: Sequence[str]) -> None:
    """Nothing was paid. What was held is given back once no fork can undo the failure."""
    for row in _locked(references):
        row.transaction, row.state, row.stuck = carrier, State.BROADCAST, FAILED
        row.save(update_fields=["transaction", "state", "stuck"])


def unfailed(carrier: ChainTransaction, references: Sequence[str]) -> None:
    for row in _locked(references):
        row.stuck = ""
        row.save(update_fields=["stuck"])


def abandoned(carrier: ChainTransaction, references: Sequence[str]) -> None:
    """It will never be mined: approved as they are, they are put into another."""
    for row in _locked(references):
        if row.state in (State.APPROVED, State.SIGNED, State.BROADCAST):
            row.state, row.transaction, row.sent_at = State.APPROVED, None, None
            row.save(update_fields=["state", "transaction", "sent_at"])
            assert row.asset_network is not None
            wake.pay_soon(row.asset_network.network_id)


def switches_of(carrier: ChainTransaction) -> Sequence[str]:
    names: set[str] = set()
    for payment in carrier.payments.select_related("asset_network__asset"):
        names.update(
            switches.withdrawals(
                asset=payment.asset_network.asset.code, network=carrier.network.code
            )
        )
    return sorted(names)


OUTCOMES = Outcomes(
    may_sign=may_sign,
    signed=signed,
    broadcast=broadcast,
    mined=mined,
    unmined=unmined,
    failed=failed,
    unfailed=unfailed,
    abandoned=abandoned,
    switches=switches_of,
)


def finish_failed(*, limit: int = 100) -> int:
    """Give back what failed on a chain, once the failure is as deep as a deposit has to be."""
    rows = (
        Withdrawal.objects.filter(
            state=State.BROADCAST, transaction__state=ChainTransaction.State.FAILED
        )
        .select_related("transaction__network__watch")
        .order_by("id")[:limit]
    )
    done = 0
    for row in rows:
        carrier = row.transaction
        assert carrier is not None
        deep = carrier.network.watch.height - carrier.network.confirmations + 1
        if carrier.height is not None and carrier.height <= deep:
            done += _give_back(row.pk)
    return done


def _give_back(withdrawal_id: int) -> int:
    with database.atomic():
        carried_by = Withdrawal.objects.values_list("transaction_id", flat=True).get(
            pk=withdrawal_id
        )
        carrier = ChainTransaction.objects.select_for_update(of=("self",)).get(pk=carried_by)
        row = release.locked(withdrawal_id)
        if row.state != State.BROADCAST or carrier.state != ChainTransaction.State.FAILED:
            return 0
        release.give_up(row, State.FAILED, customer_message=FAILED)
        record(actor=system(CLOSED_BY), verb="withdrawals.fail", target=row, reason=FAILED)
        wake.tell(row, "withdrawal_failed")
    return 1


STUCK_AFTER = timedelta(minutes=30)
