"""What the case page does when something is posted to it: the form's verb, and what to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import (
    dispose,
    evidence,
    hold,
    links,
    notes,
    questions,
)
from compliance.cases.admin import forms
from compliance.cases.models import Case
from compliance.cases.states import State
from exchange.accounts import restrictions
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, Refused

Run = Callable[[Case, Actor, dict[str, Any]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do on the page. `press` is its key; `when` says whether it is offered."""

    name: str
    label: Any
    press: str
    form: type[forms.CaseForm]
    run: Run
    when: Callable[[Case, Actor], bool]
    danger: bool = False
    says: Any = ""


def _mine(case: Case, actor: Actor) -> bool:
    return case.state == State.OPEN and case.owner_id == actor.user_id


def _works(case: Case, actor: Actor) -> bool:
    return case.state == State.OPEN and actor.may(hold.PERMISSIONS[case.queue])


def _free(case: Case, actor: Actor) -> bool:
    return case.owner_id is None and _works(case, actor)


def _claim(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    hold.claim(case_id=case.pk, actor=actor)
    return _("The case is yours.")


def _release(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    hold.release(case_id=case.pk, actor=actor)
    return _("Given back to its queue.")


def _reassign(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    hold.reassign(case_id=case.pk, user_id=None, actor=actor, reason=values["reason"])
    return _("Taken from its owner: anybody of its queue may claim it.")


def _note(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    notes.note(case_id=case.pk, text=values["text"], actor=actor)
    return _("Noted.")


def _dispose(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    disposition, _colon, code = values["ending"].partition(":")
    done = dispose.dispose(
        case_id=case.pk,
        disposition=disposition,
        reason_code=code,
        rationale=values["rationale"],
        look_again_days=values["look_again_days"],
        actor=actor,
    )
    if isinstance(done, Proposal):
        return _("Proposed. It takes effect when somebody else approves it.")
    return _("Case %(id)s is closed.") % {"id": case.pk}


def _hand_on(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    after = hold.hand_on(case_id=case.pk, actor=actor, **values)
    return _("Handed to %(queue)s.") % {"queue": after.get_queue_display()}


def _ask(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    questions.ask(case_id=case.pk, actor=actor, **values)
    return _("Asked. They get a letter, and the question stands on their page.")


def _withdraw(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    if not case.questions.filter(pk=values["question_id"]).exists():
        raise Invalid(_("That question is not of this case."))
    questions.withdraw(question_id=values["question_id"], actor=actor)
    return _("The question is withdrawn.")


def _evidence(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    sent = values["file"]
    if sent.size > evidence.MOST_BYTES:
        raise Invalid(_("At most 10 MB a file."), field="file", limit=evidence.MOST_BYTES)
    kept = evidence.hand_in(case_id=case.pk, name=sent.name, content=sent.read(), actor=actor)
    return _("Kept, SHA-256 %(digest)s.") % {"digest": kept.sha256}


def _facts(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    hold.establish(case_id=case.pk, actor=actor, **values)
    return _("The legal clock runs from that moment.")


def _link(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    links.link(case_id=case.pk, actor=actor, **values)
    return _("Linked.")


def _restrict(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    made = restrictions.restrict(actor=actor, **values)
    return _("They may not %(what)s now.") % {"what": made.get_kind_display()}


def _lift(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    restrictions.propose_lift(actor=actor, **values)
    return _("Proposed: somebody else has to approve that it is lifted.")


def _approve(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    waiting = _pending(case)
    decided = proposals.approve(proposal_id=waiting.pk, actor=actor, reason=values["reason"])
    if decided.state == Proposal.State.FAILED:
        raise Refused(_("Approved, but not carried out: %(why)s") % {"why": decided.outcome})
    return _("Approved: %(outcome)s") % {"outcome": decided.outcome}


def _reject(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    proposals.reject(proposal_id=_pending(case).pk, actor=actor, reason=values["reason"])
    return _("Rejected: the case goes on with its owner.")


def _reopen(case: Case, actor: Actor, values: dict[str, Any]) -> str:
    dispose.reopen(case_id=case.pk, actor=actor, reason=values["reason"])
    return _("Open again, in investigation.")


def _pending(case: Case) -> Proposal:
    waiting = dispose.pending(case.pk)
    if waiting is None:
        raise Refused(_("Nothing waits for a second person any more."))
    return waiting


def _second(case: Case, actor: Actor) -> bool:
    if case.state != State.OPEN or not actor.may(dispose.APPROVE):
        return False
    waiting = dispose.pending(case.pk)
    return waiting is not None and waiting.proposed_by_id != actor.user_id


def _decidable(case: Case, actor: Actor) -> bool:
    return _mine(case, actor) and dispose.pending(case.pk) is None


L = gettext_lazy
TWO = L(
    "To report, to part with somebody and to clear a sanctions hit take two people: this proposes."
)
ACTS = [
    Act(name="claim", label=L("Claim"), press="c", form=forms.Bare, run=_claim, when=_free),
    Act(name="note", label=L("Note"), press="o", form=forms.Note, run=_note, when=_works),
    Act(
        name="dispose", label=L("End the case"), press="d", form=forms.Dispose, run=_dispose,
        when=_decidable, says=TWO,
    ),
    Act(
        name="approve", label=L("Approve"), press="a", form=forms.Decide, run=_approve,
        when=_second, danger=True,
        says=L("Approving carries it out at once, with you as the second person."),
    ),
    Act(
        name="reject", label=L("Reject"), press="r", form=forms.Decide, run=_reject, when=_second,
        says=L("The case stays open with its owner."),
    ),
    Act(
        name="hand-on", label=L("Hand on"), press="h", form=forms.HandOn, run=_hand_on, when=_mine,
        says=L("Another desk's clock starts, and nobody owns it there yet."),
    ),
    Act(name="ask", label=L("Ask the customer"), press="q", form=forms.Ask, run=_ask, when=_mine),
    Act(
        name="evidence", label=L("Add evidence"), press="e", form=forms.Evidence, run=_evidence,
        when=_works,
    ),
    Act(
        name="restrict", label=L("Restrict"), press="s", form=forms.Restrict, run=_restrict,
        when=lambda case, actor: (
            _mine(case, actor) and bool(case.customer_id) and actor.may("exchange.freeze_customer")
        ),
        danger=True, says=L("Takes effect at once."),
    ),
    Act(
        name="lift", label=L("Propose to unfreeze"), press="u", form=forms.Lift, run=_lift,
        when=lambda case, actor: (
            _mine(case, actor) and bool(case.customer_id)
            and actor.may("exchange.unfreeze_customer")
        ),
        says=L("Lifting a restriction takes two people."),
    ),
    Act(
        name="facts", label=L("Facts first known"), press="f", form=forms.Facts, run=_facts,
        when=_mine,
        says=L("When the facts were known that the law counts from; not when the alert came."),
    ),
    Act(name="link", label=L("Link a case"), press="l", form=forms.Link, run=_link, when=_works),
    Act(
        name="release", label=L("Give it back"), press="", form=forms.Bare, run=_release,
        when=_mine,
    ),
    Act(
        name="reassign", label=L("Take it from its owner"), press="", form=forms.Reassign,
        run=_reassign,
        when=lambda case, actor: (
            case.state == State.OPEN and case.owner_id not in (None, actor.user_id)
            and actor.may(hold.REASSIGN)
        ),
    ),
    Act(
        name="reopen", label=L("Open again"), press="", form=forms.Reopen, run=_reopen,
        when=lambda case, actor: case.state == State.CLOSED and actor.may(dispose.PROPOSE),
    ),
]  # fmt: skip
WITHDRAW = Act(
    name="withdraw", label=L("Withdraw"), press="", form=forms.Withdraw, run=_withdraw, when=_mine
)
BY_NAME = {act.name: act for act in [*ACTS, WITHDRAW]}
