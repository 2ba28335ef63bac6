"""Staff screens: acts that wait for a second pair of eyes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Min, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.audit import proposals, queries
from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, Refused
from exchange.portal import cards, columns, confidential, filters, lookups
from exchange.portal.actions import StaffAction, actor_of
from exchange.portal.desks import AUDIT, COMPLIANCE
from exchange.portal.paging import bounded_figures
from exchange.portal.screens import ReadOnlyAdmin

State = Proposal.State
TONES = {
    State.OPEN: columns.WATCH,
    State.EXECUTED: columns.OK,
    State.REJECTED: columns.QUIET,
    State.EXPIRED: columns.QUIET,
    State.FAILED: columns.BAD,
}


class Decision(StaffAction):
    """What both decisions share: only open proposals, and never one's own."""

    permission = "exchange.decide_proposal"

    def allowed(self) -> bool:
        """Each kind names its own permission: whoever may decide any kind sees the actions."""
        names = {kind.permission_to_approve for kind in proposals.kinds()}
        return any(self.user.has_perm(name) for name in {self.permission, *names})

    def skips(self, row: Proposal) -> str:
        if row.proposed_by_id == self.user.pk:
            return _("you proposed it yourself")
        if not self.user.has_perm(permission_to_decide(row)):
            return _("deciding it needs the permission %(name)s") % {
                "name": permission_to_decide(row)
            }
        if row.state != State.OPEN:
            return _("it is %(state)s already") % {"state": row.get_state_display().lower()}
        if row.expires_at <= clock.now():
            return _("it has expired")
        return ""


class Approve(Decision):
    name = "approve"
    label = gettext_lazy("Approve")
    icon = "check"
    danger = True
    intro = gettext_lazy(
        "Approving carries the act out at once, with you as the second person. Whoever proposed it "
        "can't approve it."
    )

    def preview(self, row: Proposal) -> str:
        return _("%(summary)s. Proposed by %(who)s: %(why)s") % {
            "summary": row.summary,
            "who": row.proposed_by,
            "why": row.reason,
        }

    def run(self, *, row: Proposal, actor: Actor, values: dict[str, Any]) -> str:
        decided = proposals.approve(proposal_id=row.pk, actor=actor, reason=values["reason"])
        if decided.state == State.FAILED:
            raise Refused(
                _("approved, but it could not be carried out: %(why)s") % {"why": decided.outcome}
            )
        return _("carried out: %(outcome)s") % {"outcome": decided.outcome or row.summary}


class Reject(Decision):
    name = "reject"
    label = gettext_lazy("Reject")
    icon = "close"
    intro = gettext_lazy("Rejecting closes the proposal; nothing of it is done.")

    def preview(self, row: Proposal) -> str:
        return _("Will not happen: %(summary)s") % {"summary": row.summary}

    def run(self, *, row: Proposal, actor: Actor, values: dict[str, Any]) -> str:
        proposals.reject(proposal_id=row.pk, actor=actor, reason=values["reason"])
        return _("is rejected")


def permission_to_decide(row: Proposal) -> str:
    """The permission that deciding this kind needs; empty when no room declares the kind."""
    try:
        return proposals.kind_of(row.kind).permission_to_approve
    except Invalid:
        return ""


def expiry(row: Proposal) -> Any:
    if row.state != State.OPEN:
        return columns.NOTHING
    return columns.ago(row.expires_at)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    desks = ((AUDIT, 20), (COMPLIANCE, 40))
    menu_label = gettext_lazy("Proposals")
    opens_with: ClassVar = {"state": "open"}
    says = gettext_lazy("Acts that one person asked for and another must approve.")
    empty_says = gettext_lazy("Acts that need two people wait here until somebody decides.")
    list_select_related = ("proposed_by", "decided_by")
    lookups = (lookups.by_id(Proposal),)
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
        filters.text(field="kind", title=gettext_lazy("kind")),
    )
    row_actions = (Approve, Reject)
    list_display = (
        "summary",
        columns.state("state", gettext_lazy("state"), TONES),
        columns.identifier("kind", gettext_lazy("kind")),
        columns.computed("proposed_by", gettext_lazy("proposed by"), lambda row: row.proposed_by),
        columns.when("proposed_at", gettext_lazy("proposed")),
        columns.computed("expires", gettext_lazy("expires"), expiry),
        columns.computed(
            "decided_by", gettext_lazy("decided by"), lambda row: row.decided_by or columns.NOTHING
        ),
    )

    sections = (
        (
            gettext_lazy("What is asked for"),
            (
                "summary",
                columns.identifier("kind", gettext_lazy("kind")),
                columns.computed(
                    "about",
                    gettext_lazy("about"),
                    lambda row: (
                        columns.link(
                            row.target_type, row.target_id, f"{row.target_type} {row.target_id}"
                        )
                        if row.target_type
                        else columns.NOTHING
                    ),
                ),
                columns.computed(
                    "payload",
                    gettext_lazy("in detail"),
                    lambda row: columns.mono(json.dumps(row.payload, ensure_ascii=False)),
                ),
                columns.computed(
                    "proposed_by", gettext_lazy("proposed by"), lambda row: row.proposed_by
                ),
                columns.when("proposed_at", gettext_lazy("proposed")),
                "reason",
                columns.when("expires_at", gettext_lazy("expires")),
            ),
        ),
        (
            gettext_lazy("Decision"),
            (
                columns.computed(
                    "decided_by",
                    gettext_lazy("decided by"),
                    lambda row: row.decided_by or columns.NOTHING,
                ),
                columns.when("decided_at", gettext_lazy("decided")),
                "decision_reason",
                "outcome",
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        return confidential.readable_proposals(request.user, super().get_queryset(request))

    def waiting(self, request: HttpRequest) -> QuerySet[Proposal]:
        waiting = queries.waiting_for(actor=actor_of(request))
        return confidential.readable_proposals(request.user, waiting)

    def row_title(self, row: Proposal) -> str:
        return row.summary

    def headline(self, row: Proposal) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def notice(self, request: HttpRequest, row: Proposal) -> Any:
        if row.state == State.OPEN and row.proposed_by_id == request.user.pk:
            return _("You proposed this yourself: somebody else has to decide it.")
        return ""


@cards.card(
    key="proposals",
    title=gettext_lazy("Proposals"),
    desk=AUDIT,
    permission="exchange.view_proposal",
    leads_to="admin:exchange_proposal_changelist?state=open",
    order=95,
)
def open_proposals() -> cards.Reading:
    """Open ones are work, not a fault; one about to expire is to watch."""
    now = clock.now()
    standing = confidential.readable_proposals(
        confidential.EVERYBODY, Proposal.objects.filter(state=State.OPEN, expires_at__gt=now)
    )
    count, figures = bounded_figures(
        standing.order_by("expires_at"), 1000, next_one=Min("expires_at")
    )
    next_one = figures["next_one"]
    soon = next_one is not None and next_one - now < timedelta(hours=6)
    return cards.Reading(
        state=cards.WATCH if soon else cards.OK,
        number=count,
        says=_("open"),
        details=[
            (
                _("next to expire"),
                columns.ago(next_one) if next_one else columns.NOTHING,
            )
        ],
    )
