"""Tasks: thin, killable, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from wallets.custody import (  # noqa: F401
    alarms,
    outflow,
    rebalance,
    reconcile,
    registered,
    sweep,
)
from wallets.custody.cold import gather as gathering
from wallets.custody.cold import send as sending
from wallets.custody.models import ColdPayment
from wallets.custody.vaults import reading, steps

MOST = 20


@shared_task(name="custody.gather", acks_late=True)
def gather(payment_id: int) -> str:
    """Gather what a drafted cold payment's cosigners need. Returns its state."""
    return gathering.gather(payment_id=payment_id).state


@shared_task(name="custody.push", acks_late=True)
def push(payment_id: int) -> str:
    """Give a cold payment that was sent to the network."""
    return sending.push(payment_id=payment_id)


@shared_task(name="custody.go_on", acks_late=True)
def go_on() -> int:
    """Find cold payments whose wake-up was lost, and alarms not acted on yet. Returns how many."""
    drafted = ColdPayment.objects.filter(state=ColdPayment.State.DRAFTED).order_by("pk")[:MOST]
    for payment in drafted:
        gathering.gather(payment_id=payment.pk)
    sent = ColdPayment.objects.filter(
        state=ColdPayment.State.SENT,
        transaction__state__in=["prepared", "signed", "dropped"],
    ).order_by("pk")[:MOST]
    for payment in sent:
        sending.push(payment_id=payment.pk)
    return len(drafted) + len(sent) + steps.wake_all() + alarms.enforce()


@shared_task(name="custody.vault_step", acks_late=True)
def vault_step(move_id: int) -> str:
    """The next transaction of a move into or out of a vault. Returns the move's state."""
    return steps.go_on(move_id=move_id)


@shared_task(name="custody.sweep", acks_late=True)
def sweep_deposits() -> int:
    """Gather what lies on deposit addresses. Returns how many transactions were prepared."""
    return sweep.sweep_all()


@shared_task(name="custody.rebalance", acks_late=True)
def rebalance_all() -> int:
    """Keep hot wallets between their marks. Returns how much was started."""
    return rebalance.rebalance_all()


@shared_task(name="custody.reconcile", acks_late=True)
def compare() -> int:
    """Compare the chains with the ledger. Returns how many assets do not agree."""
    reading.read_all()
    found = reconcile.reconcile()
    return 0 if found is None else sum(not row["ok"] for row in found.rows)


@shared_task(name="custody.forget_outflow", acks_late=True)
def forget_outflow() -> int:
    """Forget outflow that no measurement looks at any more. Returns how many rows."""
    return outflow.forget()
