"""A currency transaction report (FinCEN form 112) as an activity of a batch.

For banknotes only: an exchange without cash files none, but one that takes cash somewhere must.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from compliance.reporting.fincen import parties
from compliance.reporting.fincen.sar import UNKNOWN_PRIOR, day
from compliance.reporting.fincen.write import YES, batch, node, put, tag, to_bytes

Contents = dict[str, Any]

FORM = "CTRX"
OWN_BEHALF, FOR_ANOTHER, ON_WHOSE_BEHALF = "50", "17", "23"
CASH_IN, CASH_OUT = "8", "9"


def file_of(reports: list[tuple[str, Contents]], *, filing_date: date) -> bytes:
    """A batch file of (our reference, contents) pairs, filed together."""
    activities = [activity(reference, each, filing_date) for reference, each in reports]
    root = batch(
        FORM,
        activities,
        TotalAmount=sum(
            int(each.get("cash_in") or 0) + int(each.get("cash_out") or 0)
            for _reference, each in reports
        ),
        PartyCount=sum(len(each.findall(tag("Party"))) for each in activities),
        ActivityCount=len(activities),
    )
    return to_bytes(root)


def activity(reference: str, contents: Contents, filing_date: date) -> Element:
    """One report. The form has no field for our own number; the file's name carries it."""
    filer = contents["filer"]
    element = Element(tag("Activity"))
    if contents["filing_type"] != "initial":
        put(element, "EFilingPriorDocumentNumber", contents.get("prior_id") or UNKNOWN_PRIOR)
    put(element, "FilingDateText", day(filing_date))
    association = node(element, "ActivityAssociation")
    _answer(
        association,
        "CorrectsAmendsPriorReportIndicator",
        contents["filing_type"] == "correction",
    )
    _answer(association, "FinCENDirectBackFileIndicator", False)
    _answer(association, "InitialReportIndicator", contents["filing_type"] == "initial")
    element.append(parties.transmitter(filer))
    element.append(parties.transmitter_contact(filer))
    element.append(parties.institution(filer, parties.FILER))
    element.append(parties.contact(filer))
    element.append(parties.institution(filer, parties.LOCATION))
    for each in contents["persons"]:
        element.append(_person(each))
    _currency(element, contents)
    return element


def _answer(parent: Element, name: str, yes: bool) -> None:
    """A box that has to be there, empty when it is not ticked."""
    node(parent, name).text = YES if yes else ""


def _person(who: Contents) -> Element:
    company = who.get("kind") == "company"
    element = parties.party(who["role"])
    put(element, "BirthDateUnknownIndicator", not company and not who.get("birth_date"))
    put(element, "FemaleGenderIndicator", not company and who.get("gender") == "f")
    put(element, "IndividualBirthDateText", who.get("birth_date", "").replace("-", ""))
    put(element, "IndividualEntityCashInAmountText", who.get("cash_in"))
    put(element, "IndividualEntityCashOutAmountText", who.get("cash_out"))
    put(element, "MaleGenderIndicator", not company and who.get("gender") == "m")
    put(element, "PartyAsEntityOrganizationIndicator", company)
    put(element, "UnknownGenderIndicator", not company and who.get("gender", "") not in ("f", "m"))
    parties.personal(element, who)
    parties.addressed(element, who, unknowns=True)
    parties.phoned(element, who.get("phone", ""))
    parties.documents(element, who)
    if who.get("occupation"):
        put(node(element, "PartyOccupationBusiness"), "OccupationBusinessText", who["occupation"])
    if who.get("email"):
        put(node(element, "ElectronicAddress"), "ElectronicAddressText", who["email"])
    if who.get("account"):
        account = node(element, "Account")
        put(account, "AccountNumberText", who["account"])
        put(
            node(account, "PartyAccountAssociation"),
            "PartyAccountAssociationTypeCode",
            CASH_IN if who.get("cash_in") else CASH_OUT,
        )
    return element


def _currency(element: Element, contents: Contents) -> None:
    part = node(element, "CurrencyTransactionActivity")
    _answer(part, "AggregateTransactionIndicator", bool(contents.get("aggregated")))
    for name in (
        "ArmoredCarServiceIndicator",
        "ATMIndicator",
        "MailDepositShipmentIndicator",
        "NightDepositIndicator",
        "SharedBranchingIndicator",
    ):
        _answer(part, name, False)
    node(part, "TotalCashInReceiveAmountText").text = str(contents.get("cash_in") or "")
    node(part, "TotalCashOutAmountText").text = str(contents.get("cash_out") or "")
    put(part, "TransactionDateText", contents["transaction_date"].replace("-", ""))
    for each in contents["details"]:
        detail = node(part, "CurrencyTransactionActivityDetail")
        put(detail, "CurrencyTransactionActivityDetailTypeCode", each["code"])
        put(detail, "DetailTransactionAmountText", each["amount"])
        node(detail, "OtherCurrencyTransactionActivityDetailText").text = each.get("other", "")
        node(detail, "OtherForeignCurrencyCountryText").text = each.get("country", "")
