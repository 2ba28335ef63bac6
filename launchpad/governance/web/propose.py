"""Propose something as a customer, and write anew what was returned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.money import plain
from exchange.portal.forms import Form
from exchange.portal.pages import action, customer_page, user_of
from launchpad.governance import parameters, policy, review, submit
from launchpad.governance.models import VoteProposal
from launchpad.governance.propose import OptionText, ParameterChange
from launchpad.governance.states import Kind, State
from launchpad.governance.web import shown

LETTERS = "abcdefghijkl"


class WordsForm(Form):
    title = forms.CharField(label=gettext_lazy("Title"), min_length=5, max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What you propose, and why"),
        min_length=20,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    def options(self) -> list[OptionText] | None:
        return None

    def change(self) -> ParameterChange | None:
        return None

    def grant(self) -> str | None:
        return None


class GrantForm(WordsForm):
    """A grant: who gets it for what stands in its text."""

    grant_amount = forms.CharField(
        label=gettext_lazy("How much at most, in BMX"),
        max_length=30,
        help_text=gettext_lazy(
            "Say above who gets it for what, and when. It is paid in parts, to verified people,"
            " after our staff looked at what was done."
        ),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def grant(self) -> str:
        return str(self.cleaned_data["grant_amount"]).strip()


class FeatureForm(WordsForm):
    """Priorities: people rank what they want most."""

    choices = forms.CharField(
        label=gettext_lazy("Options, one a line"),
        help_text=gettext_lazy("Two to eleven. People put them in their order."),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def options(self) -> list[OptionText]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines()]
        kept = [line for line in lines if line][: policy.OPTIONS_MOST + 1]
        return [
            OptionText(letter, line[:120])
            for letter, line in zip(LETTERS + "m", kept, strict=False)
        ]


class ParameterForm(WordsForm):
    """A change of one of the declared parameters."""

    parameter = forms.ChoiceField(label=gettext_lazy("Parameter"))
    target = forms.CharField(
        label=gettext_lazy("Of what"),
        max_length=60,
        help_text=gettext_lazy(
            "A market such as BTC_USDT, or an asset on a network such as USDT on ERC20."
        ),
    )
    value = forms.CharField(label=gettext_lazy("New value"), max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parameter"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.key, each.label) for each in parameters.declared()]

    def change(self) -> ParameterChange:
        return ParameterChange(
            self.cleaned_data["parameter"],
            self.cleaned_data["target"].strip(),
            self.cleaned_data["value"].strip(),
        )


FORMS: dict[str, type[WordsForm]] = {
    Kind.FEATURE: FeatureForm,
    Kind.PARAMETER: ParameterForm,
    Kind.GRANT: GrantForm,
}


@customer_page
def start(request: HttpRequest) -> HttpResponseBase:
    """What can be proposed, what it takes, and whether this account may now."""
    customer = user_of(request).customer
    refusal = ""
    try:
        submit.refuse_proposer(customer.pk)
    except Refused as refused:
        refusal = str(refused)
    context = {
        "tab": "votes",
        "kinds": [(kind, Kind(kind).label) for kind in FORMS],
        "refusal": refusal,
        "least": plain(policy.PROPOSE_LEAST),
    }
    return render(request, "launchpad/governance/propose.html", context)


@customer_page
def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            submit.hand_in(
                customer_id=user_of(request).customer.pk,
                kind=kind,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                options=form.options(),
                change=form.change(),
                grant=form.grant(),
                actor=actor_of(request),
            )
        except Refused as refused:
            _take(form, refused)
        else:
            messages.success(request, _("Handed in. Our staff read it and publish it or write."))
            return redirect("votes")
    return _form_page(request, form, kind)


@customer_page
def again(request: HttpRequest, number: int) -> HttpResponseBase:
    """One's own proposal: its review, and the form when it was returned."""
    proposal = _mine(request, number)
    if proposal.state != State.DRAFT:
        if proposal.published_at is not None:
            return redirect("vote", number)
        word, tone = shown.badge(proposal)
        context = {"tab": "votes", "proposal": proposal, "word": word, "tone": tone}
        return render(request, "launchpad/governance/mine.html", context)
    initial = {
        "title": proposal.title,
        "text": proposal.text,
        "parameter": proposal.parameter,
        "target": proposal.parameter_target,
        "value": proposal.parameter_value,
        "grant_amount": plain(proposal.grant_amount) if proposal.grant_amount else "",
        "choices": "\n".join(option.title for option in proposal.options.all()),
    }
    form = FORMS[proposal.kind](request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            submit.hand_in_again(
                proposal_id=proposal.pk,
                customer_id=user_of(request).customer.pk,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                options=form.options(),
                change=form.change(),
                grant=form.grant(),
                actor=actor_of(request),
            )
        except Refused as refused:
            _take(form, refused)
        else:
            messages.success(request, _("Handed in again."))
            return redirect("votes")
    return _form_page(request, form, proposal.kind, proposal)


@action
def take_back(request: HttpRequest, number: int) -> HttpResponseBase:
    proposal = _mine(request, number)
    try:
        review.withdraw(
            proposal_id=proposal.pk,
            actor=actor_of(request),
            reason="the proposer took it back",
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Your proposal is withdrawn."))
    return redirect("votes")


def _mine(request: HttpRequest, number: int) -> VoteProposal:
    customer = getattr(user_of(request), "customer", None)
    proposal = VoteProposal.objects.filter(pk=number, proposer=customer).first()
    if customer is None or proposal is None:
        raise Http404
    return proposal


def _take(form: Form, refused: Refused) -> None:
    if refused.field == "options" and "choices" in form.fields:
        refused.field = "choices"
    form.take(refused)


def _form_page(
    request: HttpRequest, form: WordsForm, kind: str, returned: VoteProposal | None = None
) -> HttpResponseBase:
    context = {
        "tab": "votes",
        "form": form,
        "kind": Kind(kind).label,
        "returned": returned,
        "abouts": [(each.label, each.about) for each in parameters.declared()]
        if kind == Kind.PARAMETER
        else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "launchpad/governance/propose_form.html", context, status=status)
