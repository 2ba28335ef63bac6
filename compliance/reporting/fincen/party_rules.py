"""What both forms ask of parties, dates and numbers."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from compliance.reporting.fincen.parties import CONTROL_CODE, EIN, IRS, MSB, OTHER, SSN, TIN
from compliance.reporting.fincen.read import children, text
from compliance.reporting.problems import Found
from exchange.core import clock

US_STATES = set(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI UM FM MH PW "
    "AA AE AP".split()
)
CA_PROVINCES = set("AB BC MB NB NL NS NT NU ON PE QC SK YT".split())
BIRTH = re.compile(r"(\d{4})(\d{2})(\d{2})")


def real_day(value: str) -> date | None:
    """The day that YYYYMMDD names; None when the calendar has no such day."""
    try:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return None


def dollars(value: str) -> Decimal | None:
    """A whole amount of dollars; None when it is anything else."""
    return Decimal(value) if value.isascii() and value.isdigit() and len(value) <= 15 else None


def check_day(element: Element, field: str, where: str, latest: date, found: Found) -> date | None:
    """A day that exists and is not after `latest`; None when the field is empty or wrong."""
    value = text(element, field)
    if not value:
        return None
    day = real_day(value)
    if found.need(day is not None, f"{where}/{field}", "date", _("%s is no day.") % value):
        assert day is not None
        found.need(
            day <= latest,
            f"{where}/{field}",
            "date",
            _("%(day)s is after %(latest)s.") % {"day": day, "latest": latest},
        )
    return day


def filing_day(activity: Element, where: str, found: Found) -> date:
    """The day of filing: today or before. Today when it can't be read."""
    today = clock.now().date()
    return check_day(activity, "FilingDateText", where, today, found) or today


def count_codes(
    parties: list[Element], where: str, wanted: dict[str, tuple[int, int, str]], found: Found
) -> None:
    """How many parties of each code there have to be: {code: (least, most, words)}."""
    counted = Counter(text(each, "ActivityPartyTypeCode") for each in parties)
    for code, (least, most, words) in wanted.items():
        found.need(
            least <= counted[code] <= most,
            f"{where}/Party",
            "parties",
            _("There have to be %(least)s to %(most)s of party %(code)s (%(words)s), not %(n)s.")
            % {"least": least, "most": most, "code": code, "words": words, "n": counted[code]},
        )
    for code in counted.keys() - wanted.keys():
        found.add(f"{where}/Party", "parties", _("Party %s has no place here.") % (code or "—"))


def check_transmitter(party: Element, where: str, found: Found) -> None:
    """Whoever sends the file has a name, a taxpayer number and FinCEN's control code."""
    check_full_name(party, where, found)
    numbers = identifications(party)
    found.need(
        re.fullmatch(r"\d{9}", numbers.get(TIN, "")),
        f"{where}/PartyIdentification",
        "tin",
        _("The transmitter needs its taxpayer number (type 4), nine digits."),
    )
    found.need(
        re.fullmatch(r"P[A-Z0-9]{7}", numbers.get(CONTROL_CODE, "")),
        f"{where}/PartyIdentification",
        "control_code",
        _("The transmitter needs its control code (type 28): P and seven characters."),
    )
    check_address(party, where, found, whole=True)
    check_phone(party, where, found, needed=True)


def check_institution(party: Element, where: str, found: Found) -> None:
    """We file as a money services business, whose regulator is the IRS."""
    check_full_name(party, where, found)
    kinds = [
        text(each, "OrganizationTypeID")
        for each in children(party, "OrganizationClassificationTypeSubtype")
    ]
    found.need(
        kinds == [MSB], where, "institution", _("The institution has to be of type 4 (MSB).")
    )
    found.need(
        text(party, "PrimaryRegulatorTypeCode") == IRS,
        f"{where}/PrimaryRegulatorTypeCode",
        "regulator",
        _("The regulator of a money services business is 7 (IRS)."),
    )
    found.need(
        re.fullmatch(r"\d{9}", identifications(party).get(EIN, "")),
        f"{where}/PartyIdentification",
        "ein",
        _("The institution needs its EIN (type 2), nine digits."),
    )
    check_address(party, where, found, whole=True)


def check_full_name(party: Element, where: str, found: Found) -> None:
    legal = [
        each for each in children(party, "PartyName") if text(each, "PartyNameTypeCode") == "L"
    ]
    found.need(
        len(legal) == 1
        and (text(legal[0], "RawPartyFullName") or text(legal[0], "RawEntityIndividualLastName")),
        f"{where}/PartyName",
        "name",
        _("There has to be one legal name."),
    )


def identifications(party: Element) -> dict[str, str]:
    return {
        text(each, "PartyIdentificationTypeCode"): text(each, "PartyIdentificationNumberText")
        for each in children(party, "PartyIdentification")
    }


def check_phone(party: Element, where: str, found: Found, *, needed: bool = False) -> None:
    numbers = [text(each, "PhoneNumberText") for each in children(party, "PhoneNumber")]
    found.need(numbers or not needed, f"{where}/PhoneNumber", "phone", _("A phone is missing."))
    for number in numbers:
        found.need(
            number.isascii() and number.isdigit(),
            f"{where}/PhoneNumber",
            "phone",
            _("A phone number is digits only."),
        )


