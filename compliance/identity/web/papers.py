"""The step of documents: which one is shown, and pictures of everything that is wanted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from compliance.identity import apply, documents, requirements
from compliance.identity.models import Application, Document
from compliance.identity.web import forms, mine
from compliance.identity.words import TWO_SIDED, Kind, Level, Paper
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.core.foreign import whole_of
from exchange.portal.pages import action, customer_page
from exchange.portal.uploads import uploading


@customer_page
def show(request: HttpRequest) -> HttpResponse:
    """Details of the document, and a place for each picture."""
    row = mine.editable(request)
    if row is None:
        return redirect("identity")
    form = None
    if row.kind == Kind.PERSON:
        initial: dict[str, Any] = {
            name: getattr(row, name) for name in ("id_kind", "id_country", "id_expires_on")
        }
        initial["id_number"], initial["mrz"] = (
            apply.opened(row, "id_number"),
            apply.opened(row, "mrz"),
        )
        form = forms.PaperDetails(request.POST or None, initial=initial)
        if form.is_valid():
            try:
                apply.save(application_id=row.pk, values=form.cleaned_data, actor=actor_of(request))
            except Refused as refused:
                form.take(refused)
            else:
                if "later" in request.POST:
                    return redirect("identity")
                row.refresh_from_db()
                return redirect(mine.after(row, requirements.DOCUMENTS))
    context = {
        **mine.progress(row, requirements.DOCUMENTS),
        "form": form,
        "slots": _slots(row),
        "most_mb": documents.MOST_BYTES // (1024 * 1024),
        "next_url": mine.after(row, requirements.DOCUMENTS),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "compliance/identity/documents.html", context, status=status)


def _too_large(request: HttpRequest) -> HttpResponse:
    messages.error(request, str(documents.WHY["size"]))
    return redirect("identity-documents")


@uploading(most=documents.MOST_BYTES, too_large=_too_large)
@action
def upload(request: HttpRequest) -> HttpResponse:
    """One picture. Too large a body is refused before it is read."""
    row = mine.editable(request) if hasattr(request.user, "customer") else None
    if row is None:
        return redirect("identity")
    sent = request.FILES.get("file")
    person = request.POST.get("person", "")
    if sent is None:
        messages.error(request, _("Choose a file or take a photo first."))
        return redirect("identity-documents")
    try:
        documents.upload(
            application_id=row.pk,
            kind=request.POST.get("kind", ""),
            side=request.POST.get("side", ""),
            owner_id=whole_of(person),
            content=sent.read(documents.MOST_BYTES + 1),
            actor=actor_of(request),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The picture is there. Look whether it can be read."))
    return redirect("identity-documents")


@customer_page
def page(request: HttpRequest, document_id: int, number: int) -> HttpResponse:
    """One's own picture, as we keep it."""
    try:
        opened = documents.open_page(
            document_id=document_id, number=number, actor=actor_of(request)
        )
    except Refused as refused:
        raise Http404 from refused
    return HttpResponse(opened.jpeg, content_type="image/jpeg")


def _slots(row: Application) -> list[dict[str, Any]]:
    """A place for each picture that is wanted, with what is there."""
    wanted: list[tuple[str, str, str, Any]] = []
    if row.kind == Kind.PERSON:
        kind = row.id_kind or Paper.PASSPORT
        label = Paper(kind).label
        if kind in TWO_SIDED:
            wanted.append((kind, "front", _("%(what)s, front") % {"what": label}, None))
            wanted.append((kind, "back", _("%(what)s, back") % {"what": label}, None))
        else:
            wanted.append(
                (kind, "", _("%(what)s, the page with your photo") % {"what": label}, None)
            )
        wanted.append((Paper.SELFIE, "", str(Paper.SELFIE.label), None))
        if row.tier >= Level.FULL:
            wanted.append((Paper.ADDRESS, "", str(Paper.ADDRESS.label), None))
        if row.tier >= Level.ENHANCED:
            wanted.append((Paper.FUNDS, "", str(Paper.FUNDS.label), None))
    else:
        for paper in (Paper.INCORPORATION, Paper.REGISTER, Paper.OWNERSHIP):
            wanted.append((paper, "", str(paper.label), None))
        for owner in row.owners.exclude(kind=Kind.COMPANY).order_by("id")[:25]:
            if owner.percent >= requirements.OWNER_PERCENT or owner.role != "owner":
                says = _("Passport of %(name)s") % {"name": owner.full_name}
                wanted.append((Paper.PASSPORT, "", says, owner.pk))
    kept = {
        (d.kind, d.side, d.owner_id): d
        for d in row.documents.filter(state=Document.State.KEPT).order_by("id")
    }
    return [
        {
            "kind": str(kind),
            "side": side,
            "says": says,
            "person": person or "",
            "help": _help(kind),
            "document": kept.get((str(kind), side, person)),
        }
        for kind, side, says, person in wanted
    ]


def _help(kind: str) -> str:
    return {
        Paper.SELFIE: _("Your face from the front, in good light, without glasses or a hat."),
        Paper.ADDRESS: _("A bill or a bank statement with your name, from the last 3 months."),
        Paper.FUNDS: _("A pay slip, a tax return or a contract of sale."),
    }.get(Paper(kind), _("All four corners in the picture, and nothing blurred."))
