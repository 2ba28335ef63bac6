"""Gates: what a withdrawal has to pass before it is sent, in a fixed order, each on the record.

A gate is a function of the facts that passes, holds (a person decides) or refuses. It reads the
database inside the request's transaction and changes nothing. Rooms above register gates of their
own, or take the place of a default by its name:

    gates.register("screening", my_screening, order=gates.SCREENING)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from wallets.withdrawals.models import GateOutcome, Withdrawal

Verdict = GateOutcome.Verdict

SWITCHES, RESTRICTIONS, PRODUCTS, LIMITS, ADDRESS_BOOK, RISK = 10, 20, 25, 30, 40, 50
SCREENING, TRAVEL_RULE, VELOCITY, AMOUNT = 60, 70, 80, 90


class Facts(NamedTuple):
    """What is known of a withdrawal. Amounts in the asset, value in USDT (None: unknown)."""

    customer_id: int
    owner_id: int
    user_id: int | None  # of the main account
    asset: str
    network: str  # "" for a transfer to another customer
    network_id: int | None
    key: str
    memo: str
    amount: Decimal
    fee: Decimal
    value: Decimal | None
    recipient_id: int | None
    via: str
    device_id: int | None
    at: datetime
    # What is being looked at again does not count as a request besides itself.
    withdrawal_id: int | None = None


class Outcome(NamedTuple):
    """What a gate says. `message` is for staff; `approvals` how many people must approve a hold;
    `until` when a hold ends by itself (and the gates are asked again)."""

    verdict: Verdict
    code: str = ""
    message: str = ""
    approvals: int = 1
    until: datetime | None = None


PASS = Outcome(Verdict.PASS)
Gate = Callable[[Facts], Outcome]
# What a gate's room does once its word is written down, in the same transaction.
Then = Callable[[Withdrawal, Outcome], None]


class Registered(NamedTuple):
    order: int
    name: str
    gate: Gate
    then: Then | None = None


_gates: dict[str, Registered] = {}


def register(name: str, gate: Gate, *, order: int, then: Then | None = None) -> None:
    """Add a gate, or put it in the place of the one of that name."""
    _gates[name] = Registered(order, name, gate, then)


def written(row: Withdrawal, outcomes: list[tuple[str, Outcome]]) -> None:
    """Tell the gates' rooms that what they said of this withdrawal stands now."""
    for name, outcome in outcomes:
        known = _gates.get(name)
        if known is not None and known.then is not None:
            known.then(row, outcome)


def in_order() -> list[Registered]:
    return sorted(_gates.values(), key=lambda each: (each.order, each.name))


def hold(code: str, message: str, *, approvals: int = 1, until: datetime | None = None) -> Outcome:
    return Outcome(Verdict.HOLD, code, message, approvals, until)


def ask_all(facts: Facts) -> list[tuple[str, Outcome]]:
    """Every gate's word, in order. A gate that refuses raises its Refused, and nobody after it is
    asked: a refused request leaves nothing behind."""
    return [(each.name, each.gate(facts)) for each in in_order()]
