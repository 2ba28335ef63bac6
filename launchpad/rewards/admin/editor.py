"""Staff screen: draft a campaign and change the draft, with a look at what customers will read."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.assets.models import Asset
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.audited import AmountInput
from exchange.portal.desks import LAUNCHPAD, page
from exchange.portal.forms import Form
from launchpad.rewards import campaigns, terms
from launchpad.rewards.models import Campaign
from launchpad.snapshots.models import Snapshot

Kind = Campaign.Kind
A_DAY = timedelta(days=1)


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=2000, **more)


class DraftForm(Form):
    """All figures of all kinds; those of other kinds are left empty."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=90)
    summary = forms.CharField(
        label=gettext_lazy("In a sentence, for customers"), max_length=300, required=False
    )
    asset = forms.ModelChoiceField(
        label=gettext_lazy("Asset"),
        queryset=Asset.objects.order_by("code"),
        to_field_name="code",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Its code, such as USDT or BMX."),
    )
    budget = forms.CharField(label=gettext_lazy("Budget"), max_length=60, widget=AmountInput)
    first_day = forms.DateField(
        label=gettext_lazy("First day (UTC)"), widget=forms.DateInput({"type": "date"})
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day (UTC)"), widget=forms.DateInput({"type": "date"})
    )
    each = _text(gettext_lazy("Lessons, airdrop a head: amount each"))
    rule = forms.ChoiceField(
        label=gettext_lazy("Airdrop: how it is divided"),
        required=False,
        choices=[
            ("", "—"),
            (terms.PRO_RATA, gettext_lazy("by power")),
            (terms.PER_HEAD, gettext_lazy("the same a head")),
            (terms.UPLOAD, gettext_lazy("by an upload")),
        ],
    )
    total = _text(gettext_lazy("Airdrop by power: total"))
    snapshot_id = _text(gettext_lazy("Airdrop: number of the snapshot"))
    least = _text(gettext_lazy("Airdrop, bonus: at least this much"))
    percent = _text(gettext_lazy("Bonus: per cent"))
    cap = _text(gettext_lazy("Bonus: at most"))
    days = _text(gettext_lazy("Bonus, referral: days"))
    share_percent = _text(gettext_lazy("Referral: per cent of fees"))
    markets = _text(gettext_lazy("Competition: pairs; none is all"))
    prizes = _text(gettext_lazy("Competition: prizes, the first place first"))
    least_usd = _text(gettext_lazy("Competition: at least traded, in USD"))

    FIGURES = (
        "each", "rule", "total", "snapshot_id", "least", "percent", "cap", "days",
        "share_percent", "markets", "prizes", "least_usd",
    )  # fmt: skip

    def clean_snapshot_id(self) -> str:
        text = str(self.cleaned_data["snapshot_id"]).strip()
        if text and not (
            text.isascii()
            and text.isdigit()
            and len(text) < 15
            and Snapshot.objects.filter(pk=int(text)).exists()
        ):
            raise forms.ValidationError(_("There is no such snapshot."))
        return text

    def made(self) -> dict[str, Any]:
        """What the verbs take."""
        v = self.cleaned_data
        return {
            "title": v["title"],
            "summary": v["summary"],
            "budget": v["budget"],
            "terms": {name: v[name] for name in self.FIGURES},
            "starts_at": datetime.combine(v["first_day"], time(), UTC),
            "ends_at": datetime.combine(v["last_day"], time(), UTC) + A_DAY,
        }


@page(
    desk=LAUNCHPAD,
    path="launchpad/campaigns/edit/",
    name="rewards-campaign",
    label=gettext_lazy("New campaign"),
    says=gettext_lazy("Draft an airdrop, a promotion, a referral or rewards for lessons."),
    permission=campaigns.MANAGE,
    order=59,
)
def edit(request: HttpRequest) -> HttpResponse:
    row = _row(request.GET.get("id", ""))
    form = DraftForm(request.POST or None, initial=_initial(row) if row else {})
    if row is not None:
        form.fields["kind"].disabled = form.fields["asset"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            made = _save(row, form, actor_of(request))
        except Refused as refused:
            field = {"starts_at": "first_day", "ends_at": "last_day"}.get(
                refused.field, refused.field
            )
            form.add_error(field if field in form.fields else None, str(refused))
        else:
            messages.success(
                request, _("Kept as a draft. Have its programme funded, then open it.")
            )
            return HttpResponseRedirect(columns.admin_url(Campaign, made.pk))
    context = {**request.staff_context, "form": form, "row": row}  # type: ignore[attr-defined]
    return TemplateResponse(
        request,
        "launchpad/rewards/admin_draft.html",
        context,
        status=422 if form.errors else 200,
    )


def _save(row: Campaign | None, form: DraftForm, actor: Any) -> Campaign:
    if row is not None:
        return campaigns.edit(campaign_id=row.pk, actor=actor, **form.made())
    values = form.cleaned_data
    return campaigns.draft(
        kind=values["kind"], asset_id=values["asset"].pk, actor=actor, **form.made()
    )


def _row(text: str) -> Campaign | None:
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return None
    return (
        Campaign.objects.select_related("programme__asset")
        .filter(pk=int(text), state=Campaign.State.DRAFT)
        .first()
    )


def _initial(row: Campaign) -> dict[str, Any]:
    figures = {
        name: " ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in row.terms.items()
    }
    return {
        **figures,
        "kind": row.kind,
        "title": row.title,
        "summary": row.summary,
        "asset": row.programme.asset.code,
        "budget": row.budget,
        "first_day": row.starts_at.date(),
        "last_day": (row.ends_at - A_DAY).date(),
    }
