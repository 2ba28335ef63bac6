"""Throw a kill switch, on the record.

Closing takes one person or a detector. Opening again what lets money out takes two: the loss from
opening it wrongly can't be taken back.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import locks
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.models import Switch
from exchange.core.switches import is_known, lets_money_out

PERMISSION = "exchange.throw_switch"


class NeedsTwoPeople(PermissionRefused):
    """Opening this takes a proposal and somebody else's approval."""

    code = "needs_two_people"
    message = "Opening this takes two people: propose it."


def throw_switch(
    *, name: str, close: bool, actor: Actor, reason: str, customer_message: str = ""
) -> Switch:
    """Close or open a switch for everybody. Throwing it the way it stands changes nothing.

    The reason is for staff and the log; customers are told `customer_message`, or only that it is
    closed for the moment.

    Waits for verbs that hold still (`switches.hold_still`): when it returns, none that saw the
    switch open can still commit. Call it before locking rows, or in a transaction of its own.

    Raises PermissionRefused, NeedsTwoPeople when people open what lets money out, Invalid for an
    unknown name or a missing reason.
    """
    actor.require(PERMISSION)
    _validate(name, reason)
    if not close and lets_money_out(name) and actor.kind != SYSTEM:
        raise NeedsTwoPeople(field="name", limit=name)
    return _throw(name, close, actor, reason, customer_message)


def propose_opening(*, name: str, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to open a switch again. Raises Conflict when it is open."""
    actor.require(PERMISSION)
    _validate(name, reason)
    switch = Switch.objects.filter(name=name, closed=True).first()
    if switch is None:
        raise Conflict(f"The switch {name} is open already.", field="name")
    return proposals.propose(
        kind="core.open_switch",
        payload={"name": name},
        summary=f"Open the switch {name}",
        reason=reason,
        actor=actor,
        target=switch,
    )


@proposals.proposal_kind("core.open_switch", permission_to_propose=PERMISSION)
def _open(*, payload: dict[str, Any], actor: Actor) -> str:
    _throw(payload["name"], False, actor, "approved by a second person")
    return f"{payload['name']} is open"


def _validate(name: str, reason: str) -> None:
    if not is_known(name):
        raise Invalid(f"There is no switch called {name}.", field="name")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")


def _throw(name: str, close: bool, actor: Actor, reason: str, told: str = "") -> Switch:
    with transaction.atomic():
        locks.hold(locks.Lock.SWITCHES)
        Switch.objects.get_or_create(name=name)
        switch = Switch.objects.select_for_update().get(name=name)
        if switch.closed == close:
            return switch
        before = {"closed": switch.closed}
        switch.closed, switch.reason, switch.changed_by = close, reason, actor.label
        switch.customer_message = told.strip()[:200] if close else ""
        switch.save()
        record(
            actor=actor,
            verb="core.close_switch" if close else "core.open_switch",
            target=switch,
            reason=reason,
            before=before,
            after={"closed": close},
        )
    return switch
