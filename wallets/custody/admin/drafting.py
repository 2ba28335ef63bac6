"""Staff screens: draft a payment out of cold storage, hand in what a cosigner signed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.assets.models import AssetNetwork
from exchange.core import money
from exchange.core.errors import NotFound, Refused
from exchange.portal import columns
from exchange.portal.desks import TREASURY, page
from exchange.portal.forms import Form
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains.interface import ChainUnavailable
from wallets.custody import psbt
from wallets.custody.cold import draft, gather, hand_in, terms
from wallets.custody.models import ColdPayment


class DraftForm(Form):
    """What is to be paid from where. The wallet and the asset are chosen together."""

    source = forms.ChoiceField(label=gettext_lazy("From"))
    address = forms.CharField(
        label=gettext_lazy("To"),
        max_length=128,
        required=False,
        help_text=gettext_lazy(
            "Empty: the hot wallet of the same network. To an address that is none of our wallets' "
            "a colleague has to approve it first."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = sources()


class HandInForm(Form):
    """A file, or the text of one."""

    file = forms.FileField(
        label=gettext_lazy("Signed file"),
        required=False,
        help_text=gettext_lazy("A signed PSBT, or the signature of a Safe's owner."),
    )
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get("file")
        if not upload and not cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        if upload and upload.size > psbt.MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return cleaned

    @property
    def content(self) -> bytes:
        upload = self.cleaned_data["file"]
        return upload.read() if upload else self.cleaned_data["text"].strip().encode()


def sources() -> list[tuple[str, str]]:
    """Each cold wallet with each asset that it can hold."""
    rows = (
        AssetNetwork.objects.filter(
            network__key_sets__role=KeySet.Role.COLD,
            network__key_sets__scheme__in=draft.COLD_SCHEMES,
            network__key_sets__active=True,
        )
        .filter(deposit_enabled=True)
        .select_related("asset")
        .annotate(wallet=F("network__key_sets__name"), key_set=F("network__key_sets__pk"))
        .order_by("asset__rank", "wallet")
    )
    return [(f"{row.key_set}:{row.pk}", f"{row.wallet}: {row.asset.code}") for row in rows]


@page(
    desk=TREASURY,
    path="treasury/cold/draft/",
    name="cold_draft",
    label=gettext_lazy("Draft a cold payment"),
    says=gettext_lazy("Ask cosigners to move coins out of cold storage."),
    permission=draft.PERMISSION,
    order=9,
)
def draft_page(request: HttpRequest) -> HttpResponse:
    """Nothing moves by this: cosigners sign it on their own machines, or do not."""
    form = DraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _drafted(request, form.cleaned_data)
        except Refused as refused:
            form.take(refused)
        except ChainUnavailable:
            form.add_error(None, _("The network's node does not answer. Nothing was drafted."))
    return _form(request, form, gettext_lazy("Draft"), reverse("admin:treasury_board"))


def _drafted(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    key_set_id, _colon, asset_network_id = values["source"].partition(":")
    what = AssetNetwork.objects.select_related("network").get(pk=asset_network_id)
    key_set = KeySet.objects.select_related("network").get(pk=key_set_id)
    asked: dict[str, Any] = {
        "key_set_id": key_set.pk,
        "asset_network_id": what.pk,
        "address": values["address"].strip() or _hot_address(key_set),
        "amount": Decimal(
            money.parse(values["amount"].strip(), field="amount", precision=what.decimals)
        ),
        "terms": terms.current(key_set),
        "actor": actor_of(request),
        "reason": values["reason"],
    }
    try:
        made = draft.draft(**asked)
    except draft.NeedsSecondPerson:
        proposal = draft.propose_outside(**asked)
        messages.success(request, _("A colleague has to approve it first: it is proposed."))
        return HttpResponseRedirect(columns.admin_url(type(proposal), proposal.pk))
    gather.gather(payment_id=made.pk)
    messages.success(request, _("Drafted. Its cosigners have to sign it now."))
    return HttpResponseRedirect(columns.admin_url(ColdPayment, made.pk))


def _hot_address(cold: KeySet) -> str:
    """Raises NotFound on a network without a hot wallet."""
    hot = KeySet.objects.filter(network=cold.network, role=KeySet.Role.HOT, active=True).first()
    if hot is None:
        raise NotFound(_("This network has no hot wallet: give an address."), field="address")
    return issue.own_address(key_set_id=hot.pk).address


@page(
    desk=TREASURY,
    path="treasury/cold/<int:payment_id>/hand-in/",
    name="cold_hand_in",
    label=gettext_lazy("Hand in a signature"),
    permission=hand_in.PERMISSION,
    in_menu=False,
)
def hand_in_page(request: HttpRequest, payment_id: int) -> HttpResponse:
    """Whose signature it is says the file itself; a wrong one changes nothing."""
    row = ColdPayment.objects.filter(pk=payment_id).first()
    if row is None:
        raise Http404(str(payment_id))
    back = columns.admin_url(ColdPayment, payment_id)
    form = HandInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            fresh = hand_in.hand_in(
                payment_id=payment_id, content=form.content, actor=actor_of(request)
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Signed by %(who)s.") % {"who": ", ".join(fresh)})
            return HttpResponseRedirect(back)
    return _form(request, form, gettext_lazy("Hand in"), back)


def _form(request: HttpRequest, form: Form, button: Any, back: str) -> HttpResponse:
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": button,
        "back": back,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "wallets/custody/form.html", context, status=status)
