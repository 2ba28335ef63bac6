"""The gate of monitoring, and what an alert does to withdrawals that are on their way.

The gate holds (see `compliance.monitoring.gates`). An alert that comes after the gates let a
withdrawal through takes it back to the people who check, as long as nobody has signed it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from compliance.monitoring import gates as monitoring
from compliance.monitoring.alerts import RAISED
from compliance.monitoring.models import Alert
from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import system
from exchange.ledger import queries as ledger
from wallets.withdrawals import cancel, gates
from wallets.withdrawals.errors import TooLateToCancel
from wallets.withdrawals.gates import PASS, Facts, Outcome
from wallets.withdrawals.models import GateOutcome, Withdrawal
from wallets.withdrawals.states import State

NAME = "monitoring"
AFTER_VELOCITY = gates.VELOCITY + 1
ACTOR = system("withdrawals.watched")
MOST = 200


def not_suspicious(facts: Facts) -> Outcome:
    """Holds for whatever stands against it; the gravest reason is named, the others follow."""
    found = monitoring.concerns(_attempt(facts))
    if not found:
        return PASS
    return gates.hold(
        found[0].code,
        " ".join(each.message for each in found)[:300],
        approvals=found[0].approvals,
    )


def _attempt(facts: Facts) -> monitoring.Attempt:
    asset = Asset.objects.get(code=facts.asset)
    balance = ledger.balance(customer_id=facts.customer_id, asset_id=asset.pk)
    # Asked again, what it takes is among what is held.
    total = facts.amount + facts.fee
    there = balance.available + (total if facts.withdrawal_id is not None else Decimal(0))
    return monitoring.Attempt(
        customer_id=facts.owner_id,
        address=facts.key,
        usd=facts.value,
        share=min(Decimal(1), total / there) if there > 0 else Decimal(1),
        member_since=Customer.objects.values_list("created_at", flat=True).get(pk=facts.owner_id),
        at=facts.at,
        reference=str(facts.withdrawal_id or ""),
    )


@outbox.consumes(RAISED)
def hold_what_is_unsigned(payload: dict[str, Any]) -> None:
    """A severe alert: what is approved and unsigned waits for people again."""
    alert = Alert.objects.filter(pk=payload["alert_id"]).first()
    if alert is None or alert.customer_id is None or alert.severity < monitoring.SEVERE:
        return
    ids = Withdrawal.objects.filter(owner_id=alert.customer_id, state=State.APPROVED)
    for withdrawal_id in ids.order_by("id").values_list("pk", flat=True)[:MOST]:
        _hold(withdrawal_id, alert)


def _hold(withdrawal_id: int, alert: Alert) -> None:
    try:
        with transaction.atomic():
            row = cancel.take_back(withdrawal_id)
            if row.state != State.APPROVED:
                return
            row.state, row.recheck_at = State.HELD, None
            row.approvals_needed = 2 if alert.severity == monitoring.GRAVEST else 1
            row.approved_at = None
            row.gates_round += 1
            row.save()
            GateOutcome.objects.create(
                withdrawal=row,
                round=row.gates_round,
                gate=NAME,
                verdict=GateOutcome.Verdict.HOLD,
                code="open_alert",
                message=f"Alert {alert.pk} came after it was approved.",
                at=clock.now(),
            )
            record(actor=ACTOR, verb="withdrawals.hold", target=row, reason=f"alert {alert.pk}")
    except TooLateToCancel:  # signed: only the chain decides
        return


gates.register(NAME, not_suspicious, order=AFTER_VELOCITY)
