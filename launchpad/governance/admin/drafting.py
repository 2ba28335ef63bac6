"""Staff page: draft a proposal, which a colleague then reviews and publishes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.governance import parameters, policy, submit
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import OptionText, ParameterChange
from launchpad.governance.states import Kind, Method, Tally

LETTERS = "abcdefghijklm"


class DraftForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[(kind, label) for kind, label in Kind.choices if kind != Kind.LISTING],
        help_text=gettext_lazy("Listing votes are opened from their application."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What is proposed, and why"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    options = forms.CharField(
        label=gettext_lazy("Options, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Nothing here asks yes, no or abstain."),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Way to vote"),
        required=False,
        choices=[("", gettext_lazy("as usual for its kind")), *Method.choices],
    )
    tally = forms.ChoiceField(
        label=gettext_lazy("Tally"),
        required=False,
        choices=[("", gettext_lazy("as usual for its kind")), *Tally.choices],
    )
    quorum_bps = forms.IntegerField(
        label=gettext_lazy("Quorum, in hundredths of a percent"),
        required=False,
        min_value=0,
        max_value=policy.WHOLE_BPS,
        help_text=gettext_lazy("500 is 5 %. Nothing here is the usual one."),
    )
    threshold_bps = forms.IntegerField(
        label=gettext_lazy("Threshold, in hundredths of a percent"),
        required=False,
        min_value=0,
        max_value=policy.WHOLE_BPS,
    )
    grant_amount = forms.CharField(
        label=gettext_lazy("A grant's amount at most, in BMX"), required=False, max_length=30
    )
    parameter = forms.ChoiceField(label=gettext_lazy("Parameter"), required=False)
    target = forms.CharField(
        label=gettext_lazy("Of what"),
        required=False,
        max_length=60,
        help_text=gettext_lazy(
            "A market such as BTC_USDT, or an asset on a network such as USDT on ERC20."
        ),
    )
    value = forms.CharField(label=gettext_lazy("New value"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parameter"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *((p.key, p.label) for p in parameters.declared())]

    def answers(self) -> list[OptionText] | None:
        lines = [line.strip() for line in self.cleaned_data["options"].splitlines()]
        kept = [line[:120] for line in lines if line][: len(LETTERS)]
        return [OptionText(*pair) for pair in zip(LETTERS, kept, strict=False)] or None

    def change(self) -> ParameterChange | None:
        values = self.cleaned_data
        if not values["parameter"]:
            return None
        return ParameterChange(
            values["parameter"], values["target"].strip(), values["value"].strip()
        )


@page(
    desk=LAUNCHPAD,
    path="votes/draft/",
    name="vote-draft",
    label=gettext_lazy("Draft a vote"),
    says=gettext_lazy("Write a proposal; a colleague reviews and publishes it."),
    permission="launchpad.open_voteproposal",
    order=21,
)
def draft(request: HttpRequest) -> HttpResponse:
    form = DraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = submit.draft_by_staff(
                kind=values["kind"],
                title=values["title"],
                text=values["text"],
                options=form.answers(),
                method=values["method"],
                tally=values["tally"],
                quorum_bps=values["quorum_bps"],
                threshold_bps=values["threshold_bps"],
                change=form.change(),
                grant=values["grant_amount"].strip() or None,
                actor=actor_of(request),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("Handed in: a colleague reviews it."))
            return HttpResponseRedirect(columns.admin_url(VoteProposal, made.pk))
    context = {**request.staff_context, "form": form}  # type: ignore[attr-defined]
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(
        request, "launchpad/governance/admin_draft.html", context, status=status
    )
