"""Staff screen: a list of recipients under review, and the upload that makes one."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.forms import Form
from exchange.portal.screens import ReadOnlyAdmin
from exchange.portal.tables import Head, Table
from launchpad.rewards import approve, campaigns, recipients, terms
from launchpad.rewards.models import Campaign, RecipientFile, RecipientLine

State = RecipientFile.State
TONES = {
    State.DRAFT: columns.INFO,
    State.PROPOSED: columns.WATCH,
    State.APPROVED: columns.OK,
    State.REPLACED: columns.QUIET,
}


class ProposeList(StaffAction):
    name = "propose-list"
    label = gettext_lazy("Propose to pay")
    permission = campaigns.MANAGE
    icon = "check"
    intro = gettext_lazy(
        "Somebody else approves exactly this digest. When a line changes, nobody is paid."
    )

    def preview(self, row: RecipientFile) -> str:
        return _("%(n)s recipients get %(total)s %(asset)s, digest %(digest)s") % {
            "n": columns.whole(row.recipients),
            "total": columns.amount_text(row.total),
            "asset": row.campaign.programme.asset.code,
            "digest": row.digest,
        }

    def skips(self, row: RecipientFile) -> str:
        return "" if row.state == State.DRAFT else _("it is %(s)s") % {"s": row.get_state_display()}

    def run(self, *, row: RecipientFile, actor: Actor, values: dict[str, Any]) -> str:
        made = approve.propose(file_id=row.pk, actor=actor, reason=values["reason"])
        return _("is proposed (proposal %(id)s)") % {"id": made.pk}


@admin.register(RecipientFile)
class RecipientFileAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 61),)
    menu_label = gettext_lazy("Recipients to review")
    opens_with: ClassVar = {"state": filters.WAITING}
    says = gettext_lazy("Who an airdrop or a competition would pay: totals, both ends, left out.")
    empty_says = gettext_lazy("Make one from a campaign's page.")
    big = False
    ordering = ("-pk",)
    list_select_related = ("campaign__programme__asset",)
    lookups = (lookups.by_id(RecipientFile),)
    row_actions = (ProposeList,)
    numeric = ("recipients", "excluded", "total")
    list_filter = (
        filters.choice(
            field="state",
            title=gettext_lazy("state"),
            options=RecipientFile.State.choices,
            indexed=False,
            waiting=(RecipientFile.State.DRAFT, RecipientFile.State.PROPOSED),
        ),
    )
    list_display = (
        columns.identifier("pk", gettext_lazy("list")),
        columns.state("state", gettext_lazy("state"), TONES),
        columns.computed("campaign", gettext_lazy("campaign"), lambda row: row.campaign.title),
        "source",
        columns.computed("recipients", gettext_lazy("paid"), lambda r: columns.whole(r.recipients)),
        columns.computed("excluded", gettext_lazy("left out"), lambda r: columns.whole(r.excluded)),
        columns.amount("total", gettext_lazy("total"), "campaign__programme__asset__code"),
        columns.when("made_at", gettext_lazy("made")),
    )
    sections = (
        (
            gettext_lazy("List"),
            (
                *list_display,
                columns.identifier("digest", gettext_lazy("digest (SHA-256)")),
                "made_by",
                "approved_by",
                columns.when("approved_at", gettext_lazy("approved")),
            ),
        ),
    )

    def row_title(self, row: RecipientFile) -> str:
        return _("Recipients of %(campaign)s") % {"campaign": row.campaign.title}

    def headline(self, row: RecipientFile) -> Any:
        return columns.badge(TONES[State(row.state)], row.get_state_display())

    def tables(self, request: HttpRequest, row: RecipientFile) -> list[Table]:
        seen = recipients.preview(row)
        asset = row.campaign.programme.asset.code
        out = [
            _lines(_("Left out: %(why)s (%(n)s)") % {"why": why, "n": count}, lines, asset)
            for why, count, lines in seen.excluded
        ]
        return [
            _lines(_("The largest"), seen.top, asset),
            _lines(_("The smallest"), seen.bottom, asset),
            *out,
        ]


class UploadForm(Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Lines of customer,amount: a main account's number or e-mail address. At most 20,000."
        ),
    )


@page(
    desk=LAUNCHPAD,
    path="launchpad/campaigns/<int:campaign_id>/upload/",
    name="rewards-upload",
    label=gettext_lazy("Upload recipients"),
    says=gettext_lazy("Who gets how much. Bad lines are named, and then nothing changes."),
    permission=campaigns.MANAGE,
    in_menu=False,
)
def upload(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = Campaign.objects.filter(pk=campaign_id, kind=Campaign.Kind.AIRDROP).first()
    form = UploadForm(request.POST or None, request.FILES or None)
    bad: list[str] = []
    if request.method == "POST" and campaign is not None and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            made = recipients.from_upload(
                campaign_id=campaign.pk, content=sent.read(), actor=actor_of(request)
            )
        except Refused as refused:
            bad = refused.limit if isinstance(refused.limit, list) else []
            words = _("Nothing was taken over: mend these lines.") if bad else str(refused)
            form.add_error("file", words)
        else:
            messages.success(request, _("Taken over. Review it, then propose it."))
            return HttpResponseRedirect(columns.admin_url(RecipientFile, made.pk))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "campaign": campaign,
        "bad": bad,
        "can_upload": campaign is not None and campaign.terms.get("rule") == terms.UPLOAD,
    }
    return TemplateResponse(
        request,
        "launchpad/rewards/admin_upload.html",
        context,
        status=422 if form.errors else 200,
    )


def _lines(title: str, lines: list[RecipientLine], asset: str) -> Table:
    return Table(
        title=title,
        heads=[Head(_("Customer")), Head(_("From"), numeric=True), Head(_("Gets"), numeric=True)],
        rows=[
            (
                columns.link("customer", line.customer_id, line.customer_id),
                columns.money(line.basis),
                columns.money(line.amount, asset),
            )
            for line in lines
        ],
        empty=_("Nobody."),
    )
