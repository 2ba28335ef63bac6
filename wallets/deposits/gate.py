"""What stands between a confirmed deposit and its credit.

Rooms register gates: functions of the facts that say pass, hold or refuse. Every gate is asked and
every answer written down; the strictest counts. A gate that breaks is a hold: nothing is credited
because a check could not be made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from wallets.deposits.models import Deposit, DepositCheck
from wallets.deposits.worth import worth_usdt

log = logging.getLogger(__name__)
Verdict = DepositCheck.Verdict
STRICTNESS = (Verdict.PASS, Verdict.HOLD, Verdict.REFUSE)


class Facts(NamedTuple):
    """What a gate may know. Amounts in the asset; `worth` in USDT, None without a market."""

    deposit_id: int
    round: int
    customer_id: int
    asset: str
    network: str
    amount: Decimal
    worth: Decimal | None
    sender: str  # account chains only
    address: str
    txid: str
    balance_gap: int | None
    senders: tuple[str, ...] = ()  # UTXO chains: of every input


class Outcome(NamedTuple):
    """`code` is stable, `message` is for staff."""

    verdict: str
    code: str = ""
    message: str = ""


PASS = Outcome(Verdict.PASS)
Gate = Callable[[Facts], Outcome]
_gates: dict[str, tuple[int, Gate]] = {}


def register(name: str, gate: Gate, *, order: int = 50) -> None:
    """Have a gate asked about every deposit, in order."""
    if _gates.setdefault(name, (order, gate)) != (order, gate):
        raise RuntimeError(f"there are two gates called {name}")


def gates() -> list[tuple[str, Gate]]:
    """Every gate with its name, in order."""
    return [(name, gate) for name, (_, gate) in sorted(_gates.items(), key=lambda g: g[1][0])]


def judge(deposit: Deposit) -> Outcome:
    """Ask every gate, write down what each says, and return the strictest answer."""
    facts = facts_of(deposit)
    strictest = PASS
    for name, gate in gates():
        outcome = _asked(name, gate, facts)
        DepositCheck.objects.create(
            deposit=deposit,
            round=deposit.round,
            gate=name,
            verdict=outcome.verdict,
            code=outcome.code,
            message=outcome.message[:500],
        )
        if STRICTNESS.index(outcome.verdict) > STRICTNESS.index(strictest.verdict):
            strictest = outcome
    return strictest


def facts_of(deposit: Deposit) -> Facts:
    assert deposit.customer_id is not None
    return Facts(
        deposit_id=deposit.pk,
        round=deposit.round,
        customer_id=deposit.customer_id,
        asset=deposit.asset_code,
        network=deposit.network.code,
        amount=deposit.creditable,
        worth=worth_usdt(deposit.asset_code, deposit.creditable),
        sender=deposit.sender,
        address=deposit.address.address,
        txid=deposit.txid,
        balance_gap=deposit.balance_gap,
        senders=tuple(deposit.senders or ()),
    )


def _asked(name: str, gate: Gate, facts: Facts) -> Outcome:
    try:
        with transaction.atomic():
            return gate(facts)
    except Exception as error:
        log.exception("gate %s broke over deposit %s", name, facts.deposit_id)
        return Outcome(
            Verdict.HOLD, "gate_failed", f"the check could not be made: {type(error).__name__}"
        )
