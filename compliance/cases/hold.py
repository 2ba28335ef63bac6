"""Claim a case, let it go, hand it on: one person works it at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.cases import clocks, priority
from compliance.cases.models import Case
from compliance.cases.states import MOVES, PERMISSIONS, State
from exchange.accounts.models import User
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused

REASSIGN = "compliance.reassign_case"


class Claimed(Conflict):
    """Somebody else works on the case. `limit` says who."""

    code = "case_claimed"


class CaseClosed(Conflict):
    """The case is closed. `limit` is how it ended."""

    code = "case_closed"


class NotYours(Conflict):
    """Whoever works on a case claims it first."""

    code = "case_not_claimed"


def claim(*, case_id: int, actor: Actor) -> Case:
    """Take a case for oneself. Claiming one's own again changes nothing.

    Raises NotFound, PermissionRefused for another's queue, Claimed, CaseClosed.
    """
    with transaction.atomic():
        case = locked(case_id)
        worker = may_work(case, actor)
        if case.owner_id == worker:
            return case
        if case.owner_id is not None:
            raise Claimed(_("Claimed by %(who)s.") % {"who": case.owner}, limit=case.owner_id)
        _give(case, worker, actor)
    return case


def claim_next(*, actor: Actor) -> Case | None:
    """Take the most urgent case that nobody has, of the queues this person works. None: no case.

    Two who ask at once get two cases.
    """
    queues = [queue for queue, permission in PERMISSIONS.items() if actor.may(permission)]
    if not queues or actor.user_id is None:
        raise PermissionRefused(limit=PERMISSIONS)
    with transaction.atomic():
        case = _free(queues, clock.now()).select_for_update(skip_locked=True, of=("self",)).first()
        if case is not None:
            _give(case, actor.user_id, actor)
    return case


def release(*, case_id: int, actor: Actor) -> Case:
    """Give it back to its queue. Raises NotYours unless it is one's own."""
    with transaction.atomic():
        case = locked(case_id)
        refuse_unless_owner(case, actor)
        _let_go(case)
        record(actor=actor, verb="cases.release", target=case)
    return case


def reassign(*, case_id: int, user_id: int | None, actor: Actor, reason: str) -> Case:
    """Take it away from its owner: for somebody else, or back to the queue (None).

    Raises PermissionRefused, NotFound, Invalid (no reason, somebody who may not work the queue).
    """
    actor.require(REASSIGN)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        case = locked(case_id)
        refuse_closed(case)
        if user_id is not None:
            person = User.objects.filter(pk=user_id, is_active=True, is_staff=True).first()
            if person is None or not person.has_perm(PERMISSIONS[case.queue]):
                raise Invalid(_("They do not work this queue."), field="user_id")
        before = case.owner_id
        case.owner_id, case.claimed_at = user_id, clock.now() if user_id else None
        case.save(update_fields=["owner", "claimed_at"])
        record(
            actor=actor,
            verb="cases.reassign",
            target=case,
            reason=reason,
            before={"owner": before},
            after={"owner": user_id},
        )
    return case


def hand_on(*, case_id: int, queue: str, actor: Actor, reason: str) -> Case:
    """Hand it to another desk: its clock starts anew there, except for a sanctions hit.

    Raises NotYours, CaseClosed, Invalid (no reason, a desk that this one does not hand to).
    """
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        case = locked(case_id)
        refuse_unless_owner(case, actor)
        if queue not in MOVES[case.queue]:
            raise Invalid(
                _("Not from this desk to that one."),
                field="queue",
                limit=sorted(MOVES[case.queue]),
            )
        before, now = case.queue, clock.now()
        case.queue, case.queued_at = queue, now
        if not case.sanctions:
            case.due_at = clocks.due_at(queue=queue, since=now, sanctions=False)
        case.save(update_fields=["queue", "queued_at", "due_at"])
        _let_go(case)
        record(
            actor=actor,
            verb="cases.hand_on",
            target=case,
            reason=reason,
            before={"queue": before},
            after={"queue": queue},
        )
    return case


def establish(*, case_id: int, at: datetime, actor: Actor, reason: str) -> Case:
    """Say when the facts were first known: the moment that the law counts from.

    Raises NotYours, CaseClosed, Invalid (no reason, a moment to come).
    """
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    if at > clock.now():
        raise Invalid(_("Nothing is known before it is."), field="at")
    with transaction.atomic():
        case = locked(case_id)
        refuse_unless_owner(case, actor)
        before, case.facts_known_at = case.facts_known_at, at
        case.save(update_fields=["facts_known_at"])
        record(
            actor=actor,
            verb="cases.establish",
            target=case,
            reason=reason,
            before={"facts_known_at": before},
            after={"facts_known_at": at},
        )
    return case


def locked(case_id: int) -> Case:
    """The row, locked until the transaction ends."""
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("owner")
        .filter(pk=case_id)
        .first()
    )
    if case is None:
        raise NotFound(_("There is no case %(id)s.") % {"id": case_id}, field="case_id")
    return case


def may_work(case: Case, actor: Actor) -> int:
    """The user's id. Raises CaseClosed, PermissionRefused."""
    refuse_closed(case)
    actor.require(PERMISSIONS[case.queue])
    if actor.user_id is None:
        raise PermissionRefused("Only a person works cases.")
    return actor.user_id


def refuse_unless_owner(case: Case, actor: Actor) -> int:
    """The owner's id. Raises NotYours, and what `may_work` raises."""
    worker = may_work(case, actor)
    if case.owner_id != worker:
        raise NotYours(_("Claim the case first."), limit=case.owner_id)
    return worker


def refuse_closed(case: Case) -> None:
    if case.state == State.CLOSED:
        raise CaseClosed(_("This case is closed."), limit=case.disposition)


def _free(queues: list[str], now: datetime) -> QuerySet[Case]:
    free = Case.objects.filter(state=State.OPEN, queue__in=queues, owner__isnull=True)
    return priority.first_things_first(free, now)


def _give(case: Case, worker: int, actor: Actor) -> None:
    case.owner_id, case.claimed_at = worker, clock.now()
    case.save(update_fields=["owner", "claimed_at"])
    record(actor=actor, verb="cases.claim", target=case)


def _let_go(case: Case) -> None:
    case.owner, case.claimed_at = None, None
    case.save(update_fields=["owner", "claimed_at"])