def check_address(party: Element, where: str, found: Found, *, whole: bool = False) -> None:
    """Codes that exist, nothing both given and unknown; `whole`: every part is there."""
    addresses = children(party, "Address")
    found.need(addresses or not whole, f"{where}/Address", "address", _("An address is missing."))
    pairs = {
        "RawCityText": "CityUnknownIndicator",
        "RawCountryCodeText": "CountryCodeUnknownIndicator",
        "RawStateCodeText": "StateCodeUnknownIndicator",
        "RawStreetAddress1Text": "StreetAddressUnknownIndicator",
        "RawZIPCode": "ZIPCodeUnknownIndicator",
    }
    for address in addresses:
        at = f"{where}/Address"
        for field, unknown in pairs.items():
            _not_both(address, field, unknown, at, found)
            if whole:
                found.need(text(address, field), f"{at}/{field}", "address", _("It is missing."))
        country, state = text(address, "RawCountryCodeText"), text(address, "RawStateCodeText")
        found.need(
            not country or re.fullmatch(r"[A-Z]{2}", country),
            f"{at}/RawCountryCodeText",
            "country",
            _("A country is two capital letters."),
        )
        known = {"US": US_STATES, "CA": CA_PROVINCES}.get(country)
        found.need(
            not state or known is None or state in known,
            f"{at}/RawStateCodeText",
            "state",
            _("%(state)s is no state of %(country)s.") % {"state": state, "country": country},
        )
        code = text(address, "RawZIPCode")
        found.need(
            country != "US" or not code or re.fullmatch(r"\d{5}(\d{4})?", code),
            f"{at}/RawZIPCode",
            "zip",
            _("A ZIP code has five or nine digits."),
        )


def _not_both(element: Element, field: str, unknown: str, where: str, found: Found) -> None:
    found.need(
        not (text(element, field) and text(element, unknown)),
        f"{where}/{field}",
        "contradiction",
        _("It is given and marked unknown at once."),
    )


def check_person(party: Element, where: str, latest: date, found: Found) -> None:
    """Somebody whom the report is about: every name, number and date given or marked unknown."""
    company = bool(text(party, "PartyAsEntityOrganizationIndicator"))
    legal = [
        each for each in children(party, "PartyName") if text(each, "PartyNameTypeCode") == "L"
    ]
    if found.need(len(legal) == 1, f"{where}/PartyName", "name", _("One legal name is needed.")):
        name = legal[0]
        given = text(name, "RawEntityIndividualLastName") or text(name, "RawPartyFullName")
        unknown = text(name, "EntityLastNameUnknownIndicator")
        found.need(given or unknown, f"{where}/PartyName", "name", _("The name is missing."))
        _not_both(
            name, "RawEntityIndividualLastName", "EntityLastNameUnknownIndicator", where, found
        )
        _not_both(name, "RawIndividualFirstName", "FirstNameUnknownIndicator", where, found)
        first = text(name, "RawIndividualFirstName") or text(name, "FirstNameUnknownIndicator")
        found.need(
            company or first or text(name, "RawPartyFullName"),
            f"{where}/PartyName",
            "name",
            _("The first name is missing, and not marked unknown."),
        )
    _born(party, where, latest, company, found)
    genders = ("FemaleGenderIndicator", "MaleGenderIndicator", "UnknownGenderIndicator")
    ticked = sum(1 for each in genders if text(party, each))
    found.need(ticked <= 1, where, "gender", _("More than one gender is ticked."))
    check_address(party, where, found)
    check_phone(party, where, found)
    check_documents(party, where, found)


def _born(party: Element, where: str, latest: date, company: bool, found: Found) -> None:
    at = f"{where}/IndividualBirthDateText"
    born = text(party, "IndividualBirthDateText")
    _not_both(party, "IndividualBirthDateText", "BirthDateUnknownIndicator", where, found)
    found.need(not (company and born), at, "birth", _("A company was not born."))
    if not born:
        return
    parts = BIRTH.fullmatch(born)
    if not found.need(parts, at, "birth", _("%s is no date of birth.") % born):
        return
    assert parts is not None
    year, month, day = parts.groups()
    # Month and day may be 00: unknown. A day of an unknown month says nothing.
    first = real_day(year + (month if month != "00" else "01") + (day if day != "00" else "01"))
    found.need(
        first is not None and first <= latest and not (month == "00" and day != "00"),
        at,
        "birth",
        _("%s is no date of birth.") % born,
    )


def check_documents(party: Element, where: str, found: Found) -> None:
    for each in children(party, "PartyIdentification"):
        at = f"{where}/PartyIdentification"
        code, number = (
            text(each, "PartyIdentificationTypeCode"),
            text(each, "PartyIdentificationNumberText"),
        )
        unknown = text(each, "TINUnknownIndicator") or text(
            each, "IdentificationPresentUnknownIndicator"
        )
        found.need(
            bool(number) != bool(unknown),
            at,
            "identification",
            _("A number is needed, or the mark that it is not known, never both."),
        )
        found.need(
            not number or code, at, "identification", _("What kind of number it is, is missing.")
        )
        found.need(
            code not in (SSN, EIN, TIN) or re.fullmatch(r"\d{9}", number),
            at,
            "identification",
            _("A taxpayer number has nine digits."),
        )
        found.need(
            bool(text(each, "OtherPartyIdentificationTypeText")) == (code == OTHER),
            at,
            "identification",
            _("“Other” (999) needs words that say what it is, and nothing else does."),
        )


def check_ip(value: str, where: str, found: Found) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        found.add(where, "ip", _("%s is no IP address.") % value)
