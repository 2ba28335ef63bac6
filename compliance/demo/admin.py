"""For whoever looks at the demo: what of its history is still being prepared, what was told of a
customer, FinCEN's answers."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.demo import case_work, fincen
from compliance.demo.people import DOMAIN
from compliance.reporting.draft import FILE
from compliance.reporting.models import ReportFile
from exchange.accounts.models import Customer
from exchange.core.models import Fact, FactKind
from exchange.ledger import queries as ledger
from exchange.portal import cards, columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table

SAYS = {
    "history": gettext_lazy("of the demo's months of history are being written"),
    "look-back": gettext_lazy("of the demo's history is looked through: alerts come in"),
    "cases": gettext_lazy("older cases are still being decided"),
    "": gettext_lazy("the demo's history is complete"),
}


def preparing() -> cards.Reading:
    """How far the demo's history is. A handful of queries."""
    what, done, of = case_work.progress()
    number = str(of) if what == "cases" else f"{done * 100 // of} %" if what else "100 %"
    return cards.Reading(state=cards.WATCH if what else cards.OK, number=number, says=SAYS[what])


def pretended(request: HttpRequest, file_id: int) -> HttpResponse:
    """What FinCEN would send back, to be imported on the page that links to this."""
    row = ReportFile.objects.filter(pk=file_id).defer("content").first()
    if row is None:
        raise Http404(str(file_id))
    response = HttpResponse(fincen.answer_to(row), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="answer-to-{row.name}"'
    return response


WORDS = {
    FactKind.CRYPTO_DEPOSIT: gettext_lazy("deposit of coins"),
    FactKind.FIAT_DEPOSIT: gettext_lazy("deposit from a bank"),
    FactKind.CRYPTO_WITHDRAWAL: gettext_lazy("withdrawal of coins"),
    FactKind.FIAT_WITHDRAWAL: gettext_lazy("withdrawal to a bank"),
    FactKind.TRANSFER: gettext_lazy("paid to another customer"),
    FactKind.TRADE: gettext_lazy("trade"),
}


def told(request: HttpRequest, customer: Customer) -> Table | None:
    """What an invented customer did before the demo was made; nothing for who acts on it itself.

    Their coins came over no chain and their trades through no book, so the panels of deposits,
    withdrawals and trades rightly show none. The ledger has an entry for each, posted when the demo
    was made: an entry bears the time of its posting, whatever it speaks of. Two indexed queries.
    """
    if customer.user is None or not customer.user.email.endswith(f"@{DOMAIN}"):
        return None
    facts = list(
        Fact.objects.filter(customer_id=customer.pk, kind__in=WORDS).order_by("-at", "-pk")[:ROWS]
    )
    booked = ledger.entry_ids(references=[_entry(fact) for fact in facts])
    return Table(
        title=_("Invented history"),
        heads=[
            Head(_("At")),
            Head(_("What")),
            Head(_("Amount"), numeric=True),
            Head(_("Worth"), numeric=True),
            Head(_("Ledger entry")),
        ],
        rows=[
            (
                columns.moment(fact.at),
                _what(fact),
                columns.money(fact.amount, fact.asset),
                columns.money(fact.usd, "USD"),
                columns.link("ledgerentry", booked[_entry(fact)], fact.reference)
                if _entry(fact) in booked
                else _("with the other side's"),
            )
            for fact in facts
        ],
        empty=_("The demo tells nothing of them."),
        note=_(
            "Told for the demo: nothing of it came over a chain or through an order book, so the "
            "panels of deposits, withdrawals and trades do not list it. Its ledger entries bear "
            "the time at which the demo was made, not these."
        ),
    )


def _entry(fact: Fact) -> str:
    """How `books` calls the entry of a fact."""
    return f"demo:told:{fact.reference}"


def _what(fact: Fact) -> str:
    side = fact.extra.get("side") if fact.kind == FactKind.TRADE else None
    if side:
        return _("buys") if side == "buy" else _("sells")
    return str(WORDS[FactKind(fact.kind)])


if settings.DEMO_BOTS:
    panel(permission="exchange.view_ledgeraccount", order=19)(told)
    page(
        desk=COMPLIANCE,
        path="compliance/reports/files/<int:file_id>/pretended/",
        name="pretended-answer",
        label=gettext_lazy("What FinCEN would answer"),
        permission=FILE,
        in_menu=False,
    )(pretended)
    cards.card(
        key="demo-history",
        title=gettext_lazy("The demo"),
        desk=COMPLIANCE,
        permission="compliance.see_filings",
        leads_to="admin:cases-desk",
        order=5,
    )(preparing)
