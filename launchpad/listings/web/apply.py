"""A project's own pages: begin, the parts of the form, documents, handing in, where it stands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import jurisdictions, sealing
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.foreign import whole_of
from exchange.portal.pages import action, customer_page, user_of
from exchange.portal.uploads import uploading
from launchpad.listings import apply, missing, papers, queries
from launchpad.listings.models import Listing, ListingDocument
from launchpad.listings.states import EDITABLE, IN_WORK, PUBLIC, Stage
from launchpad.listings.web import forms
from launchpad.listings.words import WANTED, Paper

TITLES = {
    "token": gettext_lazy("The token"),
    "company": gettext_lazy("Who is behind it"),
    "team": gettext_lazy("The team"),
    "papers": gettext_lazy("Documents"),
}
ADDRESSES = {part: f"listing-{part}" for part in missing.PARTS}


@customer_page
def start(request: HttpRequest) -> HttpResponse:
    """What a project has to know before it begins, its own applications, and the first question."""
    customer_id = user_of(request).customer.pk
    form = forms.Start(request.POST or None)
    if form.is_valid():
        try:
            made = apply.start(
                customer_id=customer_id, actor=actor_of(request), **form.cleaned_data
            )
        except Refused as refused:
            form.take(refused)
        else:
            return redirect("listing-token", made.pk)
    context = {"tab": "listings", "form": form, "mine": queries.of_customer(customer_id)}
    status = 422 if form.errors else 200
    return render(request, "launchpad/listings/start.html", context, status=status)


@customer_page
def status(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Where it stands: what is missing, what happens next, and what happened."""
    listing = _mine(request, listing_id)
    context = {
        **_frame(listing),
        "next": missing.next_words(listing),
        "events": queries.told(listing),
        "documents": queries.kept(listing),
        "can_withdraw": listing.stage in (*EDITABLE, *IN_WORK),
        "can_upload": listing.stage in IN_WORK,
        "is_public": listing.stage in PUBLIC,
    }
    return render(request, "launchpad/listings/status.html", context)


@customer_page
def token(request: HttpRequest, listing_id: int) -> HttpResponse:
    return _part(request, listing_id, "token", forms.Token)


@customer_page
def company(request: HttpRequest, listing_id: int) -> HttpResponse:
    return _part(request, listing_id, "company", forms.Company)


