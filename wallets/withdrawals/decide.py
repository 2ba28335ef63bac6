"""Decide what is held: one person approves the usual, two the large; one refuses.

Each shows a fresh code from the phone at the moment of deciding. Whoever approved first can't be
the second. Nobody decides about their own withdrawal.
"""

from __future__ import annotations

from django.db import transaction

from compliance.travel_rule import outgoing
from exchange.accounts import neutral, second_factor
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, switches
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from wallets.withdrawals import judge, release, wake
from wallets.withdrawals.default_gates import allowed_to_customer, open_for_all
from wallets.withdrawals.errors import WithdrawalNotFound
from wallets.withdrawals.models import Decision, Withdrawal
from wallets.withdrawals.states import State

PERMISSION = "wallets.approve_withdrawal"


class DecidedAlready(Conflict):
    """You have decided about this one, or it is not held any more. `limit` is its state."""

    code = "decided_already"
    message = "You approved this already: somebody else has to be the second."


def approve(*, withdrawal_id: int, actor: Actor, code: str, reason: str) -> Withdrawal:
    """Approve a held withdrawal. With the last approval it needs, it is sent.

    Raises PermissionRefused, DecidedAlready, Conflict, Invalid, WrongCode and the like, and what
    forbids it now (SwitchedOff, Restricted, NotFollowing).
    """
    owner_id = _permitted(withdrawal_id, actor, code, reason)
    with transaction.atomic():
        switches.hold_still()
        _lock_person(owner_id)
        row = _held(withdrawal_id)
        facts = judge.facts_of(row)
        open_for_all(facts)
        allowed_to_customer(facts)
        outgoing.refuse_unless_settled(f"withdrawal:{row.pk}")
        _decide(row, Decision.Kind.APPROVE, actor, reason)
        given = Decision.objects.filter(
            withdrawal=row, round=row.gates_round, kind=Decision.Kind.APPROVE
        ).count()
        record(
            actor=actor,
            verb="withdrawals.approve",
            target=row,
            reason=reason,
            after={"approvals": given, "needed": row.approvals_needed},
        )
        if given >= row.approvals_needed:
            row.stuck = ""
            judge.approve(row)
            if row.state == State.APPROVED:
                wake.tell(row, "withdrawal_requested")
    return row


def refuse(
    *, withdrawal_id: int, actor: Actor, code: str, reason: str, customer_message: str = ""
) -> Withdrawal:
    """Refuse it: what was set aside is the customer's again. One person is enough.

    `reason` is for staff; the customer is told `customer_message`. Raises as `approve`, TipsOff for
    words to the customer that would tell what must not be told.
    """
    neutral.refuse_tipping_off(customer_message, field="customer_message")
    _permitted(withdrawal_id, actor, code, reason)
    with transaction.atomic():
        row = _held(withdrawal_id)
        _decide(row, Decision.Kind.REFUSE, actor, reason)
        release.give_up(row, State.REFUSED, customer_message=customer_message)
        record(actor=actor, verb="withdrawals.refuse", target=row, reason=reason)
        wake.tell(row, "withdrawal_refused")
    return row


def _permitted(withdrawal_id: int, actor: Actor, code: str, reason: str) -> int:
    """The main account's id, once the actor may decide and has shown a fresh code."""
    actor.require(PERMISSION)
    if actor.user_id is None:
        raise PermissionRefused("Only a person can decide.")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    owner_id = (
        Withdrawal.objects.filter(pk=withdrawal_id).values_list("owner_id", flat=True).first()
    )
    if owner_id is None:
        raise WithdrawalNotFound(field="withdrawal_id")
    if Customer.objects.filter(pk=owner_id, user_id=actor.user_id).exists():
        raise PermissionRefused("Nobody decides about their own withdrawal.")
    second_factor.show_code(user_id=actor.user_id, code=code, actor=actor)
    return owner_id


def _lock_person(owner_id: int) -> None:
    """Freezing a customer locks the same row: of a freeze and an approval one is first."""
    Customer.objects.select_for_update(no_key=True).get(pk=owner_id)


def _held(withdrawal_id: int) -> Withdrawal:
    row = release.locked(withdrawal_id)
    if row.state != State.HELD:
        raise Conflict(f"It is not held: it is {row.get_state_display()}.", limit=row.state)
    return row


def _decide(row: Withdrawal, kind: str, actor: Actor, reason: str) -> None:
    assert actor.user_id is not None
    before = Decision.objects.filter(withdrawal=row, round=row.gates_round, by_id=actor.user_id)
    if before.exists() and kind == Decision.Kind.APPROVE:
        raise DecidedAlready(limit=row.state)
    before.delete()
    Decision.objects.create(
        withdrawal=row,
        round=row.gates_round,
        kind=kind,
        by_id=actor.user_id,
        reason=reason,
        at=clock.now(),
    )
