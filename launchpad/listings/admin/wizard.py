"""A standard token's short road: name its contract, read what the chain says, look over what was
filled in, and ask one colleague. Two pages: the first takes a line, the second everything else.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.assets.models import Asset, Network
from exchange.core import clock
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.listings import checklist, checks, rapid, road, schedule, terms
from launchpad.listings.admin import acts, tables
from launchpad.listings.admin.forms import moment, number
from launchpad.listings.models import ChainCheck, Listing
from launchpad.listings.states import AssetClass, Stage
from launchpad.listings.words import WORK
from wallets.chains import nodes

L = gettext_lazy
TERM_FIELDS = tuple(terms.Terms.__dataclass_fields__)
DIGITS = ("precision", "price_precision", "size_precision")


class Begin(forms.Form):
    network = forms.ChoiceField(label=L("Network"), choices=lambda: _networks())
    contract = forms.CharField(
        label=L("Contract"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=L("Copied from the issuer's own page. Its code and numbers are read from it."),
    )
    free = forms.BooleanField(
        label=L("Nobody close to me and I myself hold it, work for it or get paid by it")
    )
    accounts = forms.CharField(
        label=L("E-mails of accounts here that are mine or of those close to me"),
        required=False,
        max_length=500,
    )


class Whole(forms.Form):
    """Everything else, filled in as far as it can be."""

    name = forms.CharField(label=L("Name"), max_length=100)
    code = forms.CharField(label=L("Code"), max_length=12)
    quote = forms.ChoiceField(label=L("Quoted in"), choices=[(c, c) for c in schedule.QUOTES])
    price = number(L("Price now"), help_text=L("Elsewhere, in the quote. The rest follows."))
    deposits_at = moment(L("Deposits open (UTC)"))
    trading_at = moment(L("Trading opens (UTC)"))
    withdrawals_at = moment(L("Withdrawals open (UTC)"))
    insiders_hours = forms.IntegerField(
        label=L("Insiders wait, hours"), min_value=0, max_value=schedule.MOST_INSIDER_HOURS
    )
    reason = forms.CharField(
        label=L("Why, for the second person"), max_length=500, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        for name in TERM_FIELDS:
            if name == "reference_price":
                continue
            label = name.replace("_", " ").capitalize()
            self.fields[name] = (
                forms.IntegerField(label=label, min_value=0, max_value=18, required=False)
                if name in DIGITS
                else number(label, required=False)
            )
        for item in checklist.items_of(AssetClass.STANDARD):
            self.fields[f"score_{item.key}"] = forms.TypedChoiceField(
                label=item.title,
                coerce=int,
                choices=[(n, str(n)) for n in range(checklist.HIGHEST, -1, -1)],
                help_text=item.question,
                initial=3,
            )
            self.fields[f"shown_{item.key}"] = forms.CharField(label=_("Shown by"), max_length=500)

    def rows_of(self, names: Any) -> list[Any]:
        return [self[name] for name in names if name in self.fields]

    @property
    def about(self) -> list[Any]:
        return self.rows_of(("name", "code", "quote", "price"))

    @property
    def numbers(self) -> list[Any]:
        return self.rows_of(TERM_FIELDS)

    @property
    def dates(self) -> list[Any]:
        return self.rows_of((*schedule.DATES, "insiders_hours"))

    @property
    def judged(self) -> list[tuple[Any, Any]]:
        return [
            (self[f"score_{item.key}"], self[f"shown_{item.key}"])
            for item in checklist.items_of(AssetClass.STANDARD)
        ]


def _networks() -> list[tuple[str, str]]:
    """Those whose contracts we can read: EVM chains with a node."""
    codes = [code for code in nodes.configured() if nodes.node(code).family == "evm"]
    return list(Network.objects.filter(code__in=codes).order_by("name").values_list("code", "name"))


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/rapid/",
    name="listing-rapid",
    label=L("List a standard token"),
    says=L("For a token that trades widely elsewhere: one page, one colleague's approval."),
    permission=WORK,
    order=22,
)
def begin(request: HttpRequest) -> HttpResponse:
    """Name its contract; everything else is read."""
    form = Begin(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            listing = rapid.begin(
                network=values["network"],
                contract=values["contract"],
                accounts=values["accounts"],
                actor=actor_of(request),
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return HttpResponseRedirect(reverse("admin:listing-rapid-one", args=[listing.pk]))
    context = {**request.staff_context, "form": form}  # type: ignore[attr-defined]
    status = 422 if form.errors else 200
    return TemplateResponse(
        request, "admin/launchpad/listings/rapid_begin.html", context, status=status
    )


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/rapid/<int:listing_id>/",
    name="listing-rapid-one",
    label=L("List a standard token"),
    permission=WORK,
    in_menu=False,
)
def one(request: HttpRequest, listing_id: int) -> HttpResponse:
    """The rest of it. "Fill in" computes the numbers from the price; "Propose" asks a colleague."""
    listing = Listing.objects.filter(pk=listing_id, asset_class=AssetClass.STANDARD).first()
    if listing is None:
        raise Http404(str(listing_id))
    if listing.stage != Stage.CHECKS or acts.pending(listing) is not None:
        return HttpResponseRedirect(columns.admin_url(Listing, listing.pk))
    form = Whole(request.POST or None, initial=_initial(listing))
    if request.method == "POST" and "fill" in request.POST:
        form = _filled(request, listing, form)
    elif request.method == "POST" and form.is_valid():
        if _propose(request, listing, form):
            return HttpResponseRedirect(columns.admin_url(Listing, listing.pk))
    run = checks.newest(listing)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "title": _("List %(what)s") % {"what": listing},
        "listing": listing,
        "form": form,
        "run": run,
        "reading": listing.chain_checks.filter(state=ChainCheck.State.ASKED).exists(),
        "state_url": reverse("admin:listing-rapid-state", args=[listing.pk]),
        "chain": tables.chain(listing),
        "against": checks.bad(listing),
        "listing_url": columns.admin_url(Listing, listing.pk),
    }
    status = 422 if request.method == "POST" and "fill" not in request.POST else 200
    return TemplateResponse(request, "admin/launchpad/listings/rapid.html", context, status=status)


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/rapid/<int:listing_id>/state/",
    name="listing-rapid-state",
    label=L("List a standard token"),
    permission=WORK,
    in_menu=False,
)
def state(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Whether its contract is still being read: the page asks until it is not."""
    listing = road.found(listing_id)
    reading = listing.chain_checks.filter(state=ChainCheck.State.ASKED).exists()
    return JsonResponse({"reading": reading})


