"""One listing on one page: where it stands, what was handed in, found out, judged, and to do."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from exchange.accounts.actors import actor_of
from exchange.core.actors import Actor
from exchange.core.errors import Refused
from exchange.core.money import plain
from exchange.portal import columns
from launchpad.listings import checklist, interests, queries, signing
from launchpad.listings.admin import acts, charts, forms, tables
from launchpad.listings.models import Listing
from launchpad.listings.states import IN_WORK, PUBLIC, SignerWord, Stage
from launchpad.listings.words import SEE_DOCUMENTS

SIGNER_TONES: dict[str, str] = {SignerWord.KNOWN: "ok", SignerWord.LACKS: "bad"}


class Offered(NamedTuple):
    """An act with its form, and whether the form stands open because something was amiss."""

    act: acts.Act
    form: Any
    open: bool


def show(request: HttpRequest, listing: Listing, frame: dict[str, Any]) -> HttpResponse:
    """The page; posted to, it does one act and comes back."""
    actor = actor_of(request)
    bound: tuple[str, Any] = ("", None)
    if request.method == "POST":
        name, form = _posted(request, listing, actor)
        if form is None:
            return HttpResponseRedirect(frame["own_url"])
        bound = (name, form)
        listing.refresh_from_db()
    elif request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    said = interests.newest(listing.pk, actor.user_id)
    waiting = acts.pending(listing)
    context = {
        **frame,
        **_to_do(listing, actor, bound),
        "listing": listing,
        "headline": columns.badge(tables.TONES[Stage(listing.stage)], listing.get_stage_display()),
        "facts": _facts(listing),
        "undeclared": said is None and listing.stage in IN_WORK,
        "conflicted": said is not None and said.conflict,
        "waiting": waiting,
        "proposed": _proposed(waiting.payload) if waiting is not None else [],
        "waiting_is_mine": waiting is not None and waiting.proposed_by_id == actor.user_id,
        "records": _records(listing, actor),
        "chart": charts.measured(queries.measured(listing)),
        "is_public": listing.stage in PUBLIC,
        "signer": _signer(listing),
    }
    status = 422 if bound[1] is not None else 200
    return TemplateResponse(
        request, "admin/launchpad/listings/listing.html", context, status=status
    )


def _posted(request: HttpRequest, listing: Listing, actor: Actor) -> tuple[str, Any]:
    """Run what was posted. (name, None) when it was done, (name, form) when something is amiss."""
    act = acts.BY_NAME.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("no such act")
    form = act.form(request.POST, listing=listing)
    if not form.is_valid():
        return act.name, form
    values = dict(form.cleaned_data)
    try:
        if isinstance(form, forms.Plan):
            values["terms"] = form.terms()
        said = act.run(listing, actor, values)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return act.name, form
    messages.success(request, said)
    return act.name, None


def _to_do(listing: Listing, actor: Actor, bound: tuple[str, Any]) -> dict[str, Any]:
    offered: list[Offered] = []
    for act in acts.ACTS:
        if not act.when(listing, actor):
            continue
        mine = act.name == bound[0] and bound[1] is not None
        offered.append(Offered(act, bound[1] if mine else act.form(listing=listing), mine))
    errors: list[str] = []
    if bound[1] is not None:
        shown = {each.act.name for each in offered if each.form.fields}
        if bound[0] not in shown:
            errors = list(bound[1].non_field_errors())
    return {
        "buttons": [each for each in offered if not each.form.fields],
        "acts": [each for each in offered if each.form.fields],
        "lost_errors": errors,
    }


def _facts(listing: Listing) -> list[tuple[str, Any]]:
    plan = getattr(listing, "schedule", None)
    rows: list[tuple[str, Any]] = [
        (_("Class"), listing.get_asset_class_display()),
        (_("Network"), listing.network),
        (_("Contract"), columns.mono(listing.contract) if listing.contract else ""),
        (_("Decimals"), listing.decimals),
        (_("Supply, as they say"), f"{listing.supply:,.0f}" if listing.supply else ""),
        (_("Company"), listing.company),
        (_("Registered in"), jurisdictions.name_of(listing.company_country)),
        (_("Number"), listing.company_number),
        (_("Speaks for it"), f"{listing.contact_name}, {listing.contact_role}".strip(", ")),
        (_("Website"), listing.website),
        (
            _("Applied by"),
            columns.link("customer", listing.customer_id, listing.customer)
            if listing.customer_id
            else _("our own staff"),
        ),
        (_("In this stage since"), columns.moment(listing.since)),
    ]
    if listing.vote_outcome:
        rows.append((_("BMX vote"), listing.vote_outcome))
    if plan is not None:
        rows += [
            (_("Deposits open"), columns.moment(plan.deposits_at)),
            (_("Trading opens"), columns.moment(plan.trading_at)),
            (_("Withdrawals open"), columns.moment(plan.withdrawals_at)),
            (_("Dates moved"), plan.version - 1),
            (_("Fees"), f"{plain(plan.maker_rate * 100)} / {plain(plan.taker_rate * 100)} %"),
        ]
    if listing.trading_closes_at:
        rows += [
            (_("Trading ends"), columns.moment(listing.trading_closes_at)),
            (_("Withdrawals end"), columns.moment(listing.withdrawals_close_at)),
        ]
    if listing.reason_words:
        rows.append((_("Reason"), listing.reason_words))
    return [(label, value) for label, value in rows if value not in ("", None)]


def _signer(listing: Listing) -> dict[str, Any]:
    """Whether what is withdrawn can be sent, and what to do about it; empty once it was opened."""
    if listing.withdrawals_opened_at is not None or listing.stage not in signing.ASKED_AT:
        return {}
    word = listing.signer_word
    says = listing.signer_lacks or (
        SignerWord(word).label if word else _("The signer is asked within a minute.")
    )
    return {
        "tone": SIGNER_TONES.get(word, "watch"),
        "says": says,
        "known": word == SignerWord.KNOWN,
        "command": "" if word == SignerWord.KNOWN else signing.command_of(listing),
        "asked_at": listing.signer_asked_at,
    }


def _proposed(payload: dict[str, Any]) -> list[tuple[str, Any]]:
    """What the second person would approve: every date and number of it."""
    flat = {**payload, **payload.get("terms", {})}
    return [
        (name.replace("_", " "), str(value).replace("T", " ").removesuffix("+00:00"))
        for name, value in flat.items()
        if name not in ("terms", "listing_id", "reason", "words", "version")
    ]


def _records(listing: Listing, actor: Actor) -> list[tuple[str, Any]]:
    result = checklist.result(listing)
    found = [
        ("documents", tables.documents(listing, actor.may(SEE_DOCUMENTS))),
        ("checklist", tables.diligence(listing, result)),
        ("chain", tables.chain(listing)),
        ("names", tables.names(listing)),
        ("team", tables.team(listing)),
        ("committee", tables.committee(listing)),
        ("interests", tables.interests(listing)),
        ("insiders", tables.insiders(listing)),
    ]
    if listing.asset_id is not None:
        found += [("criteria", tables.streaks(listing)), ("duties", tables.duties(listing))]
    found.append(("history", tables.history(listing)))
    return found
