"""The signer's staff page: what it says of itself, the stop, and operators' signatures to go on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.actions import ReasonForm
from exchange.portal.desks import TREASURY, page
from exchange.portal.tables import Head, Table
from wallets.sending import signer
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.signing import freeze, thaw


@page(
    desk=TREASURY,
    path="signer/",
    name="signer",
    label=gettext_lazy("Signer"),
    says=gettext_lazy("What holds the keys: frozen or not, its limits, and what of them is used."),
    permission="wallets.view_thawapproval",
    order=8,
)
def signer_page(request: HttpRequest) -> HttpResponse:
    """What the signer itself says. When it does not answer, nothing else is guessed."""
    form = ReasonForm(request.POST if "freeze" in request.POST else None)
    if request.method == "POST":
        if "operator" in request.POST:
            return _handed_in(request)
        if form.is_valid():
            return _frozen(request, form.cleaned_data["reason"])
    actor = actor_of(request)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "may_freeze": actor.may(freeze.PERMISSION),
        "may_thaw": actor.may(thaw.PERMISSION),
        **_told(),
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "wallets/signing/signer.html", context, status=status)


def _told() -> dict[str, Any]:
    try:
        status = signer.status()
        asked = signer.thaw_contents() if status["frozen"] else None
    except (SignerUnavailable, SignerRefused) as error:
        return {"silent": str(error)}
    told: dict[str, Any] = {"status": status, "limits": _limits(status["keys"])}
    if status["frozen_at"]:
        told["frozen_at"] = datetime.fromtimestamp(status["frozen_at"] // 1000, UTC)
    if asked is not None:
        told |= {
            "approval_contents": asked.text,
            "approvals_needed": asked.approvals_needed,
            "approvals_given": [row.operator for row in thaw.given(asked.text)],
            "approval_url": reverse("admin:signer"),
        }
    return told


def _limits(keys: dict[str, Any]) -> Table:
    """Hot keys only: deposit keys pay nobody but us."""
    rows = [
        (name, asset, *_amounts(row))
        for name, key in sorted(keys.items())
        if key["role"] == "hot"
        for asset, row in sorted(key["assets"].items())
    ]
    return Table(
        title=_("Paid in 24 hours"),
        heads=(
            Head(_("Wallet")),
            Head(_("Asset")),
            Head(_("Paid"), numeric=True),
            Head(_("Limit"), numeric=True),
            Head(_("Unattended"), numeric=True),
            Head(_("Limit, unattended"), numeric=True),
        ),
        rows=rows,
        empty=_("The policy names no hot key."),
        note=_("What a thief of this whole site could take in a day is what goes unattended."),
    )


def _amounts(row: dict[str, Any]) -> list[Any]:
    paid, most, alone, alone_most = (
        columns.amount_text(Decimal(row[field]).scaleb(-row["decimals"]))
        for field in ("used", "per_day", "used_unattended", "unattended_per_day")
    )
    worn = int(row["used_unattended"]) * 10 >= int(row["unattended_per_day"]) * 9
    return [paid, most, columns.badge("watch", alone) if worn else alone, alone_most]


def _frozen(request: HttpRequest, reason: str) -> HttpResponse:
    try:
        freeze.freeze(actor=actor_of(request), reason=reason)
    except (Refused, SignerUnavailable) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The signer is frozen: nothing is signed from now on."))
    return HttpResponseRedirect(reverse("admin:signer"))


def _handed_in(request: HttpRequest) -> HttpResponse:
    try:
        thawed = thaw.hand_in(
            operator=request.POST.get("operator", ""),
            signature=request.POST.get("signature", ""),
            contents=request.POST.get("contents", ""),
            actor=actor_of(request),
        )
    except (Refused, SignerUnavailable) as error:
        messages.error(request, str(error))
    else:
        said = _("The signer signs again.") if thawed else _("Kept. More operators have to sign.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:signer"))
