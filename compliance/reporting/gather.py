"""Draw a report's first contents from what we know: the customer, the case's alerts, the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from compliance.cases.models import Case
from compliance.identity.models import Identity
from compliance.monitoring.models import Alert
from compliance.reporting import narrative, rates
from compliance.reporting.models import BlockedProperty, Report
from exchange.accounts.models import Customer
from exchange.core.models import Fact, FactKind
from exchange.core.money import plain

Contents = dict[str, Any]
Kind = Report.Kind

# Contents that no form shows, and that a change of the form leaves as they are.
KEPT = ("filing_type", "window", "stands_for")
MONEY = (
    FactKind.CRYPTO_DEPOSIT,
    FactKind.FIAT_DEPOSIT,
    FactKind.CRYPTO_WITHDRAWAL,
    FactKind.FIAT_WITHDRAWAL,
    FactKind.TRANSFER,
)
MOST_FACTS, MOST_ALERTS, MOST_SHOWN = 500, 50, 99
STATES = {"US", "CA", "MX"}
# The kind of activity (FinCEN's codes) that a scenario speaks of; the officer chooses in the end.
SUBTYPES = {
    "structuring": "114", "micro_structuring": "114", "pass_through": "812",
    "fiat_to_crypto": "812", "dormant_reactivated": "812", "fan_in": "824", "fan_out": "824",
    "cycle": "812", "scatter_gather": "911", "gather_scatter": "911", "stack": "911",
    "new_account_velocity": "812", "profile_deviation": "812", "high_risk_jurisdiction": "928",
    "impossible_travel": "910", "mixer_exposure": "821", "sanctioned_address": "821",
    "peel_chain": "821", "privacy_coins": "822", "travel_rule_evasion": "113",
    "identity_cluster": "402", "account_takeover": "920", "wash_ring": "609",
    "self_trade": "609", "spoofing": "608", "layering": "608", "pump": "608",
    "marking_the_close": "608", "listing_front_running": "601",
    "reward_farm": "402",
}  # fmt: skip


def contents_for(kind: str, *, customer: Customer | None, case: Case | None) -> Contents:
    """What a new report of a kind begins with."""
    alerts = alerts_of(case)
    facts = facts_of(customer, alerts)
    persons = [person_of(customer)] if customer is not None else []
    if kind == Kind.SAR:
        return _sar(persons, facts, alerts)
    if kind == Kind.CTR:
        people = [{**each, "role": "50"} for each in persons]
        return {"filing_type": "initial", "persons": people, "details": []}
    if kind in (Kind.STR, Kind.LVCTR, Kind.EFTR):
        return _fintrac(kind, persons, facts, alerts)
    items = [] if kind != Kind.OFAC_BLOCKED or customer is None else _blocked(customer)
    return {"filing_type": "initial", "items": items, "narrative": ""}


def title_for(kind: str, customer: Customer | None) -> str:
    whom = str(customer) if customer is not None else _("nobody named yet")
    return f"{Kind(kind).label.partition(':')[0]}: {whom}"


def alerts_of(case: Case | None) -> list[Alert]:
    if case is None:
        return []
    rows = Alert.objects.filter(in_case__case=case).order_by("window_start", "pk")
    return list(rows[:MOST_ALERTS])


def facts_of(customer: Customer | None, alerts: Sequence[Alert]) -> list[Fact]:
    """The money that moved within the alerts' windows; those that they name, first of all."""
    if customer is None or not alerts:
        return []
    named = {fact for each in alerts for fact in each.evidence.get("facts", [])[:MOST_FACTS]}
    first, last = min(a.window_start for a in alerts), max(a.window_end for a in alerts)
    within = Fact.objects.filter(
        customer_id=customer.pk, at__gte=first, at__lte=last, kind__in=MONEY
    )
    found = {fact.pk: fact for fact in within.order_by("at")[:MOST_FACTS]}
    found |= {fact.pk: fact for fact in Fact.objects.filter(pk__in=sorted(named)[:MOST_FACTS])}
    return sorted(found.values(), key=lambda fact: (fact.at, fact.pk))


def person_of(customer: Customer, ref: str = "P1") -> Contents:
    """A customer as a party of a report, with what was approved of their identity."""
    main = customer.parent or customer
    known = Identity.objects.filter(customer=main).first()
    person: Contents = {
        "ref": ref,
        "kind": "person",
        "last_name": "",
        "first_name": "",
        "country": main.country,
        "email": main.user.email if main.user else "",
        "account": f"C-{customer.pk}",
        "customer": True,
    }
    if known is None:
        return person
    region = known.region if len(known.region) == 2 else ""
    return {
        **person,
        "kind": known.kind,
        "last_name": known.family_name,
        "first_name": known.given_names,
        "aliases": list(filter(None, (known.native_name, *known.aliases))),
        "birth_date": (
            known.birth_date.isoformat() if known.birth_date and known.kind == "person" else ""
        ),
        "street": known.street[:100],
        "city": known.city[:50],
        "state": region.upper() if known.country in STATES else "",
        "postal_code": known.postal_code[:9],
        "country": known.country,
        "citizenship": known.nationality,
        "occupation": known.occupation[:50],
    }


