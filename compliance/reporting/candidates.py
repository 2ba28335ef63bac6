"""Find what has to be reported by its size: large virtual currency (LVCTR), transfers (EFTR).

The Canadian entity's customers only, by the static window of its business line. What is found
becomes a draft that an officer completes; found again, it is the same draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.identity.models import Identity
from compliance.reporting import filers, gather, rates
from compliance.reporting.draft import FILE, start
from compliance.reporting.fintrac import window as rule
from compliance.reporting.fintrac.window import ALONE, Sum, Transaction, Window
from compliance.reporting.models import Report
from exchange.accounts.models import Customer
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.core.models import Fact, FactKind

Kind = Report.Kind

MOST_DAYS = 92  # of one search
MOST_FACTS = 100_000
COUNTRY = "CA"
WATCHED = {
    # (report, direction): transactions of different types are never added up.
    (Kind.LVCTR, "in"): FactKind.CRYPTO_DEPOSIT,
    (Kind.EFTR, "out"): FactKind.FIAT_WITHDRAWAL,
    (Kind.EFTR, "in"): FactKind.FIAT_DEPOSIT,
}
EFT_DIRECTION = {"out": "1", "in": "2"}


@dataclass(slots=True)
class Searched:
    """What a search did."""

    reports: list[Report] = field(default_factory=list)
    new: int = 0
    # Facts whose worth nobody knows: an officer has to look at them.
    without_worth: list[Fact] = field(default_factory=list)


def search(*, first: date, last: date, actor: Actor) -> Searched:
    """Every report that the rule calls for in the windows that begin on these days.

    Safe to run twice and alongside itself. Raises Invalid for a span that is too long or backwards.
    """
    actor.require(FILE)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise Invalid(
            _("Choose 1 to %(n)s days.") % {"n": MOST_DAYS}, field="last", limit=MOST_DAYS
        )
    filer = filers.filer_of("ca")
    window = Window(starts=filer.window_starts, zone=ZoneInfo(filer.time_zone))
    begins = datetime.combine(first, filer.window_starts, tzinfo=ZoneInfo(filer.time_zone))
    ends = datetime.combine(
        last + timedelta(days=1), filer.window_starts, tzinfo=ZoneInfo(filer.time_zone)
    )
    done = Searched()
    for (kind, direction), fact_kind in WATCHED.items():
        facts = _facts(fact_kind, begins, ends)
        _look(kind, direction, facts, window, actor, done)
    return done


def _facts(kind: str, begins: datetime, ends: datetime) -> list[Fact]:
    rows = Fact.objects.filter(kind=kind, at__gte=begins, at__lt=ends).order_by("at", "pk")
    found = list(rows[: MOST_FACTS + 1])
    if len(found) > MOST_FACTS:
        raise Invalid(_("Too much happened: choose fewer days."), field="last", limit=MOST_FACTS)
    ours = canadians({fact.customer_id for fact in found if fact.customer_id is not None})
    return [
        fact
        for fact in found
        # A transfer of money counts when it crosses the border.
        if fact.customer_id in ours and _international(fact)
    ]


def canadians(ids: Iterable[int]) -> set[int]:
    """Which of these customers the Canadian entity serves: by identity, else by what they said."""
    wanted = set(ids)
    said = dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "country"))
    known = dict(
        Identity.objects.filter(customer_id__in=wanted).values_list("customer_id", "country")
    )
    return {pk for pk in wanted if (known.get(pk) or said.get(pk)) == COUNTRY}


def _international(fact: Fact) -> bool:
    if fact.kind == FactKind.CRYPTO_DEPOSIT:
        return not fact.extra.get("reward")  # rewards for validating are not receipts
    return fact.extra.get("bank_country", "") != COUNTRY


def _look(
    kind: str,
    direction: str,
    facts: Sequence[Fact],
    window: Window,
    actor: Actor,
    done: Searched,
) -> None:
    by_ref = {str(fact.pk): fact for fact in facts}
    transactions = []
    for fact in facts:
        cad = _cad(fact)
        if cad is None:
            done.without_worth.append(fact)
            continue
        transactions.append(_transaction(fact, cad))
    excepted = {each.beneficiary for each in transactions if _is_excepted(by_ref[each.ref])}
    found = rule.to_send(rule.sums(transactions, window=window, excepted=excepted))
    for each in found:
        report, fresh = _report(kind, direction, each, [by_ref[ref] for ref in each.refs], actor)
        done.reports.append(report)
        done.new += fresh


def _cad(fact: Fact) -> Decimal | None:
    """Money by the rate of its own currency, coins by what they were worth in dollars."""
    if fact.kind != FactKind.CRYPTO_DEPOSIT and fact.amount is not None:
        rate = rates.cad_for(fact.asset, fact.at.astimezone(rates.OTTAWA).date())
        if rate is not None:
            return fact.amount * rate
    return rates.in_cad(fact.usd, fact.at)


def _transaction(fact: Fact, cad: Decimal) -> Transaction:
    """Who acts is the customer, unless the fact names somebody else."""
    said = fact.extra
    own = str(fact.customer_id)
    return Transaction(
        ref=str(fact.pk),
        at=fact.at,
        cad=cad,
        conductor=str(said.get("conductor") or own),
        beneficiary=str(said.get("beneficiary") or own),
        third_party=str(said["third_party"]) if said.get("third_party") else None,
    )


def _is_excepted(fact: Fact) -> bool:
    """A public body, a very large corporation, the administrator of a pension fund."""
    return fact.extra.get("beneficiary_kind") in ("public_body", "large_corporation", "pension")


def _report(
    kind: str, direction: str, found: Sum, facts: list[Fact], actor: Actor
) -> tuple[Report, bool]:
    begins, ends = found.window
    key = f"{kind}:{direction}:{begins:%Y%m%dT%H%MZ}:{found.role}:{found.party}"
    if found.role == ALONE:
        key += f":{found.refs[0]}"
    standing = Report.objects.filter(found_by=key[:200]).first()
    if standing is not None:
        return standing, False
    whose = facts[0].customer_id
    assert whose is not None  # money that moved is a customer's
    customer = Customer.objects.select_related("user", "parent__user").get(pk=whose)
    contents = _contents(kind, direction, found, facts)
    total = f"{found.total:,.2f}"
    title = ngettext(
        "%(n)s transaction, CAD %(total)s, %(who)s",
        "%(n)s transactions, CAD %(total)s, %(who)s",
        len(facts),
    ) % {
        "n": len(facts),
        "total": total,
        "who": customer,
    }
    report = start(
        kind=kind,
        actor=actor,
        customer_id=customer.pk,
        # The clock runs from the day of the last receipt in the window.
        known_at=max(fact.at for fact in facts),
        found_by=key[:200],
        contents=contents,
        title=f"{kind.upper()}: {title}",
    )
    return report, True


def _contents(kind: str, direction: str, found: Sum, facts: list[Fact]) -> dict[str, Any]:
    ids = list(dict.fromkeys(fact.customer_id for fact in facts))
    customers = Customer.objects.select_related("user", "parent__user").in_bulk(ids)
    refs = {pk: f"P{number}" for number, pk in enumerate(ids, start=1)}
    begins, ends = (each.astimezone(rates.OTTAWA) for each in found.window)
    contents: dict[str, Any] = {
        "filing_type": "initial",
        "persons": [gather.person_of(customers[pk], refs[pk]) for pk in ids],
        "transactions": [
            gather.transaction_of(
                fact, conductor=refs[fact.customer_id], beneficiary=refs[fact.customer_id]
            )
            for fact in facts
        ],
        "window": {
            "role": found.role,
            "starts": begins.isoformat(timespec="seconds"),
            "ends": ends.isoformat(timespec="seconds"),
        },
        "stands_for": list(found.stands_for),
    }
    if kind == Kind.EFTR:
        contents["eft_direction"] = EFT_DIRECTION[direction]
    return contents
