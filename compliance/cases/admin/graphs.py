"""What the link graph's script asks for: nodes and ties, as far as the reader wants to look."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy

from compliance.cases import graph, queries
from compliance.cases.admin.page import look_of
from compliance.cases.models import Case
from exchange.portal.desks import COMPLIANCE, page


@page(
    desk=COMPLIANCE,
    path="compliance/cases/<int:case_id>/graph.json",
    name="case-graph",
    label=gettext_lazy("Link graph"),
    says="",
    permission="compliance.see_filings",
    in_menu=False,
)
def ties(request: HttpRequest, case_id: int) -> HttpResponse:
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not request.user.has_perm("compliance.view_case"):
        raise Http404
    found = graph.around(people=queries.people_of(case), look=look_of(request, case))
    response = JsonResponse(graph.as_json(found))
    response["Cache-Control"] = "no-store"
    return response
