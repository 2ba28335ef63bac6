"""What everybody may fetch: figures for the page's script, and the files of the draw."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from launchpad.sales import draw, inputs
from launchpad.sales.states import DRAWN
from launchpad.sales.web.context import live
from launchpad.sales.web.pages import public_sale


@require_safe
@cache_control(public=True, max_age=2)
def figures(request: HttpRequest, sale_id: int) -> JsonResponse:
    """What the page's script asks for every few seconds."""
    return JsonResponse(live(public_sale(sale_id)))


@require_safe
def inputs_file(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Who takes part, by codes that only they recognise; from the close on."""
    sale = public_sale(sale_id)
    if not sale.inputs_digest:
        raise Http404("published when the sale closes")
    return _file(inputs.inputs(sale)[0], f"sale-{sale.pk}-inputs.csv", "text/csv")


@require_safe
def results_file(request: HttpRequest, sale_id: int) -> HttpResponse:
    """What came of it."""
    sale = public_sale(sale_id)
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
