"""Staff page: which snapshots of holdings are planned, and what the taken ones came to.

A page and not a list of rows to act on: nobody plans or changes a snapshot by hand.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from exchange.portal.desks import LAUNCHPAD, page
from launchpad.snapshots.models import Snapshot

SHOWN = 100


@page(
    desk=LAUNCHPAD,
    path="holdings/",
    name="holdings-snapshots",
    label=gettext_lazy("Snapshots of holdings"),
    says=gettext_lazy("Who had how much at a published moment: for votes, sales and airdrops."),
    permission="launchpad.view_snapshot",
    order=60,
)
def snapshots(request: HttpRequest) -> HttpResponse:
    """The newest by their moment."""
    rows = Snapshot.objects.select_related("asset").order_by("-at", "-pk")[:SHOWN]
    context = {**request.staff_context, "rows": rows}  # type: ignore[attr-defined]
    return TemplateResponse(request, "launchpad/snapshots/admin.html", context)
