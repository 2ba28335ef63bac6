"""What a reviewer does with an application: approve, ask for more, or refuse.

Approving somebody of high risk takes two people: the first proposes, the second approves. What the
registered checks say is asked inside the same transaction and written down with the decision.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity import apply, checks, methods, risk, standing
from compliance.identity.approved import keep_identity
from compliance.identity.models import Application, Decision, ProviderCheck
from compliance.identity.words import Ask, Kind, Method, Paper, Refusal, Risk
from exchange.accounts import mail, neutral
from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused

PERMISSION = "compliance.review_application"
HIGH_RISK = "compliance.approve_high_risk"
KIND = "identity.approve"
CLAIM = timedelta(minutes=20)
State = Application.State
Verb = Decision.Verb


class NotReady(Conflict):
    """A check stands in the way. `limit` lists which, and what each says."""

    code = "not_ready"


def claim(*, application_id: int, actor: Actor) -> Application:
    """Take an application for a while, so that two reviewers don't read the same one.

    Raises PermissionRefused, NotFound, Conflict while somebody else has it.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        row = _locked(application_id)
        now = clock.now()
        taken = row.claimed_until is not None and row.claimed_until > now
        if taken and row.claimed_by_id != actor.user_id:
            raise Conflict(_("Somebody else is reading this one."), limit=row.claimed_until)
        row.claimed_by_id, row.claimed_until = actor.user_id, now + CLAIM
        row.save(update_fields=["claimed_by_id", "claimed_until"])
    return row


def approve(*, application_id: int, actor: Actor, words: str = "") -> Application:
    """Approve. Of high risk it becomes a proposal, and the state says so.

    Raises PermissionRefused, NotFound, Conflict when it moved on, NotReady while a check holds.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        row = _reviewable(application_id, actor)
        said = _asked_all(row)
        if row.risk == Risk.HIGH:
            return _propose(row, actor, words, said)
        _approve(row, actor, words, said)
    return row


def ask(*, application_id: int, code: str, actor: Actor, words: str = "") -> Application:
    """Send it back to the customer with what is needed. Raises as `approve`, Invalid, and
    TipsOff for words that would tell what must not be told."""
    actor.require(PERMISSION)
    neutral.refuse_tipping_off(words, field="words")
    _refuse_unknown(code, Ask.values)
    if code == Ask.OTHER and not words.strip():
        raise Invalid(_("Say what is needed."), field="words")
    with transaction.atomic():
        row = _reviewable(application_id, actor)
        row.state, row.asked_code, row.asked_words = State.ASKED, code, words.strip()[:500]
        _let_go(row)
        _decided(row, Verb.ASK, actor, code=code, words=words)
        _tell(row, "identity_asked", what=told_customer(row))
    return row


def refuse(*, application_id: int, code: str, actor: Actor, words: str = "") -> Application:
    """Refuse for good; they may apply again. Raises as `approve`, Invalid."""
    actor.require(PERMISSION)
    _refuse_unknown(code, Refusal.values)
    with transaction.atomic():
        row = _reviewable(application_id, actor)
        row.state, row.decided_at = State.REFUSED, clock.now()
        _answer_ours(row, ProviderCheck.State.FAILED)
        _let_go(row)
        _decided(row, Verb.REFUSE, actor, code=code, words=words)
        _tell(row, "identity_refused", why=str(Refusal(code).label))
        standing.apply(customer_id=row.customer_id)
    return row


def turn_down(*, application_id: int, actor: Actor, reason: str) -> Application:
    """The second reviewer does not agree: back to the queue. Raises as proposals.reject."""
    with transaction.atomic():
        row = _locked(application_id)
        if row.state != State.PROPOSED or row.proposal_id is None:
            raise Conflict(_("Nobody proposed to approve this."), limit=row.state)
        proposals.reject(proposal_id=row.proposal_id, actor=actor, reason=reason)
        _back(row, actor, reason)
    return row


def confirm(*, application_id: int, actor: Actor, reason: str = "") -> Application:
    """The second reviewer agrees. Raises as proposals.approve; NotReady when a check holds now."""
    row = Application.objects.filter(pk=application_id).first()
    if row is None or row.state != State.PROPOSED or row.proposal_id is None:
        raise Conflict(_("Nobody proposed to approve this."), field="application_id")
    done = proposals.approve(proposal_id=row.proposal_id, actor=actor, reason=reason)
    row.refresh_from_db()
    if done.state == Proposal.State.FAILED:
        with transaction.atomic():
            row = _locked(application_id)
            if row.state == State.PROPOSED:
                _back(row, actor, done.outcome)
        raise NotReady(done.outcome)
    return row


def return_undecided(*, limit: int = 100) -> int:
    """Put back what was proposed and then rejected, expired or failed elsewhere. Safe twice."""
    actor = system("identity.return_undecided")
    closed = Proposal.objects.filter(kind=KIND).exclude(state=Proposal.State.OPEN)
    stuck = Application.objects.filter(
        state=State.PROPOSED, proposal_id__in=closed.values("pk")
    ).values_list("pk", flat=True)[:limit]
    done = 0
    for pk in stuck:
        with transaction.atomic():
            row = _locked(pk)
            if row.state == State.PROPOSED:
                _back(row, actor, "the proposal was closed without an approval")
                done += 1
    return done


def told_customer(row: Application) -> str:
    """What the customer reads when something is asked of them."""
    if not row.asked_code:
        return ""
    return f"{Ask(row.asked_code).label} {row.asked_words}".strip()


def _propose(row: Application, actor: Actor, words: str, said: list[checks.Said]) -> Application:
    actor.require(HIGH_RISK)
    reason = words.strip() or _("Read and found in order.")
    proposal = proposals.propose(
        kind=KIND,
        payload={"application_id": row.pk, "submitted_at": str(row.submitted_at)},
        summary=f"Approve {row.full_name} ({row.country}) for tier {row.tier}, high risk",
        reason=reason,
        actor=actor,
        target=row,
    )
    row.state, row.proposal_id = State.PROPOSED, proposal.pk
    _let_go(row)
    _decided(row, Verb.PROPOSE, actor, words=words, said=said)
    return row


@proposals.proposal_kind(KIND, permission_to_propose=HIGH_RISK, permission_to_approve=HIGH_RISK)
def _carry_out(*, payload: dict[str, Any], actor: Actor) -> str:
    row = _locked(payload["application_id"])
    if row.state != State.PROPOSED or str(row.submitted_at) != payload["submitted_at"]:
        raise Conflict("The application has moved on since it was proposed.")
    _refuse_own(row, actor)
    _approve(row, actor, "", _asked_all(row))
    return f"{row.full_name} is approved for tier {row.tier}"


def _approve(row: Application, actor: Actor, words: str, said: list[checks.Said]) -> None:
    _record_method(row, actor)
    row.state, row.decided_at = State.APPROVED, clock.now()
    _answer_ours(row, ProviderCheck.State.PASSED)
    _let_go(row)
    _decided(row, Verb.APPROVE, actor, words=words, said=said)
    identity = keep_identity(row, risk=row.risk)
    standing.apply(customer_id=row.customer_id)
    _tell(row, "identity_approved", level=str(identity.get_tier_display()))


def _record_method(row: Application, actor: Actor) -> None:
    """By default the document that the customer showed; another method was recorded before."""
    if row.verifications.filter(owner=None).exists():
        return
    day: date = clock.now().date()
    if row.kind == Kind.COMPANY:
        methods.verify(
            application_id=row.pk,
            method=Method.EXISTENCE,
            document_type=Paper.REGISTER,
            number=row.registration_number,
            issuer=_("Register of companies"),
            jurisdiction=row.country,
            verified_on=day,
            actor=actor,
        )
        return
    methods.verify(
        application_id=row.pk,
        method=Method.PHOTO_ID,
        document_type=row.id_kind,
        number=apply.opened(row, "id_number"),
        issuer=row.id_issuer or row.id_country,
        jurisdiction=row.id_country,
        expires_on=row.id_expires_on,
        verified_on=day,
        actor=actor,
    )


def _asked_all(row: Application) -> list[checks.Said]:
    """Rated anew, then every check's word. Raises NotReady with what stands in the way."""
    rated = risk.rate(row)
    if rated.risk != row.risk:
        row.risk = rated.risk
        risk.keep(row, rated)
        row.save(update_fields=["risk"])
    said = checks.ask_all(row)
    if held := checks.standing_in_the_way(said):
        raise NotReady(
            "; ".join(f"{each.name}: {each.says}" for each in held)[:900],
            limit=[each.name for each in held],
        )
    return said


