"""Make a programme, open it, close it."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from exchange.assets.models import Asset
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.ledger.accounts import house_account
from launchpad.programmes.models import Programme
from launchpad.programmes.queries import unpaid
from launchpad.programmes.states import PROGRAMME_MOVES

State = Programme.State


def create_programme(
    *, kind: str, name: str, asset_id: int, actor: Actor, opened: bool = False
) -> Programme:
    """A new programme with an account of its own and nothing in it; a draft unless `opened`.

    Raises PermissionRefused, Invalid (kind, name), NotFound (asset).
    """
    actor.require("launchpad.open_programme")
    if kind not in Programme.Kind.values:
        raise Invalid(f"There is no programme of the kind {kind}.", field="kind")
    if not name.strip() or len(name) > 120:
        raise Invalid("A programme needs a name of at most 120 letters.", field="name", limit=120)
    if not Asset.objects.filter(pk=asset_id).exists():
        raise NotFound(field="asset")
    try:
        with transaction.atomic():
            made = Programme.objects.create(
                kind=kind,
                name=name.strip(),
                asset_id=asset_id,
                state=State.OPEN if opened else State.DRAFT,
                created_by=actor.label,
                created_at=clock.now(),
            )
            made.account_id = house_account(asset_id=asset_id, purpose=made.purpose)
            made.save(update_fields=["account_id"])
            record(
                actor=actor,
                verb="programmes.create",
                target=made,
                after={"kind": kind, "name": made.name, "state": made.state},
            )
    except IntegrityError as error:
        raise Invalid("There is a programme of this name already.", field="name") from error
    return made


def open_programme(*, programme_id: int, actor: Actor) -> Programme:
    """Let a draft pay. Opening it twice is once. Raises PermissionRefused, NotFound, Conflict."""
    actor.require("launchpad.open_programme")
    with transaction.atomic():
        programme = locked(programme_id)
        if programme.state != State.OPEN:
            if programme.state != State.DRAFT:
                raise Conflict(f"This programme is {programme.state}.", limit=programme.state)
            move(programme, State.OPEN, actor=actor, verb="programmes.open")
    return programme


def close(*, programme_id: int, actor: Actor, reason: str) -> Programme:
    """No more payouts, for good. What is left goes back by `fund.return_rest`.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict while payouts wait.
    """
    actor.require("launchpad.open_programme")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        programme = locked(programme_id)
        # Whoever prepares a payout holds the row until it can be seen, and is counted below.
        Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
        if programme.state == State.CLOSED:
            return programme
        if waiting := unpaid(programme_id).count():
            raise Conflict(f"{waiting} payouts are not paid yet.", limit=waiting)
        move(programme, State.CLOSED, actor=actor, verb="programmes.close", reason=reason)
    return programme


def locked(programme_id: int) -> Programme:
    """The programme, nobody else's until the transaction ends. Raises NotFound."""
    locks.hold(locks.Lock.PROGRAMME, programme_id)
    found = Programme.objects.select_related("asset").filter(pk=programme_id).first()
    if found is None:
        raise NotFound(f"There is no programme {programme_id}.", field="programme_id")
    return found


def move(programme: Programme, to: str, *, actor: Actor, verb: str, reason: str = "") -> None:
    """Change the state of a locked programme, on the record. Raises Conflict."""
    before = programme.state
    if to not in PROGRAMME_MOVES[before]:
        raise Conflict(f"This programme is {before}.", limit=before)
    programme.state = to
    programme.stopped_because = reason[:500] if to == State.STOPPED else ""
    programme.stopped_at = clock.now() if to == State.STOPPED else None
    programme.save(update_fields=["state", "stopped_because", "stopped_at"])
    record(
        actor=actor,
        verb=verb,
        target=programme,
        reason=reason,
        before={"state": before},
        after={"state": to},
    )
