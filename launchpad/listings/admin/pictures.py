"""One page of a project's document for staff: every look goes into the audit log."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound
from exchange.portal.desks import LAUNCHPAD, page
from launchpad.listings import papers
from launchpad.listings.words import SEE_DOCUMENTS


@page(
    desk=LAUNCHPAD,
    path="launchpad/listings/paper/<int:document_id>/<int:number>/",
    name="listing-picture",
    label=gettext_lazy("Document"),
    permission=SEE_DOCUMENTS,
    in_menu=False,
)
def picture(request: HttpRequest, document_id: int, number: int) -> HttpResponse:
    try:
        opened = papers.open_page(document_id=document_id, number=number, actor=actor_of(request))
    except NotFound as error:
        raise Http404 from error
    response = HttpResponse(opened.jpeg, content_type="image/jpeg")
    response["Cache-Control"] = "no-store"  # a second look is a second record
    return response
