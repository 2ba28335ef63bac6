"""Build FINTRAC's documents: suspicion (STR), large virtual currency (LVCTR), transfers (EFTR)."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from compliance.reporting.fintrac import codes
from compliance.reporting.fintrac.shapes import EFTR, HOLDINGS, OWNERS, STR

Contents = dict[str, Any]

SINGLE_NAME = "XXX"  # given name of somebody who has one name only
PLACES = Decimal("0.0000000001")
# A person or company as conductor or on whose behalf (5, 6), and as beneficiary (3, 4).
ACTING, RECEIVING = {"person": 5, "company": 6}, {"person": 3, "company": 4}
PARTS = {"conductor": ACTING, "on_behalf_of": ACTING, "beneficiary": RECEIVING}


def file_of(kind: str, reference: str, contents: Contents) -> bytes:
    """One report as FINTRAC's interface takes it: JSON, UTF-8."""
    document = document_of(kind, reference, contents)
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def document_of(kind: str, reference: str, contents: Contents) -> Contents:
    """Sender, who appears, what happened; for a suspicion also why and what we did."""
    persons = {each["ref"]: each for each in contents["persons"]}
    document: Contents = {"reportDetails": _details(kind, reference, contents)}
    if kind == STR:
        document |= _suspicion(contents)
    document["definitions"] = _definitions(contents, persons)
    document["transactions"] = [
        _transaction(kind, each, contents) for each in contents["transactions"]
    ]
    return document


def _details(kind: str, reference: str, contents: Contents) -> Contents:
    filer = contents["filer"]
    details: Contents = {
        "reportTypeCode": codes.REPORT_TYPES[kind],
        "submitTypeCode": codes.CHANGE if contents["filing_type"] == "correction" else codes.NEW,
        "activitySectorCode": codes.MSB_SECTOR,
        "reportingEntityNumber": filer["entity_number"],
        "submittingReportingEntityNumber": filer["entity_number"],
        # A change carries the reference of what it changes.
        "reportingEntityReportReference": contents.get("prior_id") or reference,
        "reportingEntityContactId": filer["contact_id"],
    }
    _set(details, "ministerialDirectiveCode", contents.get("ministerial_directive"))
    if kind == EFTR:
        details["eftDirectionCode"] = int(contents["eft_direction"])
    if window := contents.get("window"):
        details["twentyFourHourRule"] = {
            "aggregationTypeCode": codes.AGGREGATIONS[window["role"]],
            "periodStart": moment(window["starts"]),
            "periodEnd": moment(window["ends"]),
        }
    return details


def _suspicion(contents: Contents) -> Contents:
    return {
        "detailsOfSuspicion": {
            "descriptionOfSuspiciousActivity": contents["narrative"].strip(),
            "suspicionTypeCode": int(contents["suspicion_type"]),
            "publicPrivatePartnershipProjectNameCodes": [
                int(code) for code in contents.get("projects", [])
            ],
            "politicallyExposedPersonIncludedIndicator": bool(contents.get("pep")),
        },
        "relatedReports": [
            {"reportingEntityReportReference": each, "reportingEntityTransactionReferences": []}
            for each in contents.get("related", [])
        ],
        "actionTaken": {"description": contents.get("action_taken", "").strip()},
    }


def _definitions(contents: Contents, persons: dict[str, Contents]) -> list[Contents]:
    """Each person once for each part that they play."""
    wanted: dict[str, Contents] = {}
    for each in contents["transactions"]:
        for name, kinds in PARTS.items():
            who = persons.get(each.get(name, ""))
            if who is None:
                continue
            code = kinds[who.get("kind", "person")]
            wanted[ref_id(who["ref"], code)] = _definition(who, code)
    return list(wanted.values())


def ref_id(ref: str, code: int) -> str:
    return f"{ref}-{code}"


def _definition(who: Contents, code: int) -> Contents:
    made: Contents = {"typeCode": code, "refId": ref_id(who["ref"], code)}
    if code in (4, 6):
        _set(made, "nameOfEntity", who.get("last_name"))
    else:
        _set(made, "surname", who.get("last_name"))
        _set(made, "givenName", who.get("first_name") or SINGLE_NAME)
        _set(made, "otherNameInitial", who.get("middle_name"))
        _set(made, "alias", ", ".join(who.get("aliases", []))[:100])
    if any(who.get(part) for part in ("street", "city", "postal_code", "country")):
        made["addressTypeCode"] = 1
        made["address"] = _address(who)
    _set(made, "telephoneNumber", who.get("phone"))
    if code in (3, 5):
        _set(made, "dateOfBirth", who.get("birth_date"))
        _set(made, "countryOfResidenceCode", who.get("country"))
        _set(made, "occupation", who.get("occupation"))
    if code == 5:
        _set(made, "countryOfCitizenshipCode", who.get("citizenship"))
    if code in (4, 6):
        _set(made, "natureOfPrincipalBusiness", who.get("occupation"))
        made["registrationsIncorporations"] = []
        made["authorizedPersons"] = []
    if code == 6:
        made |= {name: [] for name in (*OWNERS, *HOLDINGS)}
    made["identifications"] = _identifications(who)
    return made


def _address(who: Contents) -> Contents:
    made: Contents = {"typeCode": 1}
    _set(made, "streetAddress", who.get("street"))
    _set(made, "city", who.get("city"))
    state = who.get("state", "")
    _set(made, "provinceStateCode" if len(state) == 2 else "provinceStateName", state)
    _set(made, "postalZipCode", who.get("postal_code"))
    _set(made, "countryCode", who.get("country"))
    return made


