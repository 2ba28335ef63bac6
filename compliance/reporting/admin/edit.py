"""Staff screen: the contents of a report, in forms."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import approve, draft
from compliance.reporting.admin import parts
from compliance.reporting.contents import by_field
from compliance.reporting.draft import FILE
from compliance.reporting.models import Report
from exchange.accounts.actors import actor_of
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page

MORE, SAVE, CHECK = "more", "save", "check"


@page(
    desk=COMPLIANCE,
    path="compliance/reports/<int:report_id>/edit/",
    name="report_edit",
    label=gettext_lazy("Edit a report"),
    permission=FILE,
    in_menu=False,
)
def edit(request: HttpRequest, report_id: int) -> HttpResponse:
    """Save as often as wanted; checking says what is still missing, beside each field."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise Http404(str(report_id))
    back = columns.admin_url(Report, report.pk)
    if report.state not in draft.EDITABLE:
        messages.warning(request, _("It was exported: a correction is a report of its own."))
        return HttpResponseRedirect(back)
    more = request.POST.get(MORE, "")
    data = request.POST if request.method == "POST" else None
    sections = parts.shown(report, data, by_field(report.errors), more)
    if data is not None and not more and parts.valid(sections):
        answer = _save(request, report, sections, back)
        if answer is not None:
            return answer
        report.refresh_from_db()
        sections = parts.shown(report, None, by_field(report.errors))
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "title": _("%(report)s: contents") % {"report": report},
        "report": report,
        "parts": sections,
        "back": back,
        "elsewhere": [
            (parts.where_words(report, each["where"]), each["says"])
            for each in report.errors
            if each["where"].startswith(("file:", "filer."))
        ],
        "faults": len(report.errors),
        "voids": report.state != "draft",
    }
    status = 422 if data is not None and not more else 200
    return TemplateResponse(request, "compliance/reporting/edit.html", context, status=status)


def _save(
    request: HttpRequest, report: Report, sections: list[parts.Shown], back: str
) -> HttpResponse | None:
    """Where to go on; None to stay here and look at what is wrong."""
    try:
        draft.change(
            report_id=report.pk,
            contents=parts.contents_of(report, sections),
            actor=actor_of(request),
        )
        if CHECK not in request.POST:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("admin:report_edit", args=[report.pk]))
        approve.validate(report_id=report.pk, actor=actor_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return None
    messages.success(request, _("It is right. A colleague has to approve it now."))
    return HttpResponseRedirect(back)
