"""The steps that are forms: about, people, offices, money. What is given is kept at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from compliance.identity import apply, requirements
from compliance.identity.models import Application
from compliance.identity.web import forms, mine
from compliance.identity.words import Kind
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.forms import Form
from exchange.portal.pages import action, customer_page


@customer_page
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One step."""
    row = mine.editable(request)
    if row is None:
        return redirect("identity")
    if key == requirements.PEOPLE and row.kind == Kind.COMPANY:
        context = {**mine.progress(row, key), "owners": row.owners.order_by("id")}
        return render(request, "compliance/identity/people.html", context)
    if key == requirements.OFFICES:
        return _offices(request, row)
    if key not in (requirements.ABOUT, requirements.MONEY):
        raise Http404(key)
    form_class = forms.about(row) if key == requirements.ABOUT else forms.Money
    form = form_class(request.POST or None, initial=_initial(row, form_class))
    if form.is_valid() and _saved(request, row, form):
        return _onwards(request, row, key)
    return _page(request, row, key, form)


@customer_page
def person(request: HttpRequest, owner_id: int | None = None) -> HttpResponse:
    """Somebody behind the company."""
    row = mine.editable(request)
    if row is None or row.kind != Kind.COMPANY:
        return redirect("identity")
    owner = row.owners.filter(pk=owner_id).first() if owner_id else None
    if owner_id and owner is None:
        raise Http404
    initial = {name: getattr(owner, name) for name in forms.Person.base_fields} if owner else {}
    form = forms.Person(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            apply.keep_owner(
                application_id=row.pk,
                owner_id=owner_id,
                values=form.cleaned_data,
                actor=actor_of(request),
            )
        except Refused as refused:
            form.take(refused)
        else:
            return redirect("identity-step", key=requirements.PEOPLE)
    return _page(request, row, requirements.PEOPLE, form)


@action
def remove(request: HttpRequest, owner_id: int) -> HttpResponse:
    row = mine.editable(request) if hasattr(request.user, "customer") else None
    if row is not None:
        try:
            apply.remove_owner(application_id=row.pk, owner_id=owner_id, actor=actor_of(request))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("identity-step", key=requirements.PEOPLE)


def _offices(request: HttpRequest, row: Application) -> HttpResponse:
    """One question for a person; one for each person behind a company, one at a time."""
    people: list[Any] = [None]
    if row.kind == Kind.COMPANY:
        people = list(row.owners.exclude(kind=Kind.COMPANY).order_by("id"))
        if not people:
            return redirect("identity-step", key=requirements.PEOPLE)
    said = {d.owner_id: d for d in row.declarations.all()}
    wanted = request.GET.get("person", "")
    about = next((p for p in people if p is not None and str(p.pk) == wanted), None) or next(
        (p for p in people if (p.pk if p else None) not in said), people[0]
    )
    owner_id = about.pk if about is not None else None
    before = said.get(owner_id)
    initial = (
        {n: getattr(before, n) for n in forms.PublicOffice.base_fields}
        if before is not None
        else {}
    )
    form = forms.PublicOffice(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            apply.declare(
                application_id=row.pk,
                owner_id=owner_id,
                actor=actor_of(request),
                **form.cleaned_data,
            )
        except Refused as refused:
            form.take(refused)
        else:
            left = [p for p in people if p is not None and p.pk != owner_id and p.pk not in said]
            if left and "later" not in request.POST:
                return redirect("identity-step", key=requirements.OFFICES)
            return _onwards(request, row, requirements.OFFICES)
    more = {"person": about, "people": [p for p in people if p is not None], "said": set(said)}
    return _page(request, row, requirements.OFFICES, form, **more)


def _initial(row: Application, form_class: type[Form]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form_class.base_fields}


def _saved(request: HttpRequest, row: Application, form: Form) -> bool:
    """Did the verb accept it? Its refusal stands beside the field."""
    try:
        apply.save(application_id=row.pk, values=form.cleaned_data, actor=actor_of(request))
    except Refused as refused:
        form.take(refused)
        return False
    return True


def _onwards(request: HttpRequest, row: Application, key: str) -> HttpResponse:
    if "later" in request.POST:
        return redirect("identity")
    row.refresh_from_db()
    return redirect(mine.after(row, key))


def _page(
    request: HttpRequest, row: Application, key: str, form: Form, **more: Any
) -> HttpResponse:
    context = {**mine.progress(row, key), "form": form, "key": key, **more}
    status = 422 if form.errors else 200
    return render(request, "compliance/identity/step.html", context, status=status)
