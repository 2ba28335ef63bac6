"""Where somebody stands: their level, what it allows, what is missing, and what comes next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from compliance.identity import apply, jurisdictions, queries, requirements, submit
from compliance.identity.models import Application, Identity
from compliance.identity.web import forms, mine
from compliance.identity.words import Level, Product, Refusal
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.pages import action, customer_page

SHOWN = (Product.DEPOSIT, Product.WITHDRAWAL, Product.SPOT, Product.TRANSFER)


@customer_page
def show(request: HttpRequest) -> HttpResponse:
    """The status page."""
    owner_id = mine.customer_id(request)
    standing = queries.standing_of(owner_id)
    row = mine.open_application(request)
    context: dict[str, Any] = {
        "level": Level(standing.tier),
        "country": jurisdictions.name_of(standing.country),
        "limits": queries.limits_of(owner_id),
        "products": [
            (Product(product).label, queries.may_standing(standing, product)) for product in SHOWN
        ],
        "identity": Identity.objects.filter(customer_id=owner_id).first(),
        "last": _last_refusal(owner_id) if row is None else None,
        "check_url": _waiting_url(row),
        **(mine.progress(row) if row is not None else {}),
    }
    return render(request, "compliance/identity/status.html", context)


@customer_page
def start(request: HttpRequest) -> HttpResponse:
    """Person or company, and which level."""
    row = mine.open_application(request)
    if row is not None and row.state != Application.State.DRAFT:
        return redirect("identity")
    initial = {"kind": row.kind, "tier": row.tier} if row is not None else {}
    form = forms.Start(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            made = apply.start(
                customer_id=mine.customer_id(request), actor=actor_of(request), **form.cleaned_data
            )
        except Refused as refused:
            form.take(refused)
        else:
            return redirect(mine.after(made, ""))
    return render(request, "compliance/identity/start.html", {"form": form})


@customer_page
def send(request: HttpRequest) -> HttpResponse:
    """Everything once more, then hand it in."""
    row = mine.editable(request)
    if row is None:
        return redirect("identity")
    error = ""
    if request.method == "POST":
        try:
            submit.submit(
                application_id=row.pk,
                confirmed=request.POST.get("confirmed") == "on",
                actor=actor_of(request),
            )
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, _("Sent. You get a letter as soon as somebody looked at it."))
            return redirect("identity")
    context = {
        **mine.progress(row, requirements.SUBMIT),
        "error": error,
        "summary": _summary(row),
    }
    return render(request, "compliance/identity/send.html", context, status=422 if error else 200)


@action
def withdraw(request: HttpRequest) -> HttpResponse:
    row = mine.open_application(request) if hasattr(request.user, "customer") else None
    if row is not None:
        try:
            apply.withdraw(application_id=row.pk, actor=actor_of(request))
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Your application is withdrawn."))
    return redirect("identity")


def _waiting_url(row: Application | None) -> str:
    """The page of a provider where the customer still has something to do."""
    if row is None or row.state != Application.State.SUBMITTED:
        return ""
    found = row.checks.filter(state="asked").exclude(url="").order_by("-id").first()
    return found.url if found is not None else ""


def _last_refusal(owner_id: int) -> str | None:
    latest = Application.objects.filter(customer_id=owner_id).order_by("-id").first()
    if latest is None or latest.state != Application.State.REFUSED:
        return None
    decision = latest.decisions.filter(verb="refuse").order_by("-id").first()
    return str(Refusal(decision.code).label) if decision is not None else ""


def _summary(row: Application) -> list[tuple[str, Any]]:
    return [
        (_("Name"), row.full_name),
        (_("Born") if not row.is_company else _("Incorporated"), row.birth_date),
        (_("Country"), jurisdictions.name_of(row.country)),
        (_("Address"), ", ".join(filter(None, (row.street, row.postal_code, row.city)))),
        (_("Level"), row.get_tier_display()),
        (_("Documents"), row.documents.filter(state="kept").count()),
    ]
