"""Customers' pages: the calendar of sales, a sale, and what one does there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from exchange.accounts.actors import actor_of
from exchange.core import money
from exchange.core.errors import NotFound, Refused
from exchange.core.money import ZERO, plain
from exchange.ledger import queries as ledger
from exchange.portal.forms import Form
from exchange.portal.pages import action, customer_page, open_page, user_of
from launchpad.sales import blocks, draw, explain, inputs, queries, release, tiers, withdraw
from launchpad.sales import commit as committing
from launchpad.sales.models import Sale, SaleBook, Subscription
from launchpad.sales.states import DRAWN, Mode, State

HISTORY = 50


class CommitForm(Form):
    """How much altogether; in tickets where the sale counts in tickets."""

    amount = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, sale: Sale, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sale = sale
        field = self.fields["amount"]
        if sale.mode == Mode.TICKETS:
            field.label = gettext_lazy("Tickets altogether")
            field.help_text = _("One ticket costs %(price)s %(quote)s.") % {
                "price": shown(sale.ticket_price),
                "quote": sale.quote.code,
            }
        else:
            field.label = _("%(quote)s altogether") % {"quote": sale.quote.code}
            field.help_text = _("At least %(least)s.") % {"least": shown(sale.least)}

    def clean_amount(self) -> Decimal:
        """The total in the quote."""
        text = self.cleaned_data["amount"].strip().replace(",", "")
        tickets = self.sale.mode == Mode.TICKETS
        try:
            given = money.parse(
                text, field="amount", precision=0 if tickets else self.sale.quote.precision
            )
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return given * self.sale.ticket_price if tickets else given


class RisksForm(Form):
    risks = forms.BooleanField(
        label=gettext_lazy("I have read the risks: I can lose all that I pay for these tokens.")
    )


def shown(amount: Decimal | None) -> str:
    """An amount with its thousands apart: nothing is rounded for show."""
    whole, point, fraction = plain(amount or ZERO).partition(".")
    return f"{int(whole):,}{point}{fraction}"


@open_page
def calendar(request: HttpRequest) -> HttpResponseBase:
    """What can be bought now and soon, and what came of earlier sales."""
    groups = [(key, [_row(sale) for sale in sales]) for key, sales in queries.calendar().items()]
    customer = getattr(request.user, "customer", None)
    mine = queries.of_customer(customer.pk)[:HISTORY] if customer else []
    return render(
        request,
        "launchpad/sales/calendar.html",
        {"tab": "sales", "groups": dict(groups), "mine": [_mine_row(each) for each in mine]},
    )


@open_page
def sale_page(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """One sale: to read, and for customers to join."""
    sale = _sale(sale_id)
    customer = getattr(request.user, "customer", None)
    context = _shown_sale(sale)
    if customer is not None:
        context |= _own(sale, customer.pk)
    return render(request, "launchpad/sales/sale.html", context)


@customer_page
def commit(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """First everything once more, then, with the risks ticked, it is done."""
    sale = _sale(sale_id)
    customer_id = user_of(request).customer.pk
    if request.method != "POST":
        return redirect("sale", sale_id)
    form, context = CommitForm(sale, request.POST), _shown_sale(sale)
    confirming = "confirm" in request.POST
    risks = RisksForm(request.POST if confirming else None)
    if form.is_valid():
        total = form.cleaned_data["amount"]
        try:
            if confirming and risks.is_valid():
                _committed(request, sale, customer_id, total)
                return redirect("sale", sale_id)
            _refuse_early(sale, customer_id, total)
            before = queries.subscription(sale_id, customer_id)
            own = {"total": shown(total), "risks": risks, "given": request.POST["amount"]}
            own["before"] = shown(before.committed) if before and before.committed else ""
            own["tokens"] = _tokens(sale, total)
            status = 422 if confirming else 200
            return render(
                request, "launchpad/sales/confirm.html", {**context, **own}, status=status
            )
        except Refused as refused:
            form.take(refused)
    context |= _own(sale, customer_id, form)
    return render(request, "launchpad/sales/sale.html", context, status=422)


@customer_page
def take_back(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """Take a commitment back: a page that says what it means, and a button."""
    sale = _sale(sale_id)
    customer_id = user_of(request).customer.pk
    mine = queries.subscription(sale_id, customer_id)
    if mine is None or not mine.committed:
        return redirect("sale", sale_id)
    if request.method == "POST":
        try:
            withdraw.withdraw(sale_id=sale_id, customer_id=customer_id, actor=actor_of(request))
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Your money is free again."))
        return redirect("sale", sale_id)
    context = {**_shown_sale(sale), "committed": shown(mine.committed)}
    return render(request, "launchpad/sales/take_back.html", context)


@action
def claim(request: HttpRequest, sale_id: int) -> HttpResponseBase:
    """Move what is due into the account."""
    customer = getattr(request.user, "customer", None)
    if customer is None:
        return redirect("security")
    sale = _sale(sale_id)
    try:
        amount = release.claim(sale_id=sale_id, customer_id=customer.pk, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = _("%(amount)s %(asset)s are in your account.")
        messages.success(request, said % {"amount": shown(amount), "asset": sale.asset.code})
    return redirect("sale", sale_id)


@require_safe
@cache_control(public=True, max_age=2)
def figures(request: HttpRequest, sale_id: int) -> JsonResponse:
    """What the page's script asks for every few seconds."""
    return JsonResponse(_live(_sale(sale_id)))


