"""Operators approve what the signer does not sign by itself: they look, and sign in their browser.

The key stays with the operator (`wallets/parts/operator_approval.html`); only the signature comes
here, over the text in which the signer itself reads the transaction.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal.desks import TREASURY, page
from wallets.sending import signer
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import operators

State = ChainTransaction.State
MOST = 20


@page(
    desk=TREASURY,
    path="treasury/approvals/",
    name="signer-approvals",
    label=gettext_lazy("Approvals by operators"),
    says=gettext_lazy("Transactions that the signer signs only with operators' signatures."),
    permission=operators.PERMISSION,
    order=6,
)
def signer_approvals(request: HttpRequest) -> HttpResponse:
    """One at a time: ?id= names it, else the oldest. Below it, what else waits."""
    waiting = list(
        ChainTransaction.objects.filter(
            state=State.PREPARED,
            purpose__in=(
                ChainTransaction.Purpose.WITHDRAWAL,
                ChainTransaction.Purpose.VAULT_IN,
            ),
            last_error__startswith="signer: approvals",
        )
        .select_related("network", "key_set", "source")
        .order_by("id")[:MOST]
    )
    named = request.GET.get("id", "")
    row = next((each for each in waiting if str(each.pk) == named), next(iter(waiting), None))
    if request.method == "POST" and row is not None:
        return _handed_in(request, row)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "row": row,
        "others": [each for each in waiting if each != row],
        **(_shown(row) if row is not None else {}),
    }
    return TemplateResponse(request, "admin/wallets/approvals.html", context)


def _handed_in(request: HttpRequest, row: ChainTransaction) -> HttpResponse:
    try:
        operators.hand_in(
            transaction_id=row.pk,
            operator=request.POST.get("operator", ""),
            signature=request.POST.get("signature", ""),
            contents=request.POST.get("contents", ""),
            actor=actor_of(request),
        )
    except (Refused, SignerUnavailable) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept. The signer is asked again now."))
    return HttpResponseRedirect(reverse("admin:signer-approvals"))


def _shown(row: ChainTransaction) -> dict[str, Any]:
    try:
        asked = signer.contents(row)
    except (SignerRefused, SignerUnavailable) as refused:
        return {"fault": str(refused)}
    return {
        "approval_contents": asked.text,
        "approvals_needed": asked.approvals_needed,
        "approvals_given": [each["operator"] for each in operators.approvals_of(row)],
        "approval_url": f"{reverse('admin:signer-approvals')}?id={row.pk}",
    }
