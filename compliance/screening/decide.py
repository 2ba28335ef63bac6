"""Decide a hit: it is the listed one, it is somebody else, or more is needed.

Confirming takes one person and freezes at once. Clearing takes two, because a wrong clearing lets
a listed person trade and a wrong freeze only makes an innocent one wait.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.screening.block import block
from compliance.screening.models import Hit
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

PERMISSION = "compliance.decide_hit"
CLEAR = "screening.clear_hit"
State = Hit.State
MOST_PROPOSED = 500


class HitDecided(Conflict):
    """Somebody has decided this hit, or a newer comparison took its place. `limit` is its state."""

    code = "hit_decided"


def confirm(*, hit_id: int, actor: Actor, reason: str) -> Hit:
    """The customer is the listed one: freeze, start OFAC's clock, tell the rooms above.

    Raises PermissionRefused, Invalid without a reason, NotFound, HitDecided.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        hit = _locked_waiting(hit_id, reason)
        block(hit=hit, actor=actor, why=reason)
        _decide(hit, State.TRUE, actor, reason, verb="screening.confirm_hit")
        outbox.announce("screening.confirmed", hit_id=hit.pk)
    return hit


def leave_unsure(*, hit_id: int, actor: Actor, reason: str) -> Hit:
    """What is known does not decide it; `reason` says what is missing. It stays in the queue."""
    actor.require(PERMISSION)
    with transaction.atomic():
        hit = _locked_waiting(hit_id, reason)
        _decide(hit, State.UNSURE, actor, reason, verb="screening.leave_hit_unsure")
    return hit


def propose_clear(*, hit_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to agree that this is somebody else. Raises as `confirm` does."""
    actor.require(PERMISSION)
    with transaction.atomic():
        hit = _locked_waiting(hit_id, reason)
        return proposals.propose(
            kind=CLEAR,
            payload={
                "hit_id": hit.pk,
                "customer_version": hit.customer_version,
                "entry_version": hit.entry_version,
            },
            summary=_("Clear hit %(id)s: %(mine)s is not %(listed)s")
            % {"id": hit.pk, "mine": hit.subject_name, "listed": listed_name(hit)},
            reason=reason,
            actor=actor,
            target=hit,
        )


@proposals.proposal_kind(CLEAR, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _clear(*, payload: dict[str, Any], actor: Actor) -> str:
    """What was compared must still be what the proposer saw."""
    proposal_reason = _("agreed by a second person")
    hit = _locked_waiting(int(payload["hit_id"]), proposal_reason)
    seen = (payload["customer_version"], payload["entry_version"])
    if seen != (hit.customer_version, hit.entry_version):
        raise HitDecided(_("This hit is about other versions now."), limit=hit.state)
    _decide(hit, State.FALSE, actor, proposal_reason, verb="screening.clear_hit")
    outbox.announce("screening.cleared", hit_id=hit.pk)
    return _("Hit %(id)s is cleared") % {"id": hit.pk}


def proposed(hit: Hit) -> Proposal | None:
    """The open proposal to clear it, if somebody made one."""
    return Proposal.objects.filter(
        kind=CLEAR,
        target_type="hit",
        target_id=str(hit.pk),
        state=Proposal.State.OPEN,
        expires_at__gt=clock.now(),
    ).first()


def proposed_ids(*, besides: int | None = None) -> list[int]:
    """Hits that somebody has proposed to clear and nobody has decided, oldest proposal first;
    without those that this member of staff proposed, when one is named."""
    rows = Proposal.objects.filter(
        kind=CLEAR, state=Proposal.State.OPEN, expires_at__gt=clock.now()
    ).order_by("pk")
    if besides is not None:
        rows = rows.exclude(proposed_by=besides)
    ids = rows.values_list("target_id", flat=True)[:MOST_PROPOSED]
    return [int(each) for each in ids if each.isdigit()]


def listed_name(hit: Hit) -> str:
    return str(hit.listed.get("matched") or hit.listed.get("address") or hit.listed.get("uid", ""))


def _locked_waiting(hit_id: int, reason: str) -> Hit:
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    hit = Hit.objects.select_for_update().filter(pk=hit_id).first()
    if hit is None:
        raise NotFound(f"There is no hit {hit_id}.", field="hit_id")
    if hit.state not in Hit.WAITING:
        raise HitDecided(_("This hit is decided already."), limit=hit.state)
    return hit


def _decide(hit: Hit, state: str, actor: Actor, reason: str, *, verb: str) -> None:
    before = hit.state
    hit.state, hit.reason = state, reason[:500]
    hit.decided_by, hit.decided_at = actor.label[:254], clock.now()
    hit.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record(
        actor=actor,
        verb=verb,
        target=hit,
        reason=reason,
        before={"state": before},
        after={
            "state": state,
            "customer": hit.customer_id,
            "customer_version": hit.customer_version,
            "entry_version": hit.entry_version,
        },
    )