def _sar(persons: list[Contents], facts: Sequence[Fact], alerts: Sequence[Alert]) -> Contents:
    moved = [fact for fact in facts if fact.usd is not None and fact.kind in MONEY]
    # In and out again is one sum: count what came in, or what left when nothing did.
    came = [fact for fact in moved if fact.kind in narrative.IN] or moved
    total = sum((fact.usd or Decimal(0) for fact in came), Decimal(0))
    return {
        "filing_type": "initial",
        "prior_id": "",
        "note": "",
        "subjects": persons,
        "activity": {
            "from": facts[0].at.date().isoformat() if facts else "",
            "to": facts[-1].at.date().isoformat() if facts else "",
            "amount_kind": "known",
            "amount": str(total.quantize(Decimal(1), rounding=ROUND_HALF_UP)) if total else "",
            "subtypes": subtypes_of(alerts),
            "other": "",
        },
        "ip_addresses": [
            {"ip": str(fact.ip), "date": f"{fact.at:%Y-%m-%d}", "time": f"{fact.at:%H:%M:%S}"}
            for fact in _first_of_each(facts, "ip")
        ],
        "virtual_addresses": [
            {"address": fact.address, "date": f"{fact.at:%Y-%m-%d}", "time": f"{fact.at:%H:%M:%S}"}
            for fact in _first_of_each(facts, "address")
        ],
        "coins": sorted({fact.asset for fact in facts if fact.asset})[:10],
        "narrative": narrative.draft(persons=persons, facts=facts, alerts=alerts),
    }


def subtypes_of(alerts: Sequence[Alert]) -> list[str]:
    """FinCEN's kinds for the scenarios that raised these alerts."""
    return sorted({SUBTYPES[each.scenario] for each in alerts if each.scenario in SUBTYPES})


def _first_of_each(facts: Sequence[Fact], field: str) -> list[Fact]:
    seen: dict[str, Fact] = {}
    for fact in facts:
        value = getattr(fact, field)
        if value:
            seen.setdefault(str(value), fact)
    return list(seen.values())[:MOST_SHOWN]


def _fintrac(
    kind: str, persons: list[Contents], facts: Sequence[Fact], alerts: Sequence[Alert]
) -> Contents:
    wanted = {
        Kind.LVCTR: (FactKind.CRYPTO_DEPOSIT,),
        Kind.EFTR: (FactKind.FIAT_DEPOSIT, FactKind.FIAT_WITHDRAWAL),
    }.get(Kind(kind), MONEY)
    contents: Contents = {
        "filing_type": "initial",
        "persons": persons,
        "transactions": [transaction_of(fact) for fact in facts if fact.kind in wanted],
    }
    if kind == Kind.EFTR:
        contents["eft_direction"] = "2"
    if kind == Kind.STR:
        contents |= {
            "suspicion_type": "1",
            "pep": False,
            "related": [],
            "action_taken": "",
            "narrative": narrative.draft(persons=persons, facts=facts, alerts=alerts),
        }
    return contents


def transaction_of(fact: Fact, *, conductor: str = "P1", beneficiary: str = "P1") -> Contents:
    """A movement of money as FINTRAC's forms have it. Its value is by the Bank of Canada's rate."""
    out = fact.kind in narrative.OUT
    virtual = fact.kind not in (FactKind.FIAT_DEPOSIT, FactKind.FIAT_WITHDRAWAL)
    value = rates.in_cad(fact.usd, fact.at)
    rate = value / fact.amount if value is not None and fact.amount else None
    ours, theirs = str(fact.extra.get("to", "")), fact.address
    return {
        "reference": f"{fact.kind.replace('_', '-')}-{fact.pk}",
        "at": fact.at.astimezone(UTC).isoformat(timespec="seconds"),
        "direction": "out" if out else "in",
        "virtual": virtual,
        "asset": fact.asset,
        "amount": plain(fact.amount) if fact.amount is not None else "",
        "rate": plain(rate.quantize(Decimal("0.0000000001"))) if rate else "",
        "value_cad": plain(value.quantize(Decimal("0.01"))) if value is not None else "",
        "txid": str(fact.extra.get("txid", "")),
        "from_address": (ours if out else theirs) if virtual else "",
        "to_address": (theirs if out else ours) if virtual else "",
        "conductor": conductor,
        "on_behalf_of": "",
        "beneficiary": beneficiary if not out else "",
        "ip": str(fact.ip) if fact.ip else "",
        "device": fact.device,
        "disposition": "4" if out and virtual else "5" if out else "1",
    }


def _blocked(customer: Customer) -> list[Contents]:
    """What of theirs is blocked and in no report yet."""
    rows = BlockedProperty.objects.filter(customer=customer, report__isnull=True)
    return [blocked_item(each) for each in rows.select_related("customer__user")[:200]]


def blocked_item(row: BlockedProperty) -> Contents:
    return {
        "owner": str(row.customer),
        "listed_name": row.listed_name,
        "program": row.program,
        "legal_authority": "31 CFR 501.603",
        "blocked_on": row.blocked_on.isoformat(),
        "asset": row.asset,
        "amount": plain(row.amount),
        "worth_usd": plain(row.worth_usd),
        "where_held": row.where_held,
        "reference": row.reference,
        "description": "",
    }
