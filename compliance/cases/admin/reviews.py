"""Reviews of quality: closed cases that chance has drawn, for somebody who did not decide them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import quality
from compliance.cases.admin import words
from compliance.cases.models import Case, CaseReview
from compliance.cases.reasons import words_of
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import COMPLIANCE
from exchange.portal.screens import ReadOnlyAdmin

Verdict = CaseReview.Verdict
TONES = {
    Verdict.WAITING: columns.WATCH,
    Verdict.UPHELD: columns.OK,
    Verdict.OVERTURNED: columns.BAD,
}


class Judge(StaffAction):
    """What both verdicts share."""

    permission = quality.REVIEW

    def skips(self, row: CaseReview) -> str:
        if row.verdict != Verdict.WAITING:
            return _("reviewed already")
        if self.user.pk in (row.decision.by_id, row.decision.approved_by_id):
            return _("you decided it yourself")
        return ""

    def preview(self, row: CaseReview) -> str:
        return _("%(ending)s, %(reason)s: %(why)s") % {
            "ending": row.decision.get_disposition_display(),
            "reason": words_of(row.decision.disposition, row.decision.reason_code),
            "why": row.decision.rationale,
        }


class Uphold(Judge):
    name = "uphold"
    label = gettext_lazy("Uphold")
    icon = "check"
    intro = gettext_lazy("The decision was right. Say what you looked at.")

    def run(self, *, row: CaseReview, actor: Actor, values: dict[str, Any]) -> str:
        quality.review(
            review_id=row.pk, verdict=Verdict.UPHELD, finding=values["reason"], actor=actor
        )
        return _("is upheld")


class Overturn(Judge):
    name = "overturn"
    label = gettext_lazy("Overturn")
    icon = "retry"
    danger = True
    intro = gettext_lazy("The decision was wrong: the case is open again, in investigation.")

    def run(self, *, row: CaseReview, actor: Actor, values: dict[str, Any]) -> str:
        quality.review(
            review_id=row.pk, verdict=Verdict.OVERTURNED, finding=values["reason"], actor=actor
        )
        return _("is overturned; the case is open again")


@admin.register(CaseReview)
class CaseReviewAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 24),)
    menu_label = gettext_lazy("Quality reviews")
    opens_with: ClassVar = {"verdict": Verdict.WAITING}
    says = gettext_lazy("Closed cases drawn at random, to be looked at by somebody else.")
    empty_says = gettext_lazy("One closed case in ten is drawn, and appears here.")
    list_select_related = ("case", "decision__by", "decision__approved_by", "reviewer")
    lookups = (lookups.by_id(CaseReview), lookups.by_number(CaseReview, "case_id", "case"))
    list_filter = (
        filters.choice(
            field="verdict", title=gettext_lazy("verdict"), options=Verdict.choices, indexed=False
        ),
    )
    row_actions = (Uphold, Overturn)
    list_display = (
        columns.identifier("pk", gettext_lazy("review")),
        columns.computed(
            "case", gettext_lazy("case"), lambda row: columns.link(Case, row.case_id, row.case)
        ),
        columns.state("verdict", gettext_lazy("verdict"), TONES),
        columns.computed(
            "decided",
            gettext_lazy("decided as"),
            lambda row: columns.badge(
                words.ENDINGS[row.decision.disposition], row.decision.get_disposition_display()
            ),
        ),
        columns.computed("by", gettext_lazy("by"), lambda row: row.decision.by),
        columns.when("drawn_at", gettext_lazy("drawn")),
        columns.computed(
            "reviewer", gettext_lazy("reviewer"), lambda row: row.reviewer or columns.NOTHING
        ),
    )
    sections = (
        (
            gettext_lazy("Decision"),
            (
                *list_display[1:5],
                columns.computed(
                    "reason",
                    gettext_lazy("reason"),
                    lambda row: words_of(row.decision.disposition, row.decision.reason_code),
                ),
                columns.computed("why", gettext_lazy("why"), lambda row: row.decision.rationale),
            ),
        ),
        (
            gettext_lazy("Review"),
            (
                *list_display[5:],
                columns.when("reviewed_at", gettext_lazy("reviewed")),
                "finding",
            ),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perm(
            "compliance.see_filings"
        )

    def row_title(self, row: CaseReview) -> str:
        return _("Review of case %(id)s") % {"id": row.case_id}
