"""A suspicious activity report (FinCEN form 111) as an activity of a batch."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from compliance.reporting.fincen import parties
from compliance.reporting.fincen.write import batch, node, put, tag, tidy, to_bytes

Contents = dict[str, Any]

FORM = "SARX"
BLOCK = 4000
VIRTUAL_CURRENCY, INSTRUMENT = "41", "6"  # an "other" instrument: there is no code for it
OTHER_EVENT = "999"
EVENT_WORDS = "Virtual currency address"
UNKNOWN_PRIOR = "0" * 14


def file_of(reports: list[tuple[str, Contents]], *, filing_date: date) -> bytes:
    """A batch file of (our reference, contents) pairs, filed together."""
    activities = [activity(reference, each, filing_date) for reference, each in reports]
    root = batch(
        FORM,
        activities,
        TotalAmount=sum(_amount(each["activity"]) for _reference, each in reports),
        PartyCount=sum(len(each.findall(tag("Party"))) for each in activities),
        ActivityCount=len(activities),
        ActivityAttachmentCount=0,
        AttachmentCount=0,
    )
    return to_bytes(root)


def activity(reference: str, contents: Contents, filing_date: date) -> Element:
    """One report."""
    filer = contents["filer"]
    element = Element(tag("Activity"))
    if contents["filing_type"] != "initial":
        put(element, "EFilingPriorDocumentNumber", contents.get("prior_id") or UNKNOWN_PRIOR)
    put(element, "FilingDateText", day(filing_date))
    put(element, "FilingInstitutionNotetoFinCEN", contents.get("note"))
    association = node(element, "ActivityAssociation")
    put(association, "ContinuingActivityReportIndicator", contents["filing_type"] == "continuing")
    put(
        association,
        "CorrectsAmendsPriorReportIndicator",
        contents["filing_type"] == "correction",
    )
    put(association, "InitialReportIndicator", contents["filing_type"] == "initial")
    element.append(parties.transmitter(filer))
    element.append(parties.transmitter_contact(filer))
    element.append(parties.institution(filer, parties.FILER, reference))
    element.append(parties.contact(filer))
    for each in contents["subjects"]:
        element.append(subject(each, filer))
    element.append(parties.institution(filer, parties.LOCATION))
    _suspicious(element, contents["activity"], contents["filing_type"])
    _online(element, contents)
    _narrative(element, contents["narrative"])
    return element


def subject(who: Contents, filer: Contents) -> Element:
    """Whom it is about: what is known, and a mark for each thing that is not."""
    element = parties.party(parties.SUBJECT)
    if who.get("unknown"):
        put(element, "AllCriticalSubjectInformationUnavailableIndicator", True)
        return element
    company = who.get("kind") == "company"
    put(element, "BirthDateUnknownIndicator", not company and not who.get("birth_date"))
    put(element, "FemaleGenderIndicator", not company and who.get("gender") == "f")
    put(element, "IndividualBirthDateText", who.get("birth_date", "").replace("-", ""))
    put(element, "MaleGenderIndicator", not company and who.get("gender") == "m")
    put(element, "NoKnownAccountInvolvedIndicator", not who.get("account"))
    put(element, "PartyAsEntityOrganizationIndicator", company)
    put(
        element,
        "UnknownGenderIndicator",
        not company and who.get("gender", "") not in ("f", "m"),
    )
    parties.personal(element, who)
    for alias in who.get("aliases", []):
        parties.named(element, alias, "AKA")
    parties.addressed(element, who, unknowns=True)
    parties.phoned(element, who.get("phone", ""))
    parties.documents(element, who)
    if who.get("occupation"):
        put(node(element, "PartyOccupationBusiness"), "OccupationBusinessText", who["occupation"])
    if who.get("email"):
        address = node(element, "ElectronicAddress")
        put(address, "ElectronicAddressText", who["email"])
        put(address, "ElectronicAddressTypeCode", "E")
    _relationship(element, who, filer)
    return element


def _relationship(element: Element, who: Contents, filer: Contents) -> None:
    association = node(element, "PartyAssociation")
    put(association, "CustomerIndicator", bool(who.get("customer")))
    put(association, "NoRelationshipToInstitutionIndicator", not who.get("customer"))
    if who.get("customer"):
        put(association, "RelationshipContinuesIndicator", not who.get("relationship_ended"))
        put(association, "SubjectRelationshipFinancialInstitutionTINText", filer["ein"])
    if not who.get("account"):
        return
    affected = node(element, "PartyAccountAssociation")
    put(affected, "PartyAccountAssociationTypeCode", parties.AFFECTED)
    held_at = parties.party(parties.ACCOUNT_HELD_AT)
    affected.append(held_at)
    parties.identified(held_at, filer["ein"], parties.TIN)
    account = node(held_at, "Account")
    put(account, "AccountNumberText", who["account"])
    ending = node(account, "PartyAccountAssociation")
    put(ending, "AccountClosedIndicator", bool(who.get("relationship_ended")))
    put(ending, "PartyAccountAssociationTypeCode", parties.HELD_AT)


def _suspicious(element: Element, found: Contents, filing_type: str) -> None:
    part = node(element, "SuspiciousActivity")
    put(part, "AmountUnknownIndicator", found.get("amount_kind") == "unknown")
    if filing_type == "continuing":
        put(part, "CumulativeTotalViolationAmountText", found.get("cumulative"))
    put(part, "NoAmountInvolvedIndicator", found.get("amount_kind") == "none")
    put(part, "SuspiciousActivityFromDateText", found["from"].replace("-", ""))
    put(part, "SuspiciousActivityToDateText", found.get("to", "").replace("-", ""))
    put(part, "TotalSuspiciousAmountText", str(_amount(found)) if _amount(found) else "")
    for subtype in found["subtypes"]:
        kind = node(part, "SuspiciousActivityClassification")
        if subtype.endswith("999"):
            put(kind, "OtherSuspiciousActivityTypeText", found.get("other"))
        put(kind, "SuspiciousActivitySubtypeID", subtype)
        put(kind, "SuspiciousActivityTypeID", type_of(subtype))


def type_of(subtype: str) -> str:
    """The type that a kind of activity belongs to: 114 is of type 1, 1101 of 11, 9999 of 9."""
    number = int(subtype)
    if number > 999:
        return str(number // 1000 if number % 1000 == 999 else number // 100)
    return str(number // 100)


def _amount(found: Contents) -> int:
    """Whole dollars."""
    return int(found.get("amount") or 0) if found.get("amount_kind", "known") == "known" else 0


def _online(element: Element, contents: Contents) -> None:
    """IP addresses, virtual currency addresses (as cyber events), and the coins (as an asset)."""
    for each in contents.get("ip_addresses", []):
        part = node(element, "ActivityIPAddress")
        put(part, "ActivityIPAddressDateText", each.get("date", "").replace("-", ""))
        put(part, "ActivityIPAddressTimeStampText", each.get("time"))
        put(part, "IPAddressText", each["ip"])
    for each in contents.get("virtual_addresses", []):
        part = node(element, "CyberEventIndicators")
        put(part, "CyberEventDateText", each.get("date", "").replace("-", ""))
        put(part, "CyberEventIndicatorsTypeCode", OTHER_EVENT)
        put(part, "CyberEventTimeStampText", each.get("time"))
        put(part, "CyberEventTypeOtherText", EVENT_WORDS)
        put(part, "EventValueText", each["address"])
    if coins := contents.get("coins"):
        # One entry: the schema takes each kind of instrument once.
        part = node(element, "Assets")
        put(part, "AssetSubtypeID", VIRTUAL_CURRENCY)
        put(part, "AssetTypeID", INSTRUMENT)
        put(part, "OtherAssetSubtypeText", coins_text(coins))


def coins_text(coins: list[str]) -> str:
    """ "Virtual currency (BTC, ETH)": what fits into fifty characters."""
    shown: list[str] = []
    for coin in coins:
        if len(f"Virtual currency ({', '.join([*shown, coin])})") > 50:
            break
        shown.append(coin)
    return f"Virtual currency ({', '.join(shown)})" if shown else "Virtual currency"


def _narrative(element: Element, narrative: str) -> None:
    for number, block in enumerate(blocks(narrative), start=1):
        part = node(element, "ActivityNarrativeInformation")
        put(part, "ActivityNarrativeSequenceNumber", str(number))
        put(part, "ActivityNarrativeText", block)


def blocks(narrative: str) -> list[str]:
    """The text in blocks of at most 4,000 characters, cut between words: none ends in a space."""
    words = tidy(narrative).split(" ")
    found: list[str] = []
    current = ""
    for word in words:
        piece = word
        while len(piece) > BLOCK:  # a word longer than a block has to be cut somewhere
            if current:
                found.append(current)
                current = ""
            found.append(piece[:BLOCK])
            piece = piece[BLOCK:]
        joined = f"{current} {piece}" if current else piece
        if len(joined) > BLOCK:
            found.append(current)
            joined = piece
        current = joined
    return [*found, current] if current else found


def day(value: date) -> str:
    return f"{value:%Y%m%d}"
