"""What every page about one's identity needs: whose it is, and how far it has come."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.identity import decide, requirements
from compliance.identity.models import Application
from exchange.portal.pages import user_of

State = Application.State


def customer_id(request: HttpRequest) -> int:
    return int(user_of(request).customer.pk)


def open_application(request: HttpRequest) -> Application | None:
    """The one in work, if there is one."""
    return Application.objects.filter(
        customer_id=customer_id(request), state__in=Application.OPEN
    ).first()


def editable(request: HttpRequest) -> Application | None:
    row = open_application(request)
    return row if row is not None and row.state in (State.DRAFT, State.ASKED) else None


def address_of(key: str) -> str:
    if key == requirements.DOCUMENTS:
        return reverse("identity-documents")
    if key == requirements.SUBMIT:
        return reverse("identity-send")
    return reverse("identity-step", args=[key])


def progress(row: Application, current: str = "") -> dict[str, Any]:
    """The steps with their marks, for every page; `next` is where to go on from the current."""
    steps = requirements.steps_of(row)
    shown = [
        {
            "key": step.key,
            "title": step.title,
            "url": address_of(step.key),
            "done": step.done,
            "missing": step.missing,
            "current": step.key == current,
        }
        for step in steps
    ]
    shown.append(
        {
            "key": requirements.SUBMIT,
            "title": _("Check and send"),
            "url": address_of(requirements.SUBMIT),
            "done": False,
            "missing": (),
            "current": current == requirements.SUBMIT,
        }
    )
    done = sum(step.done for step in steps)
    return {
        "application": row,
        "steps": shown,
        "done": done,
        "of": len(steps),
        "whole": done == len(steps),
        "asked": decide.told_customer(row) if row.state == State.ASKED else "",
        "refusal": requirements.refusal(row),
        "editable": row.state in (State.DRAFT, State.ASKED),
        "missing_here": next((s["missing"] for s in shown if s["key"] == current), ()),
    }


def after(row: Application, current: str) -> str:
    """Where to go on: the next step that lacks something, else checking and sending."""
    steps = requirements.steps_of(row)
    keys = [step.key for step in steps]
    start = keys.index(current) + 1 if current in keys else 0
    for step in (*steps[start:], *steps[:start]):
        if not step.done and step.key != current:
            return address_of(step.key)
    return address_of(requirements.SUBMIT if all(s.done for s in steps) else current)
