"""What a listing's page does when something is posted to it: the form's verb, and what to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from launchpad.governance.propose import Timeline
from launchpad.listings import (
    checklist,
    checks,
    committee,
    delist,
    duties,
    insiders,
    interests,
    schedule,
    screen,
    stages,
    voting,
    warn,
)
from launchpad.listings.admin import forms
from launchpad.listings.models import Listing, ScreenedName
from launchpad.listings.states import COMING, IN_WORK, RUNNING, AssetClass, Stage
from launchpad.listings.words import APPROVE, VOTE, WORK

Run = Callable[[Listing, Actor, dict[str, Any]], str]
When = Callable[[Listing, Actor], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do on the page. `press` is its key; `when` says whether it is offered."""

    name: str
    label: Any
    press: str
    run: Run
    when: When
    form: type[forms.ListingForm] = forms.Bare
    danger: bool = False
    says: Any = ""


def pending(listing: Listing) -> Proposal | None:
    """What waits for a second person about this listing."""
    return (
        Proposal.objects.filter(
            target_type="listing", target_id=str(listing.pk), state=Proposal.State.OPEN
        )
        .select_related("proposed_by")
        .order_by("-pk")
        .first()
    )


def _at(*stages_: str, needs: str = WORK) -> When:
    def offered(listing: Listing, actor: Actor) -> bool:
        return listing.stage in stages_ and actor.may(needs)

    return offered


def _second(listing: Listing, actor: Actor) -> bool:
    waiting = pending(listing)
    return waiting is not None and waiting.proposed_by_id != actor.user_id and actor.may(APPROVE)


def _waiting(listing: Listing) -> Proposal:
    found = pending(listing)
    if found is None:
        raise Refused(_("Nothing waits for a second person any more."))
    return found


