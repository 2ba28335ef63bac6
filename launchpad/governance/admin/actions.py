"""Acts on proposals: publish, return, decline, withdraw, carry over, note what was done."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import plain
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.governance import carry, grants, parameters, review
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import Timeline
from launchpad.governance.states import Kind, Outcome, ReviewCode, State

BEFORE_COUNT = [State.DRAFT, State.REVIEW, State.PUBLISHED, State.OPEN]


class Moment(forms.SplitDateTimeField):
    """A day and a time, in UTC whatever the reader's clock says."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.SplitDateTimeWidget(
                date_attrs={"type": "date"},
                time_attrs={"type": "time"},
                date_format="%Y-%m-%d",
                time_format="%H:%M",
            ),
            **kwargs,
        )

    def compress(self, data_list: Any) -> Any:
        moment = super().compress(data_list)
        return moment.astimezone(UTC) if moment else moment


class PublishForm(ReasonForm):
    snapshot_at = Moment(
        label=gettext_lazy("Snapshot (UTC)"),
        help_text=gettext_lazy("What people have of BMX then is what they vote with."),
    )
    opens_at = Moment(label=gettext_lazy("Opens (UTC)"))
    closes_at = Moment(label=gettext_lazy("Closes (UTC)"))
    field_order = ("snapshot_at", "opens_at", "closes_at", "reason")


