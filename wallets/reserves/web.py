"""Proof of reserves for everybody, and each customer's own inclusion proof."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from exchange.accounts.actors import actor_of
from exchange.accounts.models import Customer
from exchange.core.money import from_units, plain
from wallets.reserves import archive, proofs, queries
from wallets.reserves.models import ReserveHolding, Snapshot
from wallets.reserves.snapshot import written

LISTED = 100
ADDRESSES_SHOWN = 50


@require_safe
def snapshots(request: HttpRequest) -> HttpResponse:
    """Every published snapshot, the newest first."""
    found = list(queries.published()[:LISTED])
    shown = {
        "snapshots": found,
        "newest": found[0] if found else None,
        "figures": _figures(found[0]) if found else [],
    }
    return render(request, "wallets/reserves/snapshots.html", shown)


@require_safe
def snapshot(request: HttpRequest, name: str) -> HttpResponse:
    """One snapshot: owed, proved, the root, who signed, and how to check it all."""
    found = _published(name)
    shown = {
        "snapshot": found,
        "root": bytes(found.root or b"").hex(),
        "taken_at": written(found.taken_at) if found.taken_at else "",
        "figures": _figures(found),
        "networks": queries.proofs_by_network(found),
        "addresses": [
            (row, [(held.asset.code, _amount(_held(held))) for held in row.holdings.all()])
            for row in queries.largest_addresses(found, ADDRESSES_SHOWN)
        ],
        "address_count": found.addresses.count(),
    }
    return render(request, "wallets/reserves/snapshot.html", shown)


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest, name: str) -> JsonResponse:
    """What is hashed into the root, as it stands in the archive too."""
    return JsonResponse(archive.manifest(_published(name)))


@require_safe
def download(request: HttpRequest, name: str) -> StreamingHttpResponse:
    """The auditor's archive."""
    found = _published(name)
    response = StreamingHttpResponse(archive.archive(found), content_type="application/zip")
    _as_file(response, f"holdfast-reserves-{found.name}.zip")
    return response


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest, name: str) -> HttpResponse:
    """The customer's own proof, checked by the page's script in their browser."""
    found = _published(name)
    family = _family(request)
    if not family:  # staff hold nothing
        return redirect("reserves-snapshot", name)
    account = _account(request, family)
    shown = {
        "snapshot": found,
        "root": bytes(found.root or b"").hex(),
        "account": account,
        "family": family if len(family) > 1 else [],
    }
    return render(request, "wallets/reserves/mine.html", shown)


@never_cache
@login_required
@require_safe
def proof(request: HttpRequest, name: str) -> HttpResponseBase:
    """The proof's file: of one's own account or sub-account, never of another's."""
    found = _published(name)
    account = _account(request, _family(request))
    try:
        made = proofs.inclusion_proof(snapshot=found, customer_id=account.pk)
    except proofs.NotInSnapshot as refusal:
        return JsonResponse({"message": str(refusal), "code": refusal.code}, status=404)
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/json")
    _as_file(response, f"holdfast-inclusion-{found.name}-{account.pk}.json")
    return response


def _figures(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Rows of the table, amounts as text: nothing is rounded for show."""
    return [
        {
            "code": each.code,
            "owed": _amount(each.owed),
            "proved": _amount(each.proved),
            "unproved": _amount(each.unproved),
            "percent": None if each.percent is None else f"{each.percent:,}",
            "covered": each.covered,
        }
        for each in queries.figures(snapshot)
    ]


def _held(held: ReserveHolding) -> Decimal:
    return from_units(int(held.units), held.decimals)


def _amount(amount: Decimal) -> str:
    whole, point, fraction = plain(amount).partition(".")
    return f"{int(whole):,}{point}{fraction}"


def _published(name: str) -> Snapshot:
    found = queries.published().filter(name=name).first()
    if found is None:
        raise Http404(name)
    return found


def _family(request: HttpRequest) -> list[Customer]:
    """The customer's own account first, then its sub-accounts."""
    own = actor_of(request).customer_id
    if own is None:
        return []
    found = Customer.objects.filter(Q(pk=own) | Q(parent_id=own)).select_related("user")
    return list(found.order_by("parent_id", "pk")[:500])


def _account(request: HttpRequest, family: list[Customer]) -> Customer:
    """The account that ?account= names, if it is of the family; else the customer's own."""
    wanted = request.GET.get("account", "")
    for account in family:
        if wanted == str(account.pk) or (not wanted and account.parent_id is None):
            return account
    raise Http404(wanted)


def _as_file(response: Any, name: str) -> None:
    response["Content-Disposition"] = f'attachment; filename="{name}"'


urlpatterns = [
    path("proof-of-reserves", snapshots, name="reserves"),
    path("proof-of-reserves/<slug:name>", snapshot, name="reserves-snapshot"),
    path("proof-of-reserves/<slug:name>/snapshot.json", manifest, name="reserves-manifest"),
    path("proof-of-reserves/<slug:name>/archive.zip", download, name="reserves-archive"),
    path("proof-of-reserves/<slug:name>/mine", mine, name="reserves-mine"),
    path("proof-of-reserves/<slug:name>/mine.json", proof, name="reserves-proof"),
]
