"""What staff do to a report: check, approve, send back, export, note the answer, lock, go on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import acknowledge, approve, draft, export, follow_up, lock
from compliance.reporting.files import FINCEN, FINTRAC
from compliance.reporting.models import Report
from compliance.reporting.states import FILED, MOVES, State
from exchange.core.actors import Actor
from exchange.portal.actions import ReasonForm, StaffAction


class Step(StaffAction):
    """An action that fits some states, and says so of the others."""

    permission = draft.FILE
    fits: tuple[str, ...] = ()

    def preview(self, row: Report) -> str:
        return row.title

    def skips(self, row: Report) -> str:
        if row.state not in self.fits:
            return _("it is %(state)s") % {"state": row.get_state_display()}
        return ""


class Check(Step):
    name = "check"
    label = gettext_lazy("Check, ask for approval")
    icon = "check"
    fits = (State.DRAFT, State.VALIDATED)
    intro = gettext_lazy(
        "Checks it against the regulator's schema and rules. When it is right, a colleague is "
        "asked to approve it; when not, what is wrong stands beside its fields."
    )

    def skips(self, row: Report) -> str:
        if row.state == State.VALIDATED and approve.open_proposal(row) is not None:
            return _("somebody is asked already")
        return super().skips(row)

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        approve.validate(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is right, and waits for a second person")


class Approve(Step):
    name = "approve"
    label = gettext_lazy("Approve")
    permission = approve.APPROVE
    icon = "check"
    fits = (State.VALIDATED,)
    intro = gettext_lazy(
        "These contents, to the letter, may be filed. Read the preview of the file first. A change "
        "afterwards voids it."
    )

    def skips(self, row: Report) -> str:
        if row.validated_by_id == self.user.pk:
            return _("you checked it: somebody else approves")
        return super().skips(row)

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        approve.approve(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is approved and may be exported")


class SendBack(Step):
    name = "send-back"
    label = gettext_lazy("Send back")
    permission = approve.APPROVE
    icon = "history"
    fits = (State.VALIDATED, State.APPROVED)
    intro = gettext_lazy("It becomes a draft again. Say what has to change.")

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        approve.send_back(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is a draft again")


class Export(Step):
    name = "export"
    label = gettext_lazy("Export")
    icon = "download"
    fits = (State.APPROVED,)
    intro = gettext_lazy(
        "Makes the file, dated today, and keeps it with its SHA-256. Hand it in at the regulator's "
        "site at once: its contents can't be changed any more. Several FinCEN reports in one file "
        "are exported under “Export a batch”."
    )

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        file = export.export(report_ids=[row.pk], actor=actor, reason=values["reason"])
        return _("is in %(file)s, SHA-256 %(sha)s") % {"file": file.name, "sha": file.sha256}


class AnswerForm(ReasonForm):
    accepted = forms.ChoiceField(
        label=gettext_lazy("The regulator"),
        choices=(("yes", gettext_lazy("took it")), ("no", gettext_lazy("refused it"))),
    )
    regulator_id = forms.CharField(
        label=gettext_lazy("The number it gave"), max_length=40, required=False
    )
    field_order = ("accepted", "regulator_id", "reason")


class NoteAnswer(Step):
    name = "note-answer"
    label = gettext_lazy("Note the answer")
    icon = "pencil"
    fits = (State.EXPORTED,)
    form_class = AnswerForm
    intro = gettext_lazy(
        "For answers that come on the regulator's own site. FinCEN's acknowledgement files are "
        "imported instead. A refused report becomes a draft again."
    )

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        made = acknowledge.acknowledge_by_hand(
            report_id=row.pk,
            regulator_id=values["regulator_id"],
            accepted=values["accepted"] == "yes",
            actor=actor,
            reason=values["reason"],
        )
        return _("is %(outcome)s") % {"outcome": made.get_outcome_display()}


class Lock(Step):
    name = "lock"
    label = gettext_lazy("Lock")
    icon = "seal"
    fits = (State.ACKNOWLEDGED,)
    intro = gettext_lazy("Nobody can change it from then on, the database's owner included.")

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        lock.lock(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is locked")


class Correct(Step):
    name = "correct"
    label = gettext_lazy("Correct it")
    icon = "pencil"
    fits = (State.ACKNOWLEDGED, State.LOCKED)
    intro = gettext_lazy("Begins another report that names this one as the document before.")

    def skips(self, row: Report) -> str:
        if row.kind not in (*FINCEN, *FINTRAC):
            return _("OFAC takes no corrections as a file")
        return super().skips(row)

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        made = follow_up.correct(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is corrected by %(report)s, a draft now") % {"report": made}


class ContinueForm(ReasonForm):
    detected_at = forms.DateTimeField(
        label=gettext_lazy("Detected anew at (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy(
            "Empty: found in the review, and due 120 days after the report before. Otherwise due "
            "30 days after this moment."
        ),
    )
    field_order = ("detected_at", "reason")


class Continue(Step):
    name = "continue"
    label = gettext_lazy("The activity goes on")
    icon = "play"
    fits = FILED
    form_class = ContinueForm
    intro = gettext_lazy("Begins the report of continuing activity.")

    def skips(self, row: Report) -> str:
        return _("only a SAR is continued") if row.kind != Report.Kind.SAR else super().skips(row)

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        made = follow_up.continue_activity(
            report_id=row.pk,
            actor=actor,
            reason=values["reason"],
            detected_at=values["detected_at"],
        )
        return _("goes on in %(report)s, due %(due)s") % {"report": made, "due": made.due_on}


class Discard(Step):
    name = "discard"
    label = gettext_lazy("Do not file")
    icon = "close"
    danger = True
    fits = tuple(state for state, after in MOVES.items() if State.DISCARDED in after)
    intro = gettext_lazy("It stays here with the reason: a decision not to file is a record too.")

    def run(self, *, row: Report, actor: Actor, values: dict[str, Any]) -> str:
        draft.discard(report_id=row.pk, actor=actor, reason=values["reason"])
        return _("is not filed")


ACTS = (Check, Approve, SendBack, Export, NoteAnswer, Lock, Correct, Continue, Discard)
