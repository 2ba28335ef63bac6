"""What staff do with a sale: each asks a colleague, but for announcing what was approved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.money import grouped
from exchange.portal.actions import ReasonForm, StaffAction
from launchpad.sales import announce, approve, cancel, checks, draft, fund, pay
from launchpad.sales.models import Sale
from launchpad.sales.states import MOVES, SETTLED, State


def _graves(sale: Sale) -> str:
    return "; ".join(p.says for p in checks.problems(sale, list(sale.tiers.all())) if p.grave)


class ProposeApproval(StaffAction):
    name = "approve"
    label = gettext_lazy("Propose for approval")
    permission = draft.DRAFTS
    icon = "check"
    intro = gettext_lazy(
        "A colleague approves these terms; from then on they stand. Nothing is announced by it."
    )

    def preview(self, row: Sale) -> str:
        return _("%(offered)s %(asset)s at %(price)s %(quote)s, %(mode)s") % {
            "offered": grouped(row.offered),
            "asset": row.asset,
            "price": grouped(row.price),
            "quote": row.quote,
            "mode": row.get_mode_display(),
        }

    def skips(self, row: Sale) -> str:
        if row.state != State.DRAFT:
            return _("it is %(state)s") % {"state": row.get_state_display()}
        return _graves(row)

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        asked = approve.propose(sale_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposal %(id)s now") % {"id": asked.pk}


class SourceForm(ReasonForm):
    source = forms.ChoiceField(
        label=gettext_lazy("Tokens come from"),
        choices=[
            (fund.PROJECT, gettext_lazy("the project's account")),
            ("house:capital", gettext_lazy("the house's capital")),
            ("house:fees", gettext_lazy("the house's fees")),
        ],
    )
    field_order = ("source", "reason")


class ProposeFunding(StaffAction):
    name = "fund"
    label = gettext_lazy("Propose to move the tokens")
    permission = draft.DRAFTS
    icon = "vault"
    form_class = SourceForm
    intro = gettext_lazy(
        "Moves all that is offered into the sale's own account, once a colleague has approved it."
    )

    def preview(self, row: Sale) -> str:
        return f"{grouped(row.offered)} {row.asset}"

    def skips(self, row: Sale) -> str:
        if row.funded_from:
            return _("its tokens stand ready")
        return "" if row.state == State.APPROVED else _("it is not approved")

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        asked = fund.propose(
            sale_id=row.pk, source=values["source"], actor=actor, reason=values["reason"]
        )
        return _("is proposal %(id)s now") % {"id": asked.pk}


class Announce(StaffAction):
    name = "announce"
    label = gettext_lazy("Announce")
    permission = draft.DRAFTS
    icon = "rocket"
    intro = gettext_lazy(
        "Everybody sees the sale from now on, with the hash of the secret of its draw. BMX is"
        " counted at the moment below. It opens and closes by itself."
    )

    def preview(self, row: Sale) -> str:
        return _("BMX counted %(snapshot)s, open %(opens)s to %(closes)s UTC") % {
            "snapshot": f"{row.snapshot_at:%Y-%m-%d %H:%M}",
            "opens": f"{row.opens_at:%Y-%m-%d %H:%M}",
            "closes": f"{row.closes_at:%Y-%m-%d %H:%M}",
        }

    def skips(self, row: Sale) -> str:
        if row.state != State.APPROVED:
            return _("it is not approved, or announced already")
        return "" if row.funded_from else _("its tokens do not stand ready")

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        announce.announce(sale_id=row.pk, actor=actor, reason=values["reason"])
        return _("is announced")


class Reopen(StaffAction):
    name = "reopen"
    label = gettext_lazy("Back to draft")
    permission = draft.DRAFTS
    icon = "pencil"
    intro = gettext_lazy("The approval is void: after changes it has to be approved again.")

    def preview(self, row: Sale) -> str:
        return str(row)

    def skips(self, row: Sale) -> str:
        if row.state != State.APPROVED:
            return _("only what is approved and not announced goes back")
        return _("its tokens stand ready: cancel it instead") if row.funded_from else ""

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        draft.reopen(sale_id=row.pk, actor=actor, reason=values["reason"])
        return _("is a draft again")


class ToldForm(ReasonForm):
    told = forms.CharField(
        label=gettext_lazy("What customers are told"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("told", "reason")


class ProposeCancel(StaffAction):
    name = "cancel"
    label = gettext_lazy("Propose to cancel")
    permission = draft.DRAFTS
    icon = "close"
    danger = True
    form_class = ToldForm
    intro = gettext_lazy(
        "Once a colleague approves, everybody is given everything back, and the tokens go back to"
        " where they came from. It can't be undone."
    )

    def preview(self, row: Sale) -> str:
        return _("it is %(state)s") % {"state": row.get_state_display()}

    def skips(self, row: Sale) -> str:
        if State.CANCELLED in MOVES[row.state]:
            return ""
        return _("customers own its tokens, or it is cancelled already")

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        asked = cancel.propose(
            sale_id=row.pk, told=values["told"], actor=actor, reason=values["reason"]
        )
        return _("is proposal %(id)s now") % {"id": asked.pk}


class ProposePayment(StaffAction):
    name = "pay"
    label = gettext_lazy("Propose to pay the project")
    permission = draft.DRAFTS
    icon = "coins"
    intro = gettext_lazy("Treasury approves it. What nobody bought goes back in the same step.")

    def preview(self, row: Sale) -> str:
        shares = pay.proceeds_of(row)
        return _(
            "%(project)s %(quote)s to the project, %(fee)s to us, %(unsold)s %(asset)s back"
        ) % {
            "project": grouped(shares.project),
            "fee": grouped(shares.fee),
            "quote": row.quote,
            "unsold": grouped(shares.unsold),
            "asset": row.asset,
        }

    def skips(self, row: Sale) -> str:
        if row.paid_at is not None:
            return _("its project is paid")
        return "" if row.state in SETTLED else _("not everybody is settled")

    def run(self, *, row: Sale, actor: Actor, values: dict[str, Any]) -> str:
        asked = pay.propose(sale_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposal %(id)s now") % {"id": asked.pk}


ACTS = (ProposeApproval, ProposeFunding, Announce, Reopen, ProposePayment, ProposeCancel)
