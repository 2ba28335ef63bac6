"""The parties of a report: who sends the file, who files, whom to ask, whom it is about."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from compliance.reporting.fincen.write import node, put, tag

Contents = dict[str, Any]

TRANSMITTER, TRANSMITTER_CONTACT, FILER, CONTACT = "35", "37", "30", "8"
SUBJECT, LOCATION, ACCOUNT_HELD_AT = "33", "34", "41"
SSN, EIN, TIN, FOREIGN_ID = "1", "2", "4", "9"
INTERNAL_NUMBER, CONTROL_CODE = "29", "28"
OTHER = "999"
MSB, IRS = "4", "7"
AFFECTED, HELD_AT = "7", "5"


def party(code: str) -> Element:
    element = Element(tag("Party"))
    put(element, "ActivityPartyTypeCode", code)
    return element


def named(parent: Element, full_name: str, kind: str = "L") -> None:
    name = node(parent, "PartyName")
    put(name, "PartyNameTypeCode", kind)
    put(name, "RawPartyFullName", full_name)


def identified(parent: Element, number: str, code: str) -> None:
    identification = node(parent, "PartyIdentification")
    put(identification, "PartyIdentificationNumberText", number)
    put(identification, "PartyIdentificationTypeCode", code)


def ours(filer: Contents) -> Contents:
    """Our own address, as `addressed` takes it."""
    return {
        key: filer.get(key, "") for key in ("street", "city", "state", "postal_code", "country")
    }


def addressed(parent: Element, who: Contents, *, unknowns: bool = False) -> None:
    """An address. `unknowns`: the form has a box for each part that is not known."""
    address = node(parent, "Address")
    country = who.get("country", "")
    # Only these three countries have state codes that FinCEN knows.
    state = who.get("state", "") if country in ("US", "CA", "MX") else ""
    put(address, "CityUnknownIndicator", unknowns and not who.get("city"))
    put(address, "CountryCodeUnknownIndicator", unknowns and not country)
    put(address, "RawCityText", who.get("city"))
    put(address, "RawCountryCodeText", country)
    put(address, "RawStateCodeText", state)
    put(address, "RawStreetAddress1Text", who.get("street"))
    put(address, "RawZIPCode", who.get("postal_code", "").replace(" ", "").replace("-", ""))
    put(address, "StateCodeUnknownIndicator", unknowns and not state and country in ("US", "CA"))
    put(address, "StreetAddressUnknownIndicator", unknowns and not who.get("street"))
    put(address, "ZIPCodeUnknownIndicator", unknowns and not who.get("postal_code"))


def phoned(parent: Element, number: str) -> None:
    if digits := "".join(each for each in number if each.isdigit()):
        put(node(parent, "PhoneNumber"), "PhoneNumberText", digits)


def transmitter(filer: Contents) -> Element:
    """Who sends the file: with the taxpayer number and the code that FinCEN gave us."""
    element = party(TRANSMITTER)
    named(element, filer["name"])
    addressed(element, ours(filer))
    phoned(element, filer["phone"])
    identified(element, filer["ein"], TIN)
    identified(element, filer["transmitter_code"], CONTROL_CODE)
    return element


def transmitter_contact(filer: Contents) -> Element:
    element = party(TRANSMITTER_CONTACT)
    named(element, filer["contact_person"])
    return element


def institution(filer: Contents, code: str, reference: str = "") -> Element:
    """Us as an institution: as the filer (with our number for the report), or where it happened."""
    element = party(code)
    put(element, "PrimaryRegulatorTypeCode", IRS)
    named(element, filer["name"])
    addressed(element, ours(filer))
    identified(element, filer["ein"], EIN)
    if reference:
        identified(element, reference, INTERNAL_NUMBER)
    put(node(element, "OrganizationClassificationTypeSubtype"), "OrganizationTypeID", MSB)
    return element


def contact(filer: Contents) -> Element:
    element = party(CONTACT)
    named(element, filer["contact_office"])
    phoned(element, filer["contact_phone"])
    return element


def personal(element: Element, who: Contents) -> None:
    """Names of a person or a company, as both forms want them, with what they are also called."""
    company = who.get("kind") == "company"
    name = node(element, "PartyName")
    put(name, "EntityLastNameUnknownIndicator", not who.get("last_name"))
    put(name, "FirstNameUnknownIndicator", not company and not who.get("first_name"))
    put(name, "PartyNameTypeCode", "L")
    put(name, "RawEntityIndividualLastName", who.get("last_name"))
    if not company:
        put(name, "RawIndividualFirstName", who.get("first_name"))
        put(name, "RawIndividualMiddleName", who.get("middle_name"))
        put(name, "RawIndividualNameSuffixText", who.get("suffix"))


def documents(element: Element, who: Contents) -> None:
    """The taxpayer number, and the paper that they showed."""
    if tax_id := who.get("tax_id", "").replace("-", ""):
        identified(element, tax_id, who.get("tax_id_type") or SSN)
    else:
        put(node(element, "PartyIdentification"), "TINUnknownIndicator", True)
    if not who.get("id_number"):
        put(node(element, "PartyIdentification"), "IdentificationPresentUnknownIndicator", True)
        return
    paper = node(element, "PartyIdentification")
    put(paper, "OtherIssuerCountryText", who.get("id_country"))
    put(
        paper,
        "OtherIssuerStateText",
        who.get("id_state") if who.get("id_country") in ("US", "CA", "MX") else "",
    )
    put(paper, "OtherPartyIdentificationTypeText", who.get("id_other"))
    put(paper, "PartyIdentificationNumberText", who["id_number"])
    put(paper, "PartyIdentificationTypeCode", who.get("id_type"))
