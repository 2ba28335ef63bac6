"""Hand out a piece of evidence: always as a download, never shown in a page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from compliance.cases import evidence
from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, PermissionRefused
from exchange.portal.desks import COMPLIANCE, page


@page(
    desk=COMPLIANCE,
    path="compliance/evidence/<int:evidence_id>/",
    name="case-evidence",
    label=gettext_lazy("Evidence"),
    says="",
    permission="compliance.see_filings",
    in_menu=False,
)
def download(request: HttpRequest, evidence_id: int) -> HttpResponse:
    """The bytes as they were handed in. That they were asked for is in the log."""
    try:
        opened = evidence.open_evidence(evidence_id=evidence_id, actor=actor_of(request))
    except NotFound as unknown:
        raise Http404 from unknown
    except PermissionRefused as refused:
        raise PermissionDenied from refused
    response = HttpResponse(opened.content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, opened.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
