"""For whoever looks at the demo: what of its history is still being prepared, FinCEN's answers."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from compliance.demo import case_work, fincen
from compliance.reporting.draft import FILE
from compliance.reporting.models import ReportFile
from exchange.portal import cards
from exchange.portal.desks import COMPLIANCE, page

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


if settings.DEMO_BOTS:
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
