"""Discuss proposals: comments and answers to them, bounded; staff hide what breaks the rules."""

from __future__ import annotations

import hashlib
import hmac
import re

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.models import AuditEvent
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.money import plain
from launchpad.governance import policy, power
from launchpad.governance.cast import lock_account, refuse_others
from launchpad.governance.models import Delegate, ProposalComment, VoteProposal
from launchpad.governance.states import PUBLIC, HiddenCode
from launchpad.governance.submit import NotEnoughBmx

HOUSE = "Holdfast"
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class TooFast(Refused):
    """Too many comments in a short time. `limit` is how many."""

    code = "too_many_comments"


def comment(
    *, proposal_id: int, customer_id: int, text: str, actor: Actor, answers: int | None = None
) -> ProposalComment:
    """Say something about a published proposal, or answer a comment (one level deep).

    Raises NotFound, Restricted, NotEnoughBmx, TooFast, Invalid.
    """
    refuse_others(actor, customer_id)
    words = _words(text)
    with transaction.atomic():
        lock_account(customer_id)
        power.refuse_account(customer_id, at=clock.now())
        if power.bmx_now(customer_id) < policy.COMMENT_LEAST:
            raise NotEnoughBmx(
                _("To comment you need %(least)s BMX.") % {"least": plain(policy.COMMENT_LEAST)},
                limit=plain(policy.COMMENT_LEAST),
            )
        _refuse_haste(customer_id)
        return _write(proposal_id, words, answers, public_name(customer_id), customer_id, actor)


def answer_as_staff(
    *, proposal_id: int, text: str, actor: Actor, answers: int | None = None
) -> ProposalComment:
    """Say something in the exchange's name."""
    actor.require("launchpad.moderate_comment")
    with transaction.atomic():
        return _write(proposal_id, _words(text), answers, HOUSE, None, actor)


def hide(*, comment_id: int, code: str, actor: Actor, note: str = "") -> ProposalComment:
    """Hide a comment; readers see that and why, its answers stay. Raises Conflict when it is."""
    actor.require("launchpad.moderate_comment")
    if code not in HiddenCode.values:
        raise Invalid(_("Choose a reason."), field="code", limit=HiddenCode.values)
    with transaction.atomic():
        found = _locked(comment_id)
        if found.hidden_at is not None:
            raise Conflict(_("This comment is hidden already."))
        found.hidden_at, found.hidden_by = clock.now(), actor.label
        found.hidden_code, found.hidden_note = code, note.strip()[:500]
        found.save()
        record(
            actor=actor,
            verb="governance.hide_comment",
            target=found,
            reason=note,
            after={"code": code, "text": found.text},
        )
    return found


def show_again(*, comment_id: int, actor: Actor, reason: str) -> ProposalComment:
    """Take back that a comment was hidden."""
    actor.require("launchpad.moderate_comment")
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        found = _locked(comment_id)
        if found.hidden_at is None:
            raise Conflict(_("This comment is not hidden."))
        before = {"code": found.hidden_code}
        found.hidden_at, found.hidden_by = None, ""
        found.hidden_code = found.hidden_note = ""
        found.save()
        record(
            actor=actor,
            verb="governance.show_comment",
            target=found,
            reason=reason,
            before=before,
        )
    return found


def public_name(customer_id: int) -> str:
    """Under which name others read somebody: their name as a delegate, or one drawn for them that
    tells nothing and stays the same."""
    name = Delegate.objects.filter(customer_id=customer_id).values_list("name", flat=True).first()
    if name is not None:
        return name
    message = f"governance:{customer_id}".encode()
    drawn = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
    return f"holder-{drawn[:6]}"


def digest_of(comment: ProposalComment) -> str:
    """What the log says of a comment's words when they were written."""
    return hashlib.sha256(comment.text.encode()).hexdigest()


def is_as_written(comment: ProposalComment) -> bool:
    """Whether a comment, hidden or not, has the words that the log saw. The log is a chain: who
    changes both changes everything after."""
    written = AuditEvent.objects.filter(
        verb="governance.comment", target_type="proposalcomment", target_id=str(comment.pk)
    )
    event = written.order_by("pk").first()
    return event is not None and (event.after or {}).get("sha256") == digest_of(comment)


def _words(text: str) -> str:
    # No characters that steer: they turn lines around, or can't be stored.
    words = CONTROLS.sub("", text.replace("\r\n", "\n")).strip()
    if not 1 <= len(words) <= policy.COMMENT_LENGTH:
        raise Invalid(
            _("A comment has 1 to 2,000 letters."), field="text", limit=policy.COMMENT_LENGTH
        )
    return words


def _refuse_haste(customer_id: int) -> None:
    """Counted under the account's lock, so that two at once are two."""
    now = clock.now()
    for window, most in policy.COMMENT_RATES:
        recent = ProposalComment.objects.filter(customer_id=customer_id, at__gt=now - window)
        if recent[:most].count() >= most:
            raise TooFast(
                _("You commented a lot just now. Please wait a little."), field="text", limit=most
            )


def _locked(comment_id: int) -> ProposalComment:
    found = ProposalComment.objects.select_for_update().filter(pk=comment_id).first()
    if found is None:
        raise NotFound(_("There is no such comment."), field="comment")
    return found


def _write(
    proposal_id: int,
    words: str,
    answers: int | None,
    name: str,
    customer_id: int | None,
    actor: Actor,
) -> ProposalComment:
    if not VoteProposal.objects.filter(pk=proposal_id, state__in=PUBLIC).exists():
        raise NotFound(_("There is no such proposal."), field="proposal")
    parent = None
    if answers is not None:
        parent = ProposalComment.objects.filter(pk=answers, proposal_id=proposal_id).first()
        if parent is None:
            raise NotFound(_("There is no such comment."), field="answers")
        parent = parent.parent or parent  # an answer to an answer stands beside it
    made = ProposalComment.objects.create(
        proposal_id=proposal_id,
        parent=parent,
        customer_id=customer_id,
        name=name,
        text=words,
        at=clock.now(),
    )
    record(
        actor=actor,
        verb="governance.comment",
        target=made,
        after={"proposal": proposal_id, "sha256": digest_of(made)},
    )
    return made