def _reviewable(application_id: int, actor: Actor) -> Application:
    row = _locked(application_id)
    if row.state != State.SUBMITTED:
        raise Conflict(
            _("This application does not wait for a reviewer any more."), limit=row.state
        )
    _refuse_own(row, actor)
    return row


def _refuse_own(row: Application, actor: Actor) -> None:
    owner = Customer.objects.values_list("user_id", flat=True).get(pk=row.customer_id)
    if actor.user_id is not None and actor.user_id == owner:
        raise PermissionRefused(_("Nobody decides their own application."))


def _locked(application_id: int) -> Application:
    """The row, locked after its customer, as everywhere."""
    found = Application.objects.filter(pk=application_id).values_list("customer_id", flat=True)
    customer_id = found.first()
    if customer_id is None:
        raise NotFound(f"There is no application {application_id}.", field="application_id")
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return Application.objects.select_for_update().get(pk=application_id)


def _back(row: Application, actor: Actor, why: str) -> None:
    row.state, row.proposal_id = State.SUBMITTED, None
    _let_go(row)
    _decided(row, Verb.RETURN, actor, words=why)


def _let_go(row: Application) -> None:
    row.claimed_by_id = row.claimed_until = None


def _answer_ours(row: Application, state: str) -> None:
    row.checks.filter(provider="manual", state=ProviderCheck.State.ASKED).update(
        state=state, answered_at=clock.now()
    )


def _decided(
    row: Application,
    verb: str,
    actor: Actor,
    *,
    code: str = "",
    words: str = "",
    said: list[checks.Said] | None = None,
) -> None:
    row.save()
    Decision.objects.create(
        application=row,
        verb=verb,
        code=code,
        words=words.strip()[:500],
        by=actor.label,
        at=clock.now(),
        checks=[{"name": s.name, "verdict": s.verdict, "says": s.says} for s in said or ()],
    )
    record(
        actor=actor,
        verb=f"identity.{verb}",
        target=row,
        reason=words.strip()[:500] or code,
        after={"state": row.state, "code": code, "risk": row.risk, "tier": row.tier},
    )


def _tell(row: Application, letter: str, **facts: str) -> None:
    user_id = Customer.objects.values_list("user_id", flat=True).get(pk=row.customer_id)
    if user_id is not None:
        mail.tell(user_id, letter, **facts)


def _refuse_unknown(code: str, known: list[str]) -> None:
    if code not in known:
        raise Invalid(_("Choose a reason."), field="code", limit=known)
