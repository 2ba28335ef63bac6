"""Ask the gates, write down what each said, and move the withdrawal accordingly."""

from __future__ import annotations

from django.db import transaction

from compliance.screening import block
from exchange.accounts.models import Customer
from exchange.core import clock, switches
from exchange.core.errors import Refused
from wallets.withdrawals import gates, pushes, release, settle, wake
from wallets.withdrawals.default_gates import SANCTIONED
from wallets.withdrawals.gates import Facts, Outcome, Verdict
from wallets.withdrawals.models import GateOutcome, Withdrawal
from wallets.withdrawals.states import State

Outcomes = list[tuple[str, Outcome]]


def ask(facts: Facts) -> Outcomes:
    """What every gate says. Raises the Refused of the first that refuses."""
    outcomes = gates.ask_all(facts)
    for _name, outcome in outcomes:
        if outcome.verdict == Verdict.REFUSE:
            raise Refused(outcome.message, field=outcome.code)
    return outcomes


def facts_of(row: Withdrawal) -> Facts:
    """The facts of a withdrawal that stands, as of now."""
    network = row.asset_network.network if row.asset_network is not None else None
    owner = Customer.objects.get(pk=row.owner_id)
    return Facts(
        customer_id=row.customer_id,
        owner_id=row.owner_id,
        user_id=owner.user_id,
        asset=row.asset.code,
        network=network.code if network else "",
        network_id=network.pk if network else None,
        key=row.key,
        memo=row.memo,
        amount=row.amount,
        fee=row.fee,
        value=row.value_usdt,
        recipient_id=row.recipient_id,
        via=row.via,
        device_id=row.device_id,
        at=clock.now(),
        withdrawal_id=row.pk,
    )


def apply(row: Withdrawal, outcomes: Outcomes, *, first: bool = False) -> None:
    """Write the outcomes down and hold, approve or settle. The row is locked, or new."""
    row.gates_round += 1
    now = clock.now()
    GateOutcome.objects.bulk_create(
        GateOutcome(
            withdrawal=row,
            round=row.gates_round,
            gate=name,
            verdict=outcome.verdict,
            code=outcome.code[:40],
            message=outcome.message[:300],
            at=now,
        )
        for name, outcome in outcomes
    )
    gates.written(row, outcomes)
    if any(outcome.code == SANCTIONED for _name, outcome in outcomes):
        # Here and not in the gate: a request that another gate refuses leaves nothing behind.
        block.meet_address(
            customer_id=row.customer_id, keys=[row.key], reference=f"withdrawal:{row.pk}"
        )
    holds = [outcome for _name, outcome in outcomes if outcome.verdict == Verdict.HOLD]
    row.approvals_needed = max((outcome.approvals for outcome in holds), default=0)
    ends = [outcome.until for outcome in holds]
    # A hold ends by itself only when every reason for it does.
    row.recheck_at = max((e for e in ends if e), default=None) if all(ends) else None
    if holds:
        row.state = State.HELD
        row.save()
        pushes.after_commit(row)
        if first:
            wake.tell(row, "withdrawal_held")
        return
    approve(row)
    if first and row.state == State.APPROVED:
        wake.tell(row, "withdrawal_requested")


def approve(row: Withdrawal) -> None:
    """Nothing stands in its way any more: send it, or give it to the other customer."""
    row.approved_at = clock.now()
    row.recheck_at = None
    if row.asset_network is None:
        settle.between_customers(row)
        return
    row.state = State.APPROVED
    row.save()
    wake.pay_soon(row.asset_network.network_id)


def recheck_due(*, limit: int = 100) -> int:
    """Ask the gates again about holds that have ended by themselves. Returns how many moved on."""
    due = (
        Withdrawal.objects.filter(state=State.HELD, recheck_at__lte=clock.now())
        .order_by("recheck_at")
        .values_list("pk", "owner_id")[:limit]
    )
    return sum(_recheck(*each) for each in due)


def look_again(*, withdrawal_id: int) -> int:
    """Ask the gates again about a held withdrawal: what held it has changed. Returns 1 when it
    moved on. What people approved of the round before has to be approved anew."""
    row = Withdrawal.objects.filter(pk=withdrawal_id, state=State.HELD).first()
    return _recheck(row.pk, row.owner_id, due=False) if row is not None else 0


def _recheck(withdrawal_id: int, owner_id: int, *, due: bool = True) -> int:
    with transaction.atomic():
        switches.hold_still()
        Customer.objects.select_for_update(no_key=True).get(pk=owner_id)
        row = release.locked(withdrawal_id)
        if row.state != State.HELD:
            return 0
        if due and (row.recheck_at is None or row.recheck_at > clock.now()):
            return 0
        try:
            outcomes = ask(facts_of(row))
        except Refused as refusal:
            # Restricted, switched off, over the limit: a person decides.
            row.recheck_at, row.stuck = None, str(refusal)[:300]
            row.save(update_fields=["recheck_at", "stuck"])
            return 0
        apply(row, outcomes)
        if row.state == State.APPROVED:
            wake.tell(row, "withdrawal_requested")
        return int(row.state != State.HELD)
