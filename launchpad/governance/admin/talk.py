"""Staff screens: comments on proposals, and delegates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import ReasonForm, StaffAction
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.screens import ReadOnlyAdmin
from launchpad.governance import delegate, discuss
from launchpad.governance.models import Delegate, ProposalComment
from launchpad.governance.states import HiddenCode


class HideForm(ReasonForm):
    code = forms.ChoiceField(
        label=gettext_lazy("Which rule it breaks"), choices=[("", "—"), *HiddenCode.choices]
    )
    field_order = ("code", "reason")


class HideComment(StaffAction):
    name = "hide"
    label = gettext_lazy("Hide")
    permission = "launchpad.moderate_comment"
    icon = "stop"
    danger = True
    form_class = HideForm
    intro = gettext_lazy("Readers see that a comment was hidden, and by which rule. Answers stay.")

    def skips(self, row: ProposalComment) -> str:
        return _("It is hidden already.") if row.hidden_at else ""

    def preview(self, row: ProposalComment) -> str:
        return row.text[:200]

    def run(self, *, row: ProposalComment, actor: Actor, values: dict[str, Any]) -> str:
        discuss.hide(comment_id=row.pk, code=values["code"], note=values["reason"], actor=actor)
        return _("is hidden")


class ShowComment(StaffAction):
    name = "show"
    label = gettext_lazy("Show again")
    intro = gettext_lazy("Everybody reads it again below the proposal.")
    permission = "launchpad.moderate_comment"
    icon = "undo"

    def skips(self, row: ProposalComment) -> str:
        return "" if row.hidden_at else _("It is not hidden.")

    def preview(self, row: ProposalComment) -> str:
        return row.text[:200]

    def run(self, *, row: ProposalComment, actor: Actor, values: dict[str, Any]) -> str:
        discuss.show_again(comment_id=row.pk, actor=actor, reason=values["reason"])
        return _("is shown again")


class AnswerForm(ReasonForm):
    text = forms.CharField(
        label=gettext_lazy("What we say"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Everybody reads it, in the exchange's name."),
    )
    field_order = ("text", "reason")


class AnswerComment(StaffAction):
    name = "answer"
    label = gettext_lazy("Answer")
    intro = gettext_lazy("Your answer appears below it, marked as the exchange's.")
    permission = "launchpad.moderate_comment"
    icon = "bolt"
    form_class = AnswerForm

    def preview(self, row: ProposalComment) -> str:
        return row.text[:200]

    def run(self, *, row: ProposalComment, actor: Actor, values: dict[str, Any]) -> str:
        discuss.answer_as_staff(
            proposal_id=row.proposal_id, text=values["text"], answers=row.pk, actor=actor
        )
        return _("is answered")


@admin.register(ProposalComment)
class ProposalCommentAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 22),)
    menu_label = gettext_lazy("Comments on votes")
    says = gettext_lazy("What people say about proposals; hide what breaks the rules.")
    empty_says = gettext_lazy("Comments appear here when people discuss a published proposal.")
    lookups = (lookups.by_id(ProposalComment),)
    list_select_related = ("proposal",)
    list_filter = (
        filters.choice(
            field="hidden_code", title=gettext_lazy("hidden"), options=HiddenCode.choices
        ),
    )
    row_actions = (HideComment, AnswerComment, ShowComment)
    list_display = (
        columns.when("at", gettext_lazy("when")),
        "name",
        columns.computed("what", gettext_lazy("text"), lambda row: row.text[:120]),
        columns.computed(
            "about",
            gettext_lazy("about"),
            lambda row: columns.link("voteproposal", row.proposal_id, row.proposal),
        ),
        columns.computed(
            "standing", gettext_lazy("hidden"), lambda row: row.get_hidden_code_display() or "–"
        ),
    )
    sections = (
        (
            gettext_lazy("Comment"),
            ("text", list_display[3], list_display[0], "name", *list_display[4:]),
        ),
        (
            gettext_lazy("Moderation"),
            (
                "hidden_by",
                "hidden_note",
                columns.computed(
                    "as_written",
                    gettext_lazy("the log saw these words"),
                    lambda row: _("yes") if discuss.is_as_written(row) else _("no"),
                ),
            ),
        ),
    )


class HideDelegate(StaffAction):
    name = "hide"
    label = gettext_lazy("Stop offering")
    permission = "launchpad.hide_delegate"
    icon = "stop"
    danger = True
    intro = gettext_lazy("Nobody can choose them any more, and delegations to them end at once.")

    def skips(self, row: Delegate) -> str:
        return "" if row.accepts else _("They are not offered already.")

    def preview(self, row: Delegate) -> str:
        return row.statement[:200]

    def run(self, *, row: Delegate, actor: Actor, values: dict[str, Any]) -> str:
        delegate.hide(delegate_id=row.pk, actor=actor, reason=values["reason"])
        return _("is not offered any more")


@admin.register(Delegate)
class DelegateAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 24),)
    menu_label = gettext_lazy("Delegates")
    says = gettext_lazy("Who offers to vote for others, under which public name.")
    empty_says = gettext_lazy("Delegates appear here when customers offer to vote for others.")
    lookups = (lookups.by_id(Delegate), lookups.by_text(Delegate, "name", gettext_lazy("name")))
    row_actions = (HideDelegate,)
    list_display = (
        "name",
        columns.computed("says_what", gettext_lazy("statement"), lambda row: row.statement[:120]),
        columns.flag(
            "accepts",
            gettext_lazy("offered"),
            yes=(columns.OK, gettext_lazy("yes")),
            no=(columns.QUIET, gettext_lazy("no")),
        ),
        columns.when("since", gettext_lazy("since")),
    )
    sections = (
        (
            gettext_lazy("Delegate"),
            (
                "name",
                "statement",
                *list_display[2:],
                columns.related(
                    "customer",
                    gettext_lazy("customer"),
                    "customer",
                    lambda row: (row.customer_id, row.customer),
                ),
            ),
        ),
    )
