"""The treasury's desk: one held withdrawal at a time, what the gates said of it beside who the
customer is, and the decision on the same page. Made for the keyboard."""

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
from exchange.accounts.models import Customer
from exchange.core.errors import Refused
from exchange.core.foreign import whole_of
from exchange.portal import columns, panels
from exchange.portal.desks import TREASURY, page
from exchange.portal.forms import app_code
from wallets.addresses import book_rules
from wallets.withdrawals import decide, limits, queries
from wallets.withdrawals.admin.rows import decisions_table, destination, outcomes_table, over
from wallets.withdrawals.models import Decision, Withdrawal
from wallets.withdrawals.states import State


class DecisionForm(forms.Form):
    """Why, the code, and what the customer is told when it is refused."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
        help_text=gettext_lazy("For the audit log. The customer never sees it."),
    )
    customer_message = forms.CharField(
        label=gettext_lazy("To the customer, if refused"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Stands in the letter and beside the withdrawal."),
    )
    code = app_code()


@page(
    desk=TREASURY,
    path="treasury/withdrawals/",
    name="withdrawals-desk",
    label=gettext_lazy("Withdrawals to decide"),
    says=gettext_lazy("Held withdrawals, one at a time: what the gates said, who it is, decide."),
    permission="wallets.view_withdrawal",
    order=5,
)
def withdrawals_desk(request: HttpRequest) -> HttpResponse:
    """?id= names one; otherwise the oldest that this person has not decided yet."""
    row = _chosen(request)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and row is not None:
        if not request.user.has_perm(decide.PERMISSION):
            raise PermissionDenied
        if form.is_valid() and _decided(request, row, form):
            return HttpResponseRedirect(reverse("admin:withdrawals-desk"))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "may_decide": request.user.has_perm(decide.PERMISSION),
        "waiting": queries.waiting_for_people()[:1000].count(),
        **(_shown(request, row) if row is not None else {}),
    }
    return TemplateResponse(request, "admin/wallets/withdrawals_desk.html", context)


def _chosen(request: HttpRequest) -> Withdrawal | None:
    rows = queries.waiting_for_people().select_related(
        "asset", "asset_network__network", "customer__user", "recipient__user"
    )
    named = request.GET.get("id", "")
    if (number := whole_of(named)) is not None:
        return rows.filter(pk=number).first()
    mine = Decision.objects.filter(by=request.user.pk, withdrawal__state=State.HELD)
    undecided = rows.exclude(pk__in=mine.values("withdrawal_id"))
    return undecided.first() or rows.first()


def _decided(request: HttpRequest, row: Withdrawal, form: DecisionForm) -> bool:
    """Did the verb accept it? Its refusal stands on the form."""
    values = form.cleaned_data
    common: dict[str, Any] = {
        "withdrawal_id": row.pk,
        "actor": actor_of(request),
        "code": values["code"],
        "reason": values["reason"],
    }
    try:
        if request.POST.get("act") == "refuse":
            decide.refuse(**common, customer_message=values["customer_message"])
            said = _("Withdrawal %(id)s is refused; the customer has the coins back.")
        else:
            after = decide.approve(**common)
            said = (
                _("Approved by you. Withdrawal %(id)s waits for one more person.")
                if after.state == State.HELD
                else _("Withdrawal %(id)s is approved and goes out.")
            )
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    messages.success(request, said % {"id": row.pk})
    return True


def _shown(request: HttpRequest, row: Withdrawal) -> dict[str, Any]:
    given = row.decisions.filter(round=row.gates_round, kind=Decision.Kind.APPROVE).count()
    owner = Customer.objects.select_related("user").get(pk=row.owner_id)
    wanted = [
        (panel, table)
        for panel, table in panels.shown_to(request, owner)
        if panel.order <= 15 or panel.name.endswith(("logins", "balances"))
    ]
    return {
        "row": row,
        "facts": [
            (_("Amount"), columns.money(row.amount, row.asset.code)),
            (_("Worth then"), columns.money(row.value_usdt, "USDT")),
            (_("Fee"), columns.money(row.fee, row.asset.code)),
            (_("Over"), over(row)),
            (_("To"), destination(row)),
            (_("Paid there before"), _before(row)),
            (_("In their address book"), _in_book(row)),
            (_("Asked by"), row.get_via_display()),
            (_("From"), columns.mono(row.ip or columns.NOTHING)),
            (_("Asked for"), columns.moment(row.requested_at)),
        ],
        "customer": [
            (_("Customer"), columns.link("customer", owner.pk, owner)),
            (_("Country"), owner.country or columns.NOTHING),
            (_("With us since"), columns.moment(owner.created_at)),
            (_("Tier"), limits.tier_of(owner.pk).name),
            (
                _("Left today"),
                columns.money(queries.left_today(customer_id=row.customer_id), "USDT"),
            ),
            (
                _("Password changed"),
                columns.moment(owner.user.password_changed_at if owner.user else None),
            ),
            (
                _("Second factor changed"),
                columns.moment(owner.user.second_factor_changed_at if owner.user else None),
            ),
        ],
        "approvals": given,
        "tables": [outcomes_table(row), decisions_table(row)],
        "panels": [table for _panel, table in wanted],
    }


def _before(row: Withdrawal) -> str:
    """How often this person's withdrawals went there."""
    if not row.key:
        return columns.NOTHING
    count = Withdrawal.objects.filter(
        owner_id=row.owner_id, key=row.key, state=State.CONFIRMED
    ).count()
    return _("%(n)s times") % {"n": count} if count else _("never")


def _in_book(row: Withdrawal) -> Any:
    if row.asset_network is None:
        return columns.NOTHING
    entry = book_rules.entry_for(
        customer_id=row.customer_id,
        network_id=row.asset_network.network_id,
        key=row.key,
        memo=row.memo,
    )
    if entry is None:
        return _("no")
    return _("“%(label)s”, since %(when)s") % {
        "label": entry.label,
        "when": f"{entry.added_at:%Y-%m-%d %H:%M}",
    }
