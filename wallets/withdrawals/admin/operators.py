"""Operators approve what the signer does not sign by itself: read the contents, sign beside, paste.

The key stays with the operator: the text is signed by `python -m wallets.signer approve` on the
operator's own machine, and only the signature comes back here.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import TREASURY, page
from wallets.sending import signer
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import operators
from wallets.withdrawals.models import OperatorApproval

State = ChainTransaction.State
MOST = 20


class ApprovalForm(forms.Form):
    """What an operator hands in."""

    operator = forms.CharField(label=gettext_lazy("Operator"), max_length=60)
    signature = forms.CharField(
        label=gettext_lazy("Signature"),
        max_length=128,
        help_text=gettext_lazy("128 hexadecimal digits, made beside your key."),
    )
    contents = forms.CharField(widget=forms.HiddenInput, strip=False)
    transaction = forms.IntegerField(widget=forms.HiddenInput)


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
    """Each with the exact text to sign, as the signer itself reads the transaction."""
    form = ApprovalForm(request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm(operators.PERMISSION):
            raise PermissionDenied
        if form.is_valid() and _handed_in(request, form):
            return HttpResponseRedirect(reverse("admin:signer-approvals"))
    waiting = (
        ChainTransaction.objects.filter(
            state=State.PREPARED,
            purpose=ChainTransaction.Purpose.WITHDRAWAL,
            last_error__startswith="signer: approvals",
        )
        .select_related("network", "key_set", "source")
        .order_by("id")[:MOST]
    )
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "waiting": [_shown(row) for row in waiting],
    }
    return TemplateResponse(request, "admin/wallets/approvals.html", context)


def _handed_in(request: HttpRequest, form: ApprovalForm) -> bool:
    values = form.cleaned_data
    try:
        operators.hand_in(
            transaction_id=values["transaction"],
            operator=values["operator"].strip(),
            signature=values["signature"].strip().lower(),
            contents=values["contents"],
            actor=actor_of(request),
        )
    except (Refused, SignerUnavailable) as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("Handed in. The signer is asked again now."))
    return True


def _shown(row: ChainTransaction) -> dict[str, Any]:
    try:
        contents, needed = signer.contents(row)
        fault = ""
    except (SignerRefused, SignerUnavailable) as refused:
        contents, needed, fault = "", 0, str(refused)
    return {
        "row": row,
        "link": columns.link("chaintransaction", row.pk, str(row)),
        "contents": contents,
        "needed": needed,
        "fault": fault,
        "given": [
            each.operator
            for each in OperatorApproval.objects.filter(transaction=row).order_by("operator")
        ],
    }