@require_safe
def inputs_file(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Who takes part, by codes that only they recognise; from the close on."""
    sale = _sale(sale_id)
    if not sale.inputs_digest:
        raise Http404("published when the sale closes")
    return _file(inputs.inputs(sale)[0], f"sale-{sale.pk}-inputs.csv", "text/csv")


@require_safe
def results_file(request: HttpRequest, sale_id: int) -> HttpResponse:
    """What came of it."""
    sale = _sale(sale_id)
    if sale.state not in DRAWN:
        raise Http404("published with the allocation")
    return _file(inputs.results(sale), f"sale-{sale.pk}-results.csv", "text/csv")


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The very file that the exchange runs."""
    return _file(Path(draw.__file__).read_bytes(), "draw.py", "text/x-python")


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=f"{kind}; charset=ascii")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sale(sale_id: int) -> Sale:
    try:
        return queries.public_sale(sale_id)
    except NotFound as unknown:
        raise Http404 from unknown


def _committed(request: HttpRequest, sale: Sale, customer_id: int, total: Decimal) -> None:
    committing.commit(
        sale_id=sale.pk,
        customer_id=customer_id,
        total=total,
        risks_accepted=True,
        actor=actor_of(request),
    )
    said = _("%(total)s %(quote)s are set aside for this sale. Nothing is paid yet.")
    messages.success(request, said % {"total": shown(total), "quote": sale.quote.code})


def _refuse_early(sale: Sale, customer_id: int, total: Decimal) -> None:
    """What can be said before the last step; the verb asks everything again."""
    standing = tiers.standing_of(sale, customer_id)
    if standing.refusal is not None:
        raise standing.refusal
    committing.refuse_amount(sale, total, standing.most)


def _tokens(sale: Sale, total: Decimal) -> str:
    """The most tokens that an amount can bring."""
    return shown(committing.terms.lots_of(sale, total) * sale.lot)


def _row(sale: Sale) -> dict[str, Any]:
    book = getattr(sale, "book", None) or SaleBook()
    found = queries.figures_of(sale, book)
    return {
        "sale": sale,
        "price": shown(sale.price),
        "offered": shown(sale.offered),
        "percent": min(found.percent, 100),
        "says": _says(sale, found),
        "tone": _tone(sale),
    }


def _mine_row(mine: Subscription) -> dict[str, Any]:
    return {
        "sale": mine.sale,
        "committed": shown(mine.committed),
        "allocated": None if mine.allocated is None else shown(mine.allocated),
        "tone": _tone(mine.sale),
    }


def _tone(sale: Sale) -> str:
    return {State.OPEN: "good", State.CANCELLED: "bad", State.ANNOUNCED: "info"}.get(
        State(sale.state), ""
    )


def _says(sale: Sale, found: queries.Figures) -> str:
    """How much is asked for, in a sentence that stands beside the bar."""
    people = ngettext(
        "%(n)s customer has committed", "%(n)s customers have committed", found.subscribers
    ) % {"n": f"{found.subscribers:,}"}
    said = _("%(people)s %(committed)s of %(goal)s %(quote)s") % {
        "people": people,
        "committed": shown(found.committed),
        "goal": shown(found.goal),
        "quote": sale.quote.code,
    }
    if found.times > 1:
        return _("%(said)s: %(times)s times what is offered") % {"said": said, "times": found.times}
    return _("%(said)s (%(percent)s %%)") % {"said": said, "percent": found.percent}


