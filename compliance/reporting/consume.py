"""What other rooms announce: a case ended in a report; a customer is a listed person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from compliance.cases.models import Case
from compliance.cases.states import Disposition
from compliance.reporting import blocked
from compliance.reporting.candidates import canadians
from compliance.reporting.draft import start
from compliance.reporting.models import BlockedProperty, Report
from compliance.reporting.states import State
from compliance.screening.models import Hit
from exchange.core import clock, outbox
from exchange.core.actors import system
from exchange.ledger import queries as ledger
from exchange.markets.models import Ticker

DOLLARS = ("USD", "USDT", "USDC", "DAI")


@outbox.consumes("cases.decided")
def case_is_reported(payload: dict[str, Any]) -> None:
    """Begin the report that a case ended with, unless an officer began it: nothing waits for
    somebody to remember. To FINTRAC for whom the Canadian entity serves, else to FinCEN.

    Told twice, it is one report.
    """
    if payload["disposition"] != Disposition.REPORT:
        return
    case = Case.objects.filter(pk=payload["case_id"]).first()
    if case is None or case.reports.exclude(state=State.DISCARDED).exists():
        return
    canadian = case.customer_id is not None and bool(canadians([case.customer_id]))
    start(
        kind=Report.Kind.STR if canadian else Report.Kind.SAR,
        actor=system("reporting.case_is_reported"),
        case_id=case.pk,
        found_by=f"case:{case.pk}:decision:{payload['decision_id']}",
    )


@outbox.consumes("screening.confirmed")
def property_is_blocked(payload: dict[str, Any]) -> None:
    """Write down every balance of somebody on OFAC's list, and begin the report of it.

    The account is frozen already, in the transaction that confirmed the hit. Ten business days run
    from that moment. Told twice, it is one report.
    """
    hit = Hit.objects.select_related("entry", "address").filter(pk=payload["hit_id"]).first()
    if hit is None or not _of_ofac(hit):
        return
    actor = system("reporting.property_is_blocked")
    at = hit.decided_at or clock.now()
    for balance in ledger.balances(customer_id=hit.customer_id):
        amount = balance.available + balance.held
        blocked.write_down(
            customer_id=hit.customer_id,
            asset=balance.asset,
            amount=amount,
            worth_usd=_worth(balance.asset, amount),
            listed_name=(hit.entry.name if hit.entry else hit.subject_name) or "-",
            program=_program(hit),
            reference=f"hit-{hit.pk}-{balance.asset}",
            blocked_at=at,
            actor=actor,
        )
    if BlockedProperty.objects.filter(customer_id=hit.customer_id, report__isnull=True).exists():
        blocked.report_blocked(customer_id=hit.customer_id, blocked_at=at, actor=actor)


def _of_ofac(hit: Hit) -> bool:
    listed = hit.entry or hit.address
    return listed is not None and listed.source.lower().startswith("ofac")


def _program(hit: Hit) -> str:
    """As the list names it; the officer completes it when the list does not."""
    named = hit.entry.contents.get("programmes", []) if hit.entry else []
    return ", ".join(str(each) for each in named)[:60] or "OFAC"


def _worth(asset: str, amount: Decimal) -> Decimal:
    """By the last price in dollars; 0 when nobody knows, for the officer to find out."""
    if asset in DOLLARS:
        return amount
    last = Ticker.objects.filter(market__symbol=f"{asset}_USDT").values_list("last", flat=True)
    return amount * (last.first() or Decimal(0))
