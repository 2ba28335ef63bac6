"""A staff page: take a snapshot, fetch what cosigners sign, hand in what they signed."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.actions import ReasonForm, Report
from exchange.portal.desks import TREASURY, page
from wallets.reserves import ownership, snapshot
from wallets.reserves.models import Snapshot

MOST_BYTES = 900_000
REQUESTS = "requests"


class SignaturesForm(forms.Form):
    document = forms.CharField(
        label=gettext_lazy("What cosigners signed"),
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("The contents of the file that their tool wrote (JSON)."),
    )


@page(
    desk=TREASURY,
    path="reserves/work/",
    name="reserves-work",
    label=gettext_lazy("Take and prove"),
    says=gettext_lazy("Take a snapshot of reserves, and gather cosigners' proofs for it."),
    permission="wallets.prove_ownership",
    order=61,
)
def work(request: HttpRequest) -> HttpResponse:
    """Everything is about the newest snapshot that is ready."""
    ready = Snapshot.objects.filter(state=Snapshot.State.READY).order_by("-pk").first()
    if REQUESTS in request.GET:
        return _requests(ready)
    taking = ReasonForm(request.POST if "take" in request.POST else None, prefix="take")
    handing = SignaturesForm(request.POST if "hand_in" in request.POST else None, prefix="hand")
    if taking.is_bound and taking.is_valid():
        return _take(request, taking.cleaned_data["reason"])
    if handing.is_bound and handing.is_valid():
        return _hand_in(request, ready, handing.cleaned_data["document"])
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "ready": ready,
        "ready_url": columns.admin_url(Snapshot, ready.pk) if ready else "",
        "waiting": ownership.to_cosign(ready)["requests"] if ready else [],
        "taking": taking,
        "handing": handing,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "wallets/reserves/admin_work.html", context, status=status)


def _take(request: HttpRequest, reason: str) -> HttpResponse:
    try:
        made = snapshot.request(actor=actor_of(request), reason=reason)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:reserves-work"))
    return HttpResponseRedirect(columns.admin_url(Snapshot, made.pk))


def _requests(ready: Snapshot | None) -> HttpResponse:
    if ready is None:
        raise Http404("no snapshot is ready")
    response = JsonResponse(ownership.to_cosign(ready), json_dumps_params={"indent": 1})
    name = f"ownership-requests-{ready.name}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _hand_in(request: HttpRequest, ready: Snapshot | None, text: str) -> HttpResponse:
    back = HttpResponseRedirect(reverse("admin:reserves-work"))
    if ready is None:
        messages.error(request, _("No snapshot is ready for signatures."))
        return back
    try:
        document: Any = json.loads(text)
        told = ownership.hand_in(snapshot_id=ready.pk, document=document, actor=actor_of(request))
    except (ValueError, RecursionError):
        messages.error(request, _("This is not JSON."))
        return back
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back
    done = [(label, _("is proved")) for label in told.proved]
    Report(done=[*done, *told.waiting], skipped=told.refused).tell(request)
    return back
