"""Our own view of a message: parties and providers, built into IVMS101.2023 and read from it.

payload = build(Message(originator=..., beneficiary=..., originating=..., receiving=...))
message = read(payload)      # raises Faulty with every fault
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from compliance.travel_rule.ivms101.validate import Fault, validate
from compliance.travel_rule.ivms101.words import LENGTHS, VERSION


class Faulty(ValueError):
    """The message breaks the standard; `faults` say where and how."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:5]))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who pays or is paid. A company's name stands in `family_name`."""

    company: bool = False
    family_name: str
    given_names: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    birth_date: str = ""  # 1970-12-31
    birth_place: str = ""
    customer_number: str = ""
    accounts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.given_names, self.family_name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider, by its name and LEI."""

    name: str
    lei: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    originator: Party
    beneficiary: Party
    originating: Provider | None = None
    receiving: Provider | None = None


def build(message: Message) -> dict[str, Any]:
    """The message in the standard's shape. Raises Faulty: nothing faulty is ever sent."""
    payload: dict[str, Any] = {
        "payloadMetadata": {"payloadVersion": VERSION},
        "originator": _party(message.originator, "originatorPerson"),
        "beneficiary": _party(message.beneficiary, "beneficiaryPerson"),
    }
    if message.originating is not None:
        payload["originatingVASP"] = _provider(message.originating)
    if message.receiving is not None:
        payload["beneficiaryVASP"] = _provider(message.receiving)
    if faults := validate(payload).faults:
        raise Faulty(faults)
    return payload


def read(payload: object) -> Message:
    """A valid message as parties and providers. Raises Faulty."""
    if faults := validate(payload).faults:
        raise Faulty(faults)
    assert isinstance(payload, dict)
    return Message(
        originator=_read_party(payload["originator"], "originatorPerson"),
        beneficiary=_read_party(payload["beneficiary"], "beneficiaryPerson"),
        originating=_read_provider(payload.get("originatingVASP")),
        receiving=_read_provider(payload.get("beneficiaryVASP")),
    )


def same_name(one: str, other: str) -> bool:
    """Are these the same person's names? Without regard to case, accents, order and titles.

    The shorter may leave out middle names, but not shrink to a single word.
    """
    mine, theirs = _tokens(one), _tokens(other)
    if mine == theirs:
        return bool(mine)
    few, many = sorted((mine, theirs), key=len)
    return len(few) >= 2 and few <= many


_TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "sir"}


def _tokens(name: str) -> set[str]:
    folded = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(
        " " if not c.isalnum() and not unicodedata.combining(c) else c
        for c in folded
        if not unicodedata.combining(c)
    )
    return set(plain.split()) - _TITLES


def _cut(text: str, name: str) -> str:
    return text.strip()[: LENGTHS[name]]


def _party(party: Party, persons: str) -> dict[str, Any]:
    person: dict[str, Any] = {"name": {"nameIdentifier": [_name(party)]}}
    if party.city and party.country and party.street:
        person["geographicAddress"] = [_address(party)]
    if party.customer_number:
        person["customerIdentification"] = _cut(party.customer_number, "customerIdentification")
    if not party.company and party.birth_date and party.birth_place:
        person["dateAndPlaceOfBirth"] = {
            "dateOfBirth": party.birth_date,
            "placeOfBirth": _cut(party.birth_place, "placeOfBirth"),
        }
    if party.country:
        person["countryOfRegistration" if party.company else "countryOfResidence"] = party.country
    made: dict[str, Any] = {
        persons: [{"legalPerson" if party.company else "naturalPerson": person}]
    }
    if party.accounts:
        made["accountNumber"] = [account[:100] for account in party.accounts]
    return made


def _name(party: Party) -> dict[str, str]:
    if party.company:
        return {
            "legalPersonName": _cut(party.family_name, "legalPersonName"),
            "legalPersonNameIdentifierType": "LEGL",
        }
    name = {"primaryIdentifier": _cut(party.family_name, "primaryIdentifier")}
    if party.given_names.strip():
        name["secondaryIdentifier"] = _cut(party.given_names, "secondaryIdentifier")
    return {**name, "naturalPersonNameIdentifierType": "LEGL"}


def _address(party: Party) -> dict[str, Any]:
    address: dict[str, Any] = {
        "addressType": "GEOG" if party.company else "HOME",
        "addressLine": [_cut(party.street, "addressLine")],
        "townName": _cut(party.city, "townName"),
        "country": party.country,
    }
    if party.postal_code:
        address["postCode"] = _cut(party.postal_code, "postCode")
    if party.region:
        address["countrySubDivision"] = _cut(party.region, "countrySubDivision")
    return address


def _provider(provider: Provider) -> dict[str, Any]:
    person: dict[str, Any] = {
        "name": {
            "nameIdentifier": [
                {
                    "legalPersonName": _cut(provider.name, "legalPersonName"),
                    "legalPersonNameIdentifierType": "LEGL",
                }
            ]
        }
    }
    if provider.lei:
        person["nationalIdentification"] = {
            "nationalIdentifier": provider.lei,
            "nationalIdentifierType": "LEIX",
        }
    if provider.country:
        person["countryOfRegistration"] = provider.country
    return {"legalPerson": person}


def _read_party(value: dict[str, Any], persons: str) -> Party:
    """The first person, with the accounts of all."""
    wrapped = value[persons][0]
    company = "legalPerson" in wrapped
    person = wrapped["legalPerson" if company else "naturalPerson"]
    names = person["name"]["nameIdentifier"]
    kind = "legalPersonNameIdentifierType" if company else "naturalPersonNameIdentifierType"
    name = next(each for each in names if each[kind] == "LEGL")
    address: dict[str, Any] = next(iter(person.get("geographicAddress", [])), {})
    street = " ".join(
        filter(None, (address.get("buildingNumber"), address.get("streetName")))
    ) or ", ".join(address.get("addressLine", []))
    birth = person.get("dateAndPlaceOfBirth", {})
    accounts = [*value.get("accountNumber", [])]
    for each in value[persons]:
        accounts.extend(each.get("accountNumber", []))
    return Party(
        company=company,
        family_name=name["legalPersonName" if company else "primaryIdentifier"],
        given_names=name.get("secondaryIdentifier", ""),
        street=street,
        city=address.get("townName", ""),
        region=address.get("countrySubDivision", ""),
        postal_code=address.get("postCode", address.get("postcode", "")),
        country=address.get("country")
        or person.get("countryOfRegistration" if company else "countryOfResidence", ""),
        birth_date=birth.get("dateOfBirth", ""),
        birth_place=birth.get("placeOfBirth", ""),
        customer_number=person.get("customerIdentification", ""),
        accounts=tuple(accounts),
    )


def _read_provider(value: dict[str, Any] | None) -> Provider | None:
    if value is None:
        return None
    inner = next(iter(value.values()))
    if "legalPerson" not in value and isinstance(inner, dict) and "legalPerson" in inner:
        value = inner
    person = value.get("legalPerson")
    if person is None:
        natural = value["naturalPerson"]["name"]["nameIdentifier"][0]
        return Provider(name=natural["primaryIdentifier"])
    identity = person.get("nationalIdentification", {})
    lei = identity.get("nationalIdentifierType") == "LEIX"
    return Provider(
        name=person["name"]["nameIdentifier"][0]["legalPersonName"],
        lei=identity["nationalIdentifier"] if lei else "",
        country=person.get("countryOfRegistration", ""),
    )