def _initial(listing: Listing) -> dict[str, Any]:
    """As it usually is: deposits in a quarter of an hour, trading the day after."""
    first = (clock.now() + timedelta(minutes=15)).replace(second=0, microsecond=0)
    run = checks.newest(listing)
    found = f"chain check at block {run.height}" if run is not None else ""
    return {
        "name": listing.name,
        "code": listing.code,
        "quote": schedule.QUOTES[0],
        "deposits_at": first,
        "trading_at": first + timedelta(days=1),
        "withdrawals_at": first + timedelta(days=1, hours=1),
        "insiders_hours": 24,
        "reason": _("A standard token; nothing in its contract speaks against it."),
        **{f"shown_{key}": found for key in ("contract_safety", "holders", "supply")},
    }


def _filled(request: HttpRequest, listing: Listing, form: Whole) -> Whole:
    """The same form with the numbers that follow from the price."""
    values = request.POST.copy()
    try:
        form.is_valid()
        quote = Asset.objects.filter(code=form.cleaned_data.get("quote")).first()
        price = form.cleaned_data.get("price")
        if quote is None or price is None:
            return form
        suggested = terms.suggest(price=price, decimals=listing.decimals or 18, quote=quote)
    except Refused as refused:
        form.add_error("price", str(refused))
        return form
    for name, value in suggested.as_json().items():
        values[name] = value
    fresh = Whole(values)
    fresh.is_valid()
    for name in list(fresh.errors):
        if name not in ("price", "quote"):
            del fresh.errors[name]  # they are not sent yet, only filled in
    return fresh


def _propose(request: HttpRequest, listing: Listing, form: Whole) -> bool:
    values = form.cleaned_data
    try:
        quote = Asset.objects.get(code=values["quote"])
        suggested = terms.suggest(
            price=Decimal(values["price"]), decimals=listing.decimals or 18, quote=quote
        )
        chosen = {
            name: values[name] if values.get(name) is not None else getattr(suggested, name)
            for name in TERM_FIELDS
            if name != "reference_price"
        }
        rapid.propose(
            listing_id=listing.pk,
            name=values["name"],
            code=values["code"],
            judged={
                item.key: rapid.Judgement(values[f"score_{item.key}"], values[f"shown_{item.key}"])
                for item in checklist.items_of(AssetClass.STANDARD)
            },
            dates=(values["deposits_at"], values["trading_at"], values["withdrawals_at"]),
            market_terms=terms.Terms(reference_price=suggested.reference_price, **chosen),
            quote=values["quote"],
            insiders_hours=values["insiders_hours"],
            reason=values["reason"],
            actor=actor_of(request),
        )
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    messages.success(request, _("Proposed: it is published when a colleague approves it."))
    return True