def _identifications(who: Contents) -> list[Contents]:
    if not who.get("id_number"):
        return []
    made: Contents = {}
    if who.get("ca_id_type"):
        made["identifierTypeCode"] = int(who["ca_id_type"])
    made["number"] = who["id_number"]
    _set(made, "jurisdictionOfIssueCountryCode", who.get("id_country"))
    state = who.get("id_state", "")
    _set(
        made,
        f"jurisdictionOfIssueProvinceState{'Code' if len(state) == 2 else 'Name'}",
        state,
    )
    return [made]


def _transaction(kind: str, each: Contents, contents: Contents) -> Contents:
    persons = {who["ref"]: who for who in contents["persons"]}
    at = datetime.fromisoformat(each["at"])
    when: Contents = {
        "dateOfTransaction": f"{at:%Y-%m-%d}",
        "timeOfTransaction": moment(each["at"]).partition("T")[2],
        "methodCode": int(each.get("method") or codes.ONLINE),
        "reportingEntityTransactionReference": each["reference"],
    }
    _set(when, "purpose", each.get("purpose"))
    if kind == STR:
        when = {"attemptedTransactionIndicator": bool(each.get("attempted")), **when}
        _set(when, "reasonNotCompleted", each.get("reason_not_completed"))
        name = "suspiciousTransactionDetails"
    else:
        when["thresholdIndicator"] = Decimal(each["value_cad"]) >= 10_000
        name = "eftDetails" if kind == EFTR else "largeVirtualCurrencyTransactionDetails"
    return {
        "reportingEntityLocationId": contents["filer"]["location_id"],
        name: when,
        "startingActions": [_starting(each, persons)],
        "completingActions": [_completing(each, persons)],
    }


def _money(each: Contents) -> Contents:
    made: Contents = {"amount": amount(each["amount"])}
    made["virtualCurrencyTypeCode" if each.get("virtual", True) else "currencyCode"] = each["asset"]
    if each.get("rate"):
        made["exchangeRate"] = amount(each["rate"])
    return made


def _chain(each: Contents) -> Contents:
    """The three lists stand in every action, empty or not."""
    return {
        "virtualCurrencyTransactionIds": [each["txid"]] if each.get("txid") else [],
        "sendingVirtualCurrencyAddresses": (
            [each["from_address"]] if each.get("from_address") else []
        ),
        "receivingVirtualCurrencyAddresses": (
            [each["to_address"]] if each.get("to_address") else []
        ),
    }


def _starting(each: Contents, persons: dict[str, Contents]) -> Contents:
    who = persons.get(each.get("conductor", ""))
    other = persons.get(each.get("on_behalf_of", ""))
    virtual = each.get("virtual", True)
    return {
        "details": {
            "direction": codes.IN if each.get("direction", "in") == "in" else codes.OUT,
            "fundAssetVirtualCurrencyTypeCode": (
                codes.VIRTUAL_CURRENCY if virtual else codes.FUNDS_TRANSFER
            ),
            **_money(each),
            **_chain(each),
            "sourcesOfFundsOrVirtualCurrencyIndicator": False,
            "conductorIndicator": who is not None,
        },
        "sourcesOfFundsOrVirtualCurrency": [],
        "conductors": [_conductor(each, who, other)] if who else [],
    }


def _conductor(each: Contents, who: Contents, other: Contents | None) -> Contents:
    details: Contents = {}
    _set(details, "clientNumber", who.get("account"))
    _set(details, "emailAddress", who.get("email"))
    _set(details, "username", each.get("username"))
    _set(details, "deviceIdentifierNumber", each.get("device"))
    _set(details, "internetProtocolAddress", each.get("ip"))
    if each.get("session_at"):
        details["dateTimeOfOnlineSession"] = moment(each["session_at"])
    details["onBehalfOfIndicator"] = other is not None
    code = ACTING[who.get("kind", "person")]
    made: Contents = {"typeCode": code, "refId": ref_id(who["ref"], code), "details": details}
    made["onBehalfOfs"] = []
    if other is not None:
        code = ACTING[other.get("kind", "person")]
        made["onBehalfOfs"] = [
            {"typeCode": code, "refId": ref_id(other["ref"], code), "details": {}}
        ]
    return made


def _completing(each: Contents, persons: dict[str, Contents]) -> Contents:
    who = persons.get(each.get("beneficiary", ""))
    details = {
        "dispositionCode": int(each.get("disposition") or 1),
        **_money(each),
        "valueInCanadianDollars": amount(each["value_cad"]),
        **_chain(each),
        "involvementIndicator": False,
        "beneficiaryIndicator": who is not None,
    }
    beneficiaries = []
    if who is not None:
        code = RECEIVING[who.get("kind", "person")]
        named: Contents = {}
        _set(named, "clientNumber", who.get("account"))
        beneficiaries = [{"typeCode": code, "refId": ref_id(who["ref"], code), "details": named}]
    return {"details": details, "involvements": [], "beneficiaries": beneficiaries}


def _set(made: Contents, name: str, value: object) -> None:
    """A field that is not known is left out: never "N/A"."""
    if said := " ".join(str(value or "").split()):
        made[name] = said


def amount(value: object) -> str:
    """Two to ten decimal places, as the interface takes amounts."""
    rounded = Decimal(str(value)).quantize(PLACES, rounding=ROUND_HALF_UP)
    whole, _point, fraction = f"{rounded:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def moment(value: str) -> str:
    """With seconds and an offset: 2026-03-02T14:03:11-05:00."""
    at = datetime.fromisoformat(value)
    assert at.tzinfo is not None, "a moment without a zone says nothing"
    return at.isoformat(timespec="seconds")
