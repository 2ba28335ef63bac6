"""What FinCEN asks of a currency transaction report beyond its schema."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from compliance.reporting.fincen import parties as code
from compliance.reporting.fincen import party_rules as rules
from compliance.reporting.fincen.read import children, text
from compliance.reporting.problems import Found

THRESHOLD = Decimal(10_000)
PERSONS = ("50", "17", "23")
CASH_IN = ("55", "46", "23", "12", "14", "49", "18", "21", "25", "997", "53")
PARTIES = {
    "35": (1, 1, "transmitter"),
    "37": (1, 1, "transmitter contact"),
    "30": (1, 1, "filing institution"),
    "8": (1, 1, "contact for assistance"),
    "34": (1, 999, "where it happened"),
    "50": (0, 999, "person on own behalf"),
    "17": (0, 999, "person for another"),
    "23": (0, 999, "person on whose behalf"),
    "58": (0, 999, "common carrier"),
}


def amount_of(activity: Element) -> Decimal:
    """What the root's total counts: cash in and cash out together."""
    found = children(activity, "CurrencyTransactionActivity")
    if not found:
        return Decimal(0)
    values = (
        text(found[0], "TotalCashInReceiveAmountText"),
        text(found[0], "TotalCashOutAmountText"),
    )
    return sum((rules.dollars(value) or Decimal(0) for value in values), Decimal(0))


def check(activity: Element, where: str, found: Found) -> None:
    """Add what is wrong with one report."""
    filed = rules.filing_day(activity, where, found)
    parties = children(activity, "Party")
    rules.count_codes(parties, where, PARTIES, found)
    persons = 0
    for number, party in enumerate(parties, start=1):
        at = f"{where}/Party[{number}]"
        kind = text(party, "ActivityPartyTypeCode")
        if kind == code.TRANSMITTER:
            rules.check_transmitter(party, at, found)
        elif kind in (code.FILER, code.LOCATION):
            rules.check_institution(party, at, found)
        elif kind in PERSONS:
            persons += 1
            rules.check_person(party, at, filed, found)
        else:
            rules.check_full_name(party, at, found)
    found.need(persons, f"{where}/Party", "parties", _("Nobody brought or took the cash."))
    _association(activity, where, found)
    for part in children(activity, "CurrencyTransactionActivity"):
        _currency(part, f"{where}/CurrencyTransactionActivity", filed, found)


def _association(activity: Element, where: str, found: Found) -> None:
    for part in children(activity, "ActivityAssociation"):
        initial = bool(text(part, "InitialReportIndicator"))
        corrects = bool(text(part, "CorrectsAmendsPriorReportIndicator"))
        prior = text(activity, "EFilingPriorDocumentNumber")
        found.need(
            initial != corrects,
            f"{where}/ActivityAssociation",
            "filing_type",
            _("It is either a first report, or one that corrects another."),
        )
        found.need(
            bool(prior) == corrects and (not prior or re.fullmatch(r"\d{14}", prior)),
            f"{where}/EFilingPriorDocumentNumber",
            "prior",
            _("A correction names the prior BSA ID (fourteen digits); a first report does not."),
        )


def _currency(part: Element, where: str, filed: date, found: Found) -> None:
    rules.check_day(part, "TransactionDateText", where, filed, found)
    sums = {"in": Decimal(0), "out": Decimal(0)}
    for each in children(part, "CurrencyTransactionActivityDetail"):
        value = rules.dollars(text(each, "DetailTransactionAmountText"))
        if not found.need(value, where, "amount", _("Each amount is whole dollars above zero.")):
            continue
        assert value is not None
        kind = text(each, "CurrencyTransactionActivityDetailTypeCode")
        sums["in" if kind in CASH_IN else "out"] += value
        found.need(
            bool(text(each, "OtherCurrencyTransactionActivityDetailText"))
            == (kind in ("997", "998")),
            where,
            "detail",
            _("Other cash (997, 998) needs words, and nothing else has them."),
        )
        found.need(
            bool(text(each, "OtherForeignCurrencyCountryText")) == (kind in ("53", "54")),
            where,
            "detail",
            _("Foreign currency (53, 54) names its country, and nothing else does."),
        )
    for name, way in (("TotalCashInReceiveAmountText", "in"), ("TotalCashOutAmountText", "out")):
        said = text(part, name)
        found.need(
            (rules.dollars(said) if said else Decimal(0)) == sums[way],
            f"{where}/{name}",
            "amount",
            _("The total says %(said)s, and the parts make %(sum)s.")
            % {"said": said or "0", "sum": sums[way]},
        )
    found.need(
        max(sums.values()) > THRESHOLD,
        where,
        "threshold",
        _("Neither cash in nor cash out is above 10,000 dollars: this is not reportable."),
    )
