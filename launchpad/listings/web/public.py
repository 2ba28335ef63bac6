"""For everybody: the calendar, a listing's facts and findings, the criteria, delistings."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from compliance.identity import jurisdictions
from exchange.core import clock
from exchange.core.money import plain
from launchpad.listings import checks, queries
from launchpad.listings import criteria as published
from launchpad.listings.models import ChainFinding, Listing
from launchpad.listings.states import COMING, GOING, Stage

TAB = {"tab": "listings"}
Verdict = ChainFinding.Verdict
TONES = {
    Verdict.GOOD: ("good", gettext_lazy("Fine")),
    Verdict.NOTE: ("info", gettext_lazy("To be known")),
    Verdict.BAD: ("warn", gettext_lazy("Careful")),
    Verdict.UNKNOWN: ("", gettext_lazy("Not known")),
}


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """What opens next, what is new, and what was announced."""
    context = {
        **TAB,
        "coming": queries.coming(),
        "listed": queries.listed(limit=60),
        "news": queries.news(limit=20),
    }
    return render(request, "launchpad/listings/calendar.html", context)


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One listing: dates, what is known of it, what we read on its chain, what was announced."""
    listing = queries.one(code)
    if listing is None:
        raise Http404(code)
    run = checks.newest(listing)
    context = {
        **TAB,
        "listing": listing,
        "steps": steps_of(listing),
        "coming": listing.stage in COMING,
        "going": listing.stage in GOING,
        "can_deposit": listing.stage in (Stage.DEPOSITS, Stage.TRADING, Stage.WITHDRAWALS),
        "warned": listing.stage == Stage.WARNED,
        "facts": _facts(listing),
        "team": list(listing.team.order_by("id")[:30]),
        "run": run,
        "findings": _findings(run),
        "news": queries.news(listing),
        "measured": list(listing.measurements.order_by("-day")[:1]),
    }
    return render(request, "launchpad/listings/detail.html", context)


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """What a listed asset has to keep, and what follows when it does not."""
    context = {**TAB, "criteria": published.criteria()}
    return render(request, "launchpad/listings/criteria.html", context)


@require_safe
def delistings(request: HttpRequest) -> HttpResponse:
    context = {**TAB, "going": queries.going(), "gone": queries.gone(limit=50)}
    return render(request, "launchpad/listings/delistings.html", context)


def steps_of(listing: Listing) -> list[dict[str, Any]]:
    """The three dates with whether they have come."""
    plan = listing.schedule
    order = [Stage.SCHEDULED, Stage.DEPOSITS, Stage.TRADING]
    come = order.index(Stage(listing.stage)) if listing.stage in order else 2
    if listing.withdrawals_opened_at is not None:
        come = 3
    return [
        {
            "says": says,
            "at": at,
            "done": come >= number,
            "late": come == 2 and number == 3 and at <= clock.now(),
        }
        for number, (says, at) in enumerate(
            (
                (_("Deposits open"), plan.deposits_at),
                (_("Trading opens"), plan.trading_at),
                (_("Withdrawals open"), plan.withdrawals_at),
            ),
            start=1,
        )
    ]


def _facts(listing: Listing) -> list[tuple[str, Any]]:
    plan = listing.schedule
    base, quote = listing.code, plan.quote.code
    rows: list[tuple[str, Any]] = [
        (_("Network"), listing.network),
        (_("Supply"), f"{listing.supply:,.0f} {base}" if listing.supply else ""),
        (_("Company"), listing.company),
        (_("Registered in"), jurisdictions.name_of(listing.company_country)),
        (_("Pair"), f"{base}/{quote}"),
        (_("Smallest order"), f"{plain(plan.min_notional)} {quote}"),
        (_("Fee of a trade"), f"{plain(plan.taker_rate * 100)} %"),
        (_("Fee of a withdrawal"), f"{plain(plan.withdraw_fee)} {base}"),
        (_("Smallest deposit"), f"{plain(plan.deposit_min)} {base}"),
        (_("Insiders may trade after"), _("%(n)s hours") % {"n": plan.insiders_hours}),
    ]
    return [(label, value) for label, value in rows if value]


def _findings(run: Any) -> list[dict[str, Any]]:
    if run is None:
        return []
    return [
        {
            "says": each.says,
            "tone": TONES[Verdict(each.verdict)][0],
            "word": each.get_verdict_display(),
        }
        for each in run.findings.order_by("id")
    ]