def _declare(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    interests.declare(listing_id=listing.pk, actor=actor, **values)
    return _("Written down.")


def _take_up(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    stages.take_up(listing_id=listing.pk, actor=actor)
    return _("Taken up: names are screened and the contract is read.")


def _check(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    checks.ask(listing_id=listing.pk, actor=actor)
    return _("Its contract is being read: look again in a moment.")


def _screen(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    actor.require(WORK)
    dispatch.send(stages.SCREEN_TASK, queue=stages.SCREEN_QUEUE, listing_id=listing.pk)
    return _("Names are being screened: look again in a moment.")


def _diligence(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    stages.begin_diligence(listing_id=listing.pk, actor=actor)
    return _("Due diligence has begun.")


def _score(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    checklist.score(listing_id=listing.pk, actor=actor, **values)
    return _("Judged.")


def _vote_on(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    voting.open_vote(listing_id=listing.pk, actor=actor, timeline=Timeline(**values))
    return _("The vote is published with its dates.")


def _skip(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    voting.skip_vote(listing_id=listing.pk, actor=actor, **values)
    return _("It is before the committee.")


def _ask(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    stages.ask_back(listing_id=listing.pk, actor=actor, **values)
    return _("Given back to the project.")


def _refuse(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    stages.refuse(listing_id=listing.pk, actor=actor, **values)
    return _("Refused; the project gets a letter.")


def _insider(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    insiders.add(listing_id=listing.pk, actor=actor, **values)
    return _("On the list.")


def _vote(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    committee.vote(listing_id=listing.pk, actor=actor, **values)
    return _("Your vote counts.")


def _close(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    decision = committee.close(listing_id=listing.pk, actor=actor, **values)
    return _("Approved.") if decision.approved else _("Refused by the committee.")


def _name(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    screen.decide(actor=actor, **values)
    return _("Decided.")


def _move(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    schedule.move(listing_id=listing.pk, actor=actor, **values)
    return _("Proposed: the dates move when a colleague approves it.")


def _approve(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    interests.refuse_unless_free(listing, actor)
    decided = proposals.approve(
        proposal_id=_waiting(listing).pk, actor=actor, reason=values["reason"]
    )
    if decided.state == Proposal.State.FAILED:
        raise Refused(_("Approved, but not carried out: %(why)s") % {"why": decided.outcome})
    return _("Approved: %(outcome)s") % {"outcome": decided.outcome}


def _reject(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    interests.refuse_unless_free(listing, actor)
    proposals.reject(proposal_id=_waiting(listing).pk, actor=actor, reason=values["reason"])
    return _("Rejected: nothing of it was done.")


def _warn(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    warn.warn(listing_id=listing.pk, actor=actor, **values)
    return _("Tagged; holders get a letter.")


def _lift(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    warn.lift(listing_id=listing.pk, actor=actor, **values)
    return _("The tag is gone.")


def _delist(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    delist.propose(listing_id=listing.pk, actor=actor, **values)
    return _("Proposed: it is announced when a colleague approves it.")


def _call_off(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    delist.call_off(listing_id=listing.pk, actor=actor, **values)
    return _("It stays.")


def _duty(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    duties.add(listing_id=listing.pk, actor=actor, **values)
    return _("Written down.")


def _duty_done(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    duties.done(actor=actor, **values)
    return _("Done.")


def _plan(listing: Listing, actor: Actor, values: dict[str, Any]) -> str:
    schedule.propose(
        listing_id=listing.pk,
        deposits_at=values["deposits_at"],
        trading_at=values["trading_at"],
        withdrawals_at=values["withdrawals_at"],
        market_terms=values["terms"],
        quote=values["quote"],
        insiders_hours=values["insiders_hours"],
        reason=values["reason"],
        actor=actor,
    )
    return _("Proposed: it is published when a colleague approves it.")


L = gettext_lazy
JUDGED = (Stage.CHECKS, Stage.DILIGENCE, Stage.VOTE, Stage.COMMITTEE)
NOT_VOTED_ON = (AssetClass.COIN, AssetClass.STABLECOIN, AssetClass.STANDARD)
ACTS = [
    Act(
        name="declare", label=L("Say whether you have an interest"), press="i",
        form=forms.Declare, run=_declare, when=lambda listing, actor: True,
        says=L("Nobody scores, votes or approves before. An interest can't be taken back."),
    ),
    Act(name="take-up", label=L("Take it up"), press="t", run=_take_up, when=_at(Stage.SUBMITTED)),
    Act(
        name="approve", label=L("Approve"), press="a", form=forms.Why, run=_approve, when=_second,
        danger=True, says=L("Carries it out at once, with you as the second person."),
    ),
    Act(name="reject", label=L("Reject"), press="x", form=forms.Why, run=_reject, when=_second),
    Act(
        name="check", label=L("Read its contract"), press="b", run=_check,
        when=lambda listing, actor: bool(listing.contract) and actor.may(WORK),
    ),
    Act(
        name="screen", label=L("Screen the names"), press="m", run=_screen,
        when=_at(*JUDGED),
    ),
    Act(
        name="diligence", label=L("Begin due diligence"), press="d", run=_diligence,
        when=_at(Stage.CHECKS),
    ),
    Act(
        name="score", label=L("Judge an item"), press="s", form=forms.Score, run=_score,
        when=_at(*JUDGED),
    ),
    Act(
        name="name", label=L("Decide a name"), press="", form=forms.Name, run=_name,
        when=lambda listing, actor: (
            listing.customer_id is None and actor.may(screen.DECIDE)
            and listing.screened.exclude(state=ScreenedName.State.CLEAR).exists()
        ),
    ),
    Act(
        name="open-vote", label=L("Ask BMX holders"), press="v", form=forms.AskHolders,
        run=_vote_on, when=_at(Stage.DILIGENCE),
        says=L("It is published at once, with these moments. It opens, closes and is counted by "
               "itself."),
    ),
    Act(
        name="skip-vote", label=L("Straight to the committee"), press="k", form=forms.Why,
        run=_skip,
        when=lambda listing, actor: (
            listing.stage == Stage.DILIGENCE and listing.asset_class in NOT_VOTED_ON
            and actor.may(WORK)
        ),
        says=L("Holders vote about projects' tokens, not about coins and stablecoins."),
    ),
    Act(
        name="vote", label=L("Vote in the committee"), press="c", form=forms.Vote, run=_vote,
        when=_at(Stage.COMMITTEE, needs=VOTE),
    ),
    Act(
        name="close", label=L("Close with minutes"), press="e", form=forms.Minutes, run=_close,
        when=_at(Stage.COMMITTEE), danger=True,
    ),
    Act(
        name="plan", label=L("Propose dates and terms"), press="p", form=forms.Plan, run=_plan,
        when=lambda listing, actor: (
            listing.stage == Stage.APPROVED and pending(listing) is None and actor.may(WORK)
        ),
    ),
    Act(
        name="move", label=L("Propose other dates"), press="o", form=forms.MoveDates, run=_move,
        when=_at(*COMING, Stage.TRADING), says=L("Dates that have come stay as they are."),
    ),
    Act(
        name="ask", label=L("Ask the project"), press="q", form=forms.Words, run=_ask,
        when=lambda listing, actor: (
            listing.stage in (Stage.SUBMITTED, Stage.CHECKS, Stage.DILIGENCE)
            and listing.customer_id is not None and actor.may(WORK)
        ),
        says=L("It goes back to them, and they hand it in again."),
    ),
    Act(
        name="refuse", label=L("Refuse"), press="", form=forms.Refuse, run=_refuse,
        when=_at(*IN_WORK), danger=True,
    ),
    Act(
        name="insider", label=L("Somebody else knows"), press="w", form=forms.AddInsider,
        run=_insider, when=_at(*IN_WORK, *COMING),
    ),
    Act(
        name="warn", label=L("Tag: special treatment"), press="u", form=forms.Public, run=_warn,
        when=_at(Stage.TRADING, Stage.WITHDRAWALS, Stage.LISTED), danger=True,
    ),
    Act(
        name="lift", label=L("Take the tag away"), press="u", form=forms.Public, run=_lift,
        when=_at(Stage.WARNED),
    ),
    Act(
        name="delist", label=L("Propose to delist"), press="", form=forms.Delist, run=_delist,
        when=lambda listing, actor: (
            listing.stage in RUNNING and listing.stage != Stage.DELISTING
            and pending(listing) is None and actor.may(WORK)
        ),
        danger=True,
        says=L("Seven days of notice, and thirty more to withdraw; announced by a second person."),
    ),
    Act(
        name="call-off", label=L("Keep it after all"), press="", form=forms.Public,
        run=_call_off, when=_at(Stage.DELISTING, needs=APPROVE),
    ),
    Act(
        name="duty", label=L("Write a duty down"), press="", form=forms.Duty, run=_duty,
        when=_at(Stage.APPROVED, *COMING, *RUNNING),
    ),
    Act(
        name="duty-done", label=L("A duty was done"), press="", form=forms.DutyDone,
        run=_duty_done,
        when=lambda listing, actor: (
            actor.may(WORK) and listing.duties.filter(done_on=None).exists()
        ),
    ),
]  # fmt: skip
BY_NAME = {act.name: act for act in ACTS}
