"""Stop a programme, and let it go on.

Anybody at the desk may stop one, and a payout that finds too little stops it by itself. To go on
takes a person who looked: only when everything that waits can be paid.
"""

from __future__ import annotations

from django.db import transaction

from exchange.core import dispatch, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from exchange.core.money import plain
from launchpad.programmes.models import Payout, Programme
from launchpad.programmes.open import locked, move
from launchpad.programmes.queries import budget

State = Programme.State


class TooLittle(Conflict):
    """The programme can't pay what waits. `limit` is what is missing, in its asset."""

    code = "programme_too_little"


def stop(*, programme_id: int, because: str, actor: Actor) -> Programme:
    """No payout begins any more. One that has begun has its money set aside and goes to its end.

    Stopping twice is once. Raises PermissionRefused, NotFound, Invalid without a reason, Conflict.
    """
    actor.require("launchpad.stop_programme")
    if not because.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        programme = locked(programme_id)
        if programme.state != State.STOPPED:
            stop_locked(programme, because=because, actor=actor)
    return programme


def stop_locked(programme: Programme, *, because: str, actor: Actor) -> None:
    """Stop a programme that is locked already, and tell whoever listens."""
    move(programme, State.STOPPED, actor=actor, verb="programmes.stop", reason=because)
    outbox.announce("programmes.stopped", programme_id=programme.pk, because=because)


def resume(*, programme_id: int, actor: Actor, reason: str) -> Programme:
    """Let a stopped programme go on, and pay what waits.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict when it is not stopped,
    TooLittle naming what has to be funded first.
    """
    actor.require("launchpad.resume_programme")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        programme = locked(programme_id)
        if programme.state != State.STOPPED:
            raise Conflict(f"This programme is {programme.state}.", limit=programme.state)
        if missing := budget(programme).missing:
            raise TooLittle(
                f"Fund {plain(missing)} {programme.asset.code} first: so much is missing for the"
                " payouts that wait.",
                field="amount",
                limit=missing,
            )
        move(programme, State.OPEN, actor=actor, verb="programmes.resume", reason=reason)
        Payout.objects.filter(programme=programme, state=Payout.State.SHORT).update(
            state=Payout.State.READY
        )
        dispatch.after_commit("programmes.sweep", queue="payouts")
    return programme