def _live(sale: Sale) -> dict[str, Any]:
    found = queries.figures(sale)
    return {
        "state": found.state,
        "subscribers": found.subscribers,
        "committed": plain(found.committed),
        "goal": plain(found.goal),
        "percent": min(found.percent, 100),
        "times": plain(found.times),
        "says": _says(sale, found),
    }


def _shown_sale(sale: Sale) -> dict[str, Any]:
    return {
        "tab": "sales",
        "sale": sale,
        "tone": _tone(sale),
        "mode_says": explain.mode(sale),
        "timeline": explain.timeline(sale),
        "live": _live(sale),
        "tiers": [
            (t.name, shown(t.least_held), shown(t.most)) for t in sale.tiers.order_by("least_held")
        ],
        "price": shown(sale.price),
        "offered": shown(sale.offered),
        "goal": shown(sale.goal),
        "least": shown(sale.least),
        "ticket_price": shown(sale.ticket_price) if sale.mode == Mode.TICKETS else "",
        "ticket_tokens": shown(sale.lot * sale.ticket_lots),
        "first": explain.percent(sale.first_ppm),
        "releases": [
            (part.due_at, explain.percent(part.upto_ppm), part.upto_ppm // 10_000)
            for part in sale.releases.all()
        ],
        "chart": _chart(sale),
        "unsold": shown(sale.offered - sale.allocated) if sale.allocated is not None else "",
        "allocated": shown(sale.allocated),
        "spent": shown(sale.spent),
        "refunded": shown(sale.refunded),
        "drawn": sale.state in DRAWN,
        "needs_draw": sale.mode != Mode.FIRST_COME,
        "chain": blocks.chain() if sale.block_height else "",
    }


def _chart(sale: Sale) -> list[dict[str, int]]:
    """Bars of what is released altogether by then: whole numbers for an SVG of 320 by 100."""
    parts = list(sale.releases.all())
    wide = max(320 // max(len(parts), 1), 2)
    return [
        {
            "x": n * wide + 1,
            "y": 100 - max(part.upto_ppm // 10_000, 1),
            "width": max(wide - 2, 1),
            "height": max(part.upto_ppm // 10_000, 1),
        }
        for n, part in enumerate(parts)
    ]


def _own(sale: Sale, customer_id: int, form: CommitForm | None = None) -> dict[str, Any]:
    """The customer's side: tier and why, commitment, allocation, releases."""
    standing = tiers.standing_of(sale, customer_id)
    mine = queries.subscription(sale.pk, customer_id)
    committed = mine.committed if mine else ZERO
    own: dict[str, Any] = {
        "customer": True,
        "standing": standing,
        "held": shown(standing.held) if standing.held is not None else "",
        "most": shown(standing.most),
        "free": shown(ledger.balance(customer_id=customer_id, asset_id=sale.quote_id).available),
        "mine": mine if mine and (committed or mine.allocated) else None,
        "committed": shown(committed) if committed else "",
        "form": form or CommitForm(sale),
        "open": sale.state == State.OPEN,
    }
    if mine is not None and mine.place and own["open"] and sale.mode == Mode.FIRST_COME:
        own["stands"] = shown(queries.stands_to_get(sale, mine))
    if mine is not None and mine.allocated is not None:
        own |= {
            "my_allocated": shown(mine.allocated),
            "my_spent": shown(mine.spent),
            "my_refunded": shown(mine.refunded),
            "my_released": shown(mine.released),
            "my_wanted": _tokens(sale, mine.committed),
            "parts": [(part, shown(part.amount)) for part in queries.parts(sale, mine)],
            "claimable": shown(queries.claimable(sale, mine)),
            "can_claim": queries.claimable(sale, mine) > 0,
        }
    return own


urlpatterns = [
    path("launchpad", calendar, name="launchpad"),
    path("launchpad/draw.py", script, name="sale-script"),
    path("launchpad/sales/<int:sale_id>", sale_page, name="sale"),
    path("launchpad/sales/<int:sale_id>/commit", commit, name="sale-commit"),
    path("launchpad/sales/<int:sale_id>/take-back", take_back, name="sale-take-back"),
    path("launchpad/sales/<int:sale_id>/claim", claim, name="sale-claim"),
    path("launchpad/sales/<int:sale_id>/figures.json", figures, name="sale-figures"),
    path("launchpad/sales/<int:sale_id>/inputs.csv", inputs_file, name="sale-inputs"),
    path("launchpad/sales/<int:sale_id>/results.csv", results_file, name="sale-results"),
]