@customer_page
def team(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Everybody with a role, one after the other."""
    listing = _mine(request, listing_id)
    if listing.stage not in EDITABLE:
        return redirect("listing-mine", listing.pk)
    if request.method == "POST" and "remove" in request.POST:
        number = request.POST["remove"]
        try:
            apply.remove_member(
                listing_id=listing.pk,
                member_id=whole_of(number) or 0,
                actor=actor_of(request),
            )
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("listing-team", listing.pk)
    form = forms.Member(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            apply.add_member(
                listing_id=listing.pk,
                actor=actor_of(request),
                **{**values, "owns_percent": values["owns_percent"] or 0},
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("%(who)s is on the list.") % {"who": values["name"]})
            return redirect("listing-team", listing.pk)
    people = [
        (member, jurisdictions.name_of(member.country)) for member in listing.team.order_by("id")
    ]
    context = {**_frame(listing, "team"), "form": form, "people": people}
    code = 422 if form.errors else 200
    return render(request, "launchpad/listings/team.html", context, status=code)


@customer_page
def papers_page(request: HttpRequest, listing_id: int) -> HttpResponse:
    listing = _mine(request, listing_id)
    if listing.stage not in papers.TAKES:
        return redirect("listing-mine", listing.pk)
    context = {
        **_frame(listing, "papers"),
        "slots": _slots(listing),
        "most_mb": papers.sealing.MOST_BYTES // (1024 * 1024),
    }
    return render(request, "launchpad/listings/papers.html", context)


def _too_large(request: HttpRequest, listing_id: int) -> HttpResponse:
    messages.error(request, str(sealing.WHY["size"]))
    return redirect("listing-papers", listing_id)


@uploading(most=sealing.MOST_BYTES, too_large=_too_large)
@action
def upload(request: HttpRequest, listing_id: int) -> HttpResponse:
    sent = request.FILES.get("file")
    if sent is None:
        messages.error(request, _("Choose a file first."))
        return redirect("listing-papers", listing_id)
    try:
        papers.upload(
            listing_id=listing_id,
            kind=request.POST.get("kind", ""),
            content=sent.read(sealing.MOST_BYTES + 1),
            actor=actor_of(request),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is there."))
    return redirect("listing-papers", listing_id)


@customer_page
def page(request: HttpRequest, document_id: int, number: int) -> HttpResponse:
    """One's own document, as we keep it."""
    try:
        opened = papers.open_page(document_id=document_id, number=number, actor=actor_of(request))
    except Refused as refused:
        raise Http404 from refused
    return HttpResponse(opened.jpeg, content_type="image/jpeg")


@customer_page
def send(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Everything once more, then hand it in."""
    listing = _mine(request, listing_id)
    if listing.stage not in EDITABLE:
        return redirect("listing-mine", listing.pk)
    error = ""
    if request.method == "POST":
        try:
            apply.submit(
                listing_id=listing.pk,
                confirmed=request.POST.get("confirmed") == "on",
                actor=actor_of(request),
            )
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, _("Handed in. You get a letter at every step."))
            return redirect("listing-mine", listing.pk)
    context = {**_frame(listing, "send"), "error": error, "summary": _summary(listing)}
    return render(request, "launchpad/listings/send.html", context, status=422 if error else 200)


@action
def withdraw(request: HttpRequest, listing_id: int) -> HttpResponse:
    try:
        apply.withdraw(listing_id=listing_id, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Your application is withdrawn."))
    return redirect("listing-apply")


def _mine(request: HttpRequest, listing_id: int) -> Listing:
    """The project's own; anybody else's does not exist."""
    listing = (
        Listing.objects.select_related("network")
        .filter(pk=listing_id, customer=user_of(request).customer)
        .first()
    )
    if listing is None:
        raise Http404(str(listing_id))
    return listing


def _part(
    request: HttpRequest, listing_id: int, part: str, form_class: type[forms.Form]
) -> HttpResponse:
    listing = _mine(request, listing_id)
    if listing.stage not in EDITABLE:
        return redirect("listing-mine", listing.pk)
    form = form_class(request.POST or None, initial=_initial(listing, form_class))
    if form.is_valid():
        try:
            apply.save(listing_id=listing.pk, values=form.cleaned_data, actor=actor_of(request))
        except Refused as refused:
            form.take(refused)
        else:
            if "later" in request.POST:
                messages.success(request, _("Kept. Go on whenever you like."))
                return redirect("listing-mine", listing.pk)
            return redirect(_after(part), listing.pk)
    context = {**_frame(listing, part), "form": form, "title": TITLES[part]}
    code = 422 if form.errors else 200
    return render(request, "launchpad/listings/part.html", context, status=code)


def _initial(listing: Listing, form_class: type[forms.Form]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in form_class.base_fields:  # type: ignore[attr-defined]
        if name == "network":
            found[name] = listing.network.code if listing.network else ""
        elif name == "supply":
            found[name] = f"{listing.supply.normalize():f}" if listing.supply else ""
        else:
            found[name] = getattr(listing, name)
    return found


def _after(part: str) -> str:
    order = [*missing.PARTS]
    place = order.index(part) + 1
    return ADDRESSES[order[place]] if place < len(order) else "listing-send"


def _frame(listing: Listing, current: str = "") -> dict[str, Any]:
    """The parts with their marks, for every page."""
    lacks = missing.of(listing) if listing.stage in EDITABLE else []
    short = {lack.part for lack in lacks}
    return {
        "tab": "listings",
        "listing": listing,
        "editable": listing.stage in EDITABLE,
        "lacks": [(ADDRESSES[lack.part], lack.says) for lack in lacks],
        "parts": [
            {
                "title": TITLES[part],
                "address": ADDRESSES[part],
                "done": part not in short,
                "current": part == current,
            }
            for part in missing.PARTS
        ],
        "whole": not lacks,
        "refused": listing.stage in (Stage.REFUSED, Stage.WITHDRAWN),
    }


def _slots(listing: Listing) -> list[dict[str, Any]]:
    """A place for each document, the wanted ones first, with what is there."""
    kept: dict[str, list[ListingDocument]] = {}
    for document in queries.kept(listing):
        kept.setdefault(document.kind, []).append(document)
    wanted = WANTED[listing.asset_class]
    order = [*wanted, *(paper for paper in Paper if paper not in wanted)]
    return [
        {
            "kind": str(paper.value),
            "says": paper.label,
            "wanted": paper in wanted,
            "documents": kept.get(paper, []),
        }
        for paper in order
        if paper in wanted or paper in kept or paper in (Paper.AUDIT, Paper.LOCKS, Paper.OTHER)
    ]


def _summary(listing: Listing) -> list[tuple[str, Any]]:
    return [
        (_("Token"), f"{listing.name} ({listing.code})"),
        (_("Network"), listing.network),
        (_("Contract"), listing.contract),
        (_("Company"), listing.company),
        (_("Registered in"), jurisdictions.name_of(listing.company_country)),
        (_("People"), listing.team.count()),
        (_("Documents"), len(queries.kept(listing))),
    ]