class CodeForm(ReasonForm):
    code = forms.ChoiceField(
        label=gettext_lazy("What is wrong"),
        choices=[("", "—"), *ReviewCode.choices],
    )
    field_order = ("code", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The proposer reads it. It goes into the log too.")


class ProposalAction(StaffAction):
    """Actions that a proposal's state allows or not."""

    states: tuple[str, ...] = ()

    def skips(self, row: VoteProposal) -> str:
        if row.state not in self.states:
            return _("It is %(state)s.") % {"state": row.get_state_display()}
        return ""


class Publish(ProposalAction):
    name = "publish"
    label = gettext_lazy("Publish")
    permission = "launchpad.review_voteproposal"
    icon = "play"
    form_class = PublishForm
    states = (State.REVIEW,)
    intro = gettext_lazy(
        "Everybody sees it at once. Its words, rules and moments are fixed then, and it opens and"
        " closes by itself."
    )

    def preview(self, row: VoteProposal) -> str:
        return _("%(kind)s by %(who)s, quorum %(quorum)s %%, threshold %(threshold)s %%") % {
            "kind": row.get_kind_display(),
            "who": row.proposed_by,
            "quorum": row.quorum_bps / 100,
            "threshold": row.threshold_bps / 100,
        }

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        moments = Timeline(values["snapshot_at"], values["opens_at"], values["closes_at"])
        review.publish(proposal_id=row.pk, timeline=moments, actor=actor, note=values["reason"])
        return _("is published")


class SendBack(ProposalAction):
    name = "return"
    label = gettext_lazy("Return to the proposer")
    permission = "launchpad.review_voteproposal"
    icon = "undo"
    form_class = CodeForm
    states = (State.REVIEW,)
    intro = gettext_lazy("They can write it anew and hand it in again.")
    for_good = False

    def preview(self, row: VoteProposal) -> str:
        return _("back to %(who)s") % {"who": row.proposed_by}

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        review.send_back(
            proposal_id=row.pk,
            code=values["code"],
            note=values["reason"],
            actor=actor,
            for_good=self.for_good,
        )
        return _("is declined") if self.for_good else _("is returned")


class Decline(SendBack):
    name = "decline"
    label = gettext_lazy("Decline")
    danger = True
    intro = gettext_lazy("For good: it can't be handed in again.")
    for_good = True

    def preview(self, row: VoteProposal) -> str:
        return _("no vote; %(who)s reads why") % {"who": row.proposed_by}


class Withdraw(ProposalAction):
    name = "withdraw"
    label = gettext_lazy("Withdraw")
    permission = "launchpad.review_voteproposal"
    icon = "stop"
    danger = True
    states = tuple(BEFORE_COUNT)
    intro = gettext_lazy("The vote ends without a result. Everybody reads your reason.")

    def preview(self, row: VoteProposal) -> str:
        return _("%(now)s → withdrawn") % {"now": row.get_state_display()}

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        review.withdraw(proposal_id=row.pk, actor=actor, reason=values["reason"])
        return _("is withdrawn")


class CarryOver(ProposalAction):
    name = "carry-over"
    label = gettext_lazy("Carry over")
    permission = "launchpad.carry_over_vote"
    icon = "bolt"
    states = (State.CLOSED,)
    intro = gettext_lazy(
        "Proposes to a colleague exactly the change that the vote passed, with the vote attached."
        " Somebody else approves it; then it is made."
    )

    def skips(self, row: VoteProposal) -> str:
        if row.kind != Kind.PARAMETER or row.outcome != Outcome.PASSED:
            return _("Only a change of a parameter that passed is carried over.")
        if row.carried is not None and row.carried.state == "open":
            return _("A colleague has it to approve already.")
        return super().skips(row)

    def preview(self, row: VoteProposal) -> str:
        parameter = parameters.named(row.parameter)
        return _("%(what)s %(target)s: %(before)s → %(after)s") % {
            "what": parameter.label,
            "target": row.parameter_target,
            "before": parameter.current(row.parameter_target),
            "after": row.parameter_value,
        }

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        made = carry.carry_over(proposal_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(number)s waits for a colleague") % {"number": made.pk}


class NoteDone(ProposalAction):
    name = "done"
    label = gettext_lazy("Note what was done")
    permission = "launchpad.carry_over_vote"
    icon = "check"
    states = (State.CLOSED,)
    intro = gettext_lazy("Everybody reads on the vote's page what you write.")

    def skips(self, row: VoteProposal) -> str:
        if row.grant_amount is not None and not row.granted:
            return _("A grant is carried out by paying it.")
        if row.outcome != Outcome.PASSED or row.kind == Kind.PARAMETER:
            return _("This is for votes that passed; a parameter is changed by carrying it over.")
        return super().skips(row)

    def preview(self, row: VoteProposal) -> str:
        return _("passed → carried out")

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        carry.mark_executed(proposal_id=row.pk, note=values["reason"], actor=actor)
        return _("is carried out")


class PayGrantForm(ReasonForm):
    customer_id = forms.IntegerField(label=gettext_lazy("Customer's number"), min_value=1)
    amount = forms.CharField(label=gettext_lazy("Amount, in BMX"), max_length=30)
    programme_id = forms.TypedChoiceField(label=gettext_lazy("Paid from"), coerce=int)
    field_order = ("customer_id", "amount", "programme_id", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["programme_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.pk, each.name) for each in grants.open_programmes()]
        self.fields["reason"].label = _("What was done for it")
        self.fields["reason"].help_text = _("Everybody reads it on the vote's page.")


class PayGrant(ProposalAction):
    name = "pay-grant"
    label = gettext_lazy("Pay a part of the grant")
    permission = grants.PROPOSE
    icon = "bolt"
    form_class = PayGrantForm
    states = (State.CLOSED,)
    intro = gettext_lazy(
        "Proposes to a colleague to pay a part to a verified customer, from a programme that was"
        " funded for grants. All parts together never come to more than the vote allowed."
    )

    def skips(self, row: VoteProposal) -> str:
        if row.kind != Kind.GRANT or row.outcome != Outcome.PASSED:
            return _("Only a grant that passed is paid.")
        if row.grant_amount is None:
            return _("Its proposal named no amount.")
        return super().skips(row)

    def preview(self, row: VoteProposal) -> str:
        return _("%(paid)s of %(all)s BMX are paid") % {
            "paid": plain(row.granted),
            "all": plain(row.grant_amount or row.granted),
        }

    def run(self, *, row: VoteProposal, actor: Actor, values: dict[str, Any]) -> str:
        made = grants.ask(
            proposal_id=row.pk,
            customer_id=values["customer_id"],
            amount=values["amount"].strip(),
            programme_id=values["programme_id"],
            note=values["reason"],
            actor=actor,
        )
        return _("proposal %(number)s waits for a colleague") % {"number": made.pk}
