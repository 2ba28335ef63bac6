"""FINTRAC's documents as draft-07 JSON schemas.

The shape of a suspicious transaction report is that of FINTRAC's interface, version 1. The large
virtual currency report and the electronic funds transfer report are built here from the same parts,
with what their published validation rules name: their own schemas are handed out to reporting
entities only. A file `<kind>.schema.json` in the folder named by REPORT_SCHEMAS wins over these.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

Shape = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
STR, LVCTR, EFTR = "str", "lvctr", "eftr"
CODE: Shape = {"type": "integer", "minimum": 1, "maximum": 99999}
YES_NO: Shape = {"type": "boolean"}
TEXT: Shape = {"type": "string"}
AMOUNT: Shape = {"type": "string", "pattern": r"^\d{1,17}(\.\d{2,10})?$"}
ENTITY_NUMBER: Shape = {"type": "number", "minimum": 0, "maximum": 9_999_999}
REPORT_REFERENCE: Shape = {"type": "string", "pattern": "^[A-Za-z0-9-_]{1,100}$"}
TRANSACTION_REFERENCE: Shape = {"type": "string", "pattern": "^[A-Za-z0-9-_]{1,200}$"}
REF_ID: Shape = {"type": "string", "pattern": "^[A-Za-z0-9-_]{1,50}$"}
DAY: Shape = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
TIME: Shape = {"type": "string", "pattern": r"^[0-9]{2}:[0-9]{2}:[0-9]{2}[\-\+][0-9]{2}:[0-9]{2}$"}
MOMENT: Shape = {"type": "string", "pattern": DAY["pattern"][:-1] + "T" + TIME["pattern"][1:]}
COUNTRY: Shape = {"type": "string", "minLength": 2, "maxLength": 2}
CURRENCY: Shape = {"type": "string", "minLength": 3, "maxLength": 3}


def text(most: int) -> Shape:
    return {"type": "string", "minLength": 0, "maxLength": most}


def one_of(*values: int) -> Shape:
    return {"enum": list(values)}


def many(items: Shape, **more: int) -> Shape:
    return {"type": "array", "items": items, **more}


def thing(need: str = "", /, **fields: Shape) -> Shape:
    """An object of exactly these fields; `need` names those that have to be there."""
    shape: Shape = {"type": "object", "additionalProperties": False, "properties": fields}
    return {**shape, "required": need.split()} if need else shape


ADDRESS: Shape = {
    "oneOf": [
        thing(
            "typeCode",
            typeCode=one_of(1),
            unitNumber=text(10),
            buildingNumber=text(10),
            streetAddress=text(100),
            city=text(100),
            district=text(100),
            provinceStateCode=COUNTRY,
            provinceStateName=text(100),
            subProvinceSubLocality=text(100),
            postalZipCode=text(20),
            countryCode=COUNTRY,
        ),
        thing(
            "typeCode unstructured",
            typeCode=one_of(2),
            countryCode=COUNTRY,
            unstructured=text(500),
        ),
    ]
}
NAME: dict[str, Shape] = {
    "surname": text(100),
    "givenName": text(100),
    "otherNameInitial": text(100),
}
WHERE: dict[str, Shape] = {"addressTypeCode": one_of(1, 2), "address": ADDRESS}
PHONE: dict[str, Shape] = {"telephoneNumber": text(20), "extensionNumber": text(10)}
ISSUED: dict[str, Shape] = {
    "number": text(100),
    "jurisdictionOfIssueCountryCode": COUNTRY,
    "jurisdictionOfIssueProvinceStateCode": COUNTRY,
    "jurisdictionOfIssueProvinceStateName": text(100),
}
IDENTIFICATIONS = many(thing(identifierTypeCode=CODE, identifierTypeOther=text(200), **ISSUED))
REGISTRATIONS = many(thing(typeCode=CODE, **ISSUED))
NAMES = many(thing(**NAME))
CONTACTS = many(thing(**NAME, **WHERE, **PHONE))
OWNERS = (
    "directorsOfCorporation",
    "trusteesOfTrust",
    "settlorsOfTrust",
    "personsOwningUnitsOfTrust",
    "beneficiariesOfTrust",
)
HOLDINGS = ("personsOwningSharesOfCorporation", "personsOwningEntityNotCorporationOrTrust")
COMPANY: dict[str, Shape] = {
    "nameOfEntity": text(100),
    **WHERE,
    **PHONE,
    "natureOfPrincipalBusiness": text(200),
    "registrationIncorporationIndicator": YES_NO,
    "registrationsIncorporations": REGISTRATIONS,
    "identifications": IDENTIFICATIONS,
    "authorizedPersons": NAMES,
}
PERSON: dict[str, Shape] = {
    **NAME,
    "alias": text(100),
    **WHERE,
    **PHONE,
    "dateOfBirth": DAY,
    "countryOfResidenceCode": COUNTRY,
    "occupation": text(200),
    "identifications": IDENTIFICATIONS,
}


def _definition(code: int, need: str = "", /, **fields: Shape) -> Shape:
    return thing(f"typeCode refId {need}".strip(), typeCode=one_of(code), refId=REF_ID, **fields)


# Who appears in a report: 1, 3, 5 are persons and 2, 4, 6 entities, with ever more detail.
KINDS: dict[int, Shape] = {
    1: _definition(1, **NAME),
    2: _definition(2, nameOfEntity=text(100)),
    3: _definition(3, "identifications", **PERSON, nameOfEmployer=text(100)),
    4: _definition(4, "registrationsIncorporations identifications authorizedPersons", **COMPANY),
    5: _definition(
        5,
        "identifications",
        **PERSON,
        countryOfCitizenshipCode=COUNTRY,
        employerInformation=thing(name=text(100), **WHERE, **PHONE),
    ),
    6: _definition(
        6,
        "identifications authorizedPersons registrationsIncorporations "
        + " ".join((*OWNERS, *HOLDINGS)),
        **COMPANY,
        structureTypeCode=CODE,
        structureTypeOther=text(200),
        **dict.fromkeys(OWNERS, CONTACTS),
        **dict.fromkeys(HOLDINGS, NAMES),
    ),
}
DEFINITIONS = many(
    {
        "allOf": [
            {"type": "object", "properties": {"typeCode": one_of(*KINDS)}},
            *(
                {"if": {"properties": {"typeCode": {"const": code}}}, "then": shape}
                for code, shape in KINDS.items()
            ),
        ]
    }
)
VIRTUAL: dict[str, Shape] = {
    "virtualCurrencyTransactionIds": many(text(200)),
    "sendingVirtualCurrencyAddresses": many(text(200)),
    "receivingVirtualCurrencyAddresses": many(text(200)),
}
ACCOUNT = thing(
    "holders",
    financialInstitutionNumber=text(50),
    branchNumber=text(50),
    number=text(100),
    typeCode=CODE,
    typeOther=text(200),
    currencyCode=CURRENCY,
    virtualCurrencyTypeCode=text(20),
    virtualCurrencyTypeOther=text(200),
    dateOpened=DAY,
    dateClosed=DAY,
    holders=many(thing("typeCode refId", typeCode=one_of(1, 2), refId=REF_ID)),
)
MONEY: dict[str, Shape] = {
    "amount": AMOUNT,
    "currencyCode": CURRENCY,
    "virtualCurrencyTypeCode": text(20),
    "virtualCurrencyTypeOther": text(200),
    "exchangeRate": AMOUNT,
    **VIRTUAL,
    "referenceNumber": text(200),
    "referenceNumberOtherRelatedNumber": text(200),
    "account": ACCOUNT,
    "accountStatusAtTimeOfTransaction": CODE,
}
CONTACTABLE: dict[str, Shape] = {
    "clientNumber": text(100),
    "emailAddress": text(200),
    "url": text(200),
}
INVOLVED = many(
    thing(
        "typeCode refId",
        typeCode=one_of(1, 2),
        refId=REF_ID,
        details=thing(accountNumber=text(100), policyNumber=text(100), identifyingNumber=text(100)),
    )
)
CONDUCTORS = many(
    thing(
        "typeCode refId details onBehalfOfs",
        typeCode=one_of(5, 6),
        refId=REF_ID,
        details=thing(
            **CONTACTABLE,
            typeOfDeviceCode=CODE,
            typeOfDeviceOther=text(200),
            username=text(100),
            deviceIdentifierNumber=text(200),
            internetProtocolAddress=text(200),
            dateTimeOfOnlineSession=MOMENT,
            onBehalfOfIndicator=YES_NO,
        ),
        onBehalfOfs=many(
            thing(
                "typeCode refId",
                typeCode=one_of(5, 6),
                refId=REF_ID,
                details=thing(
                    **CONTACTABLE,
                    relationshipOfConductorCode=CODE,
                    relationshipOfConductorOther=text(200),
                ),
            )
        ),
    )
)
STARTING = many(
    thing(
        "details sourcesOfFundsOrVirtualCurrency conductors",
        details=thing(
            " ".join(VIRTUAL),
            direction=CODE,
            fundAssetVirtualCurrencyTypeCode=CODE,
            fundAssetVirtualCurrencyTypeOther=text(200),
            **MONEY,
            howFundsOrVirtualCurrencyObtained=text(200),
            sourcesOfFundsOrVirtualCurrencyIndicator=YES_NO,
            conductorIndicator=YES_NO,
        ),
        sourcesOfFundsOrVirtualCurrency=INVOLVED,
        conductors=CONDUCTORS,
    )
)
COMPLETING = many(
    thing(
        "details involvements beneficiaries",
        details=thing(
            " ".join(VIRTUAL),
            dispositionCode=CODE,
            dispositionOther=text(200),
            **MONEY,
            valueInCanadianDollars=AMOUNT,
            involvementIndicator=YES_NO,
            beneficiaryIndicator=YES_NO,
        ),
        involvements=INVOLVED,
        beneficiaries=many(
            thing(
                "typeCode refId",
                typeCode=one_of(3, 4),
                refId=REF_ID,
                details=thing(clientNumber=text(100), username=text(100), emailAddress=text(200)),
            )
        ),
    )
)
DETAILS: dict[str, Shape] = {
    "reportTypeCode": CODE,
    "submitTypeCode": CODE,
    "activitySectorCode": CODE,
    "reportingEntityNumber": ENTITY_NUMBER,
    "submittingReportingEntityNumber": ENTITY_NUMBER,
    "reportingEntityReportReference": REPORT_REFERENCE,
    "reportingEntityContactId": {"type": "number"},
    "ministerialDirectiveCode": text(20),
}
DETAILS_NEEDED = (
    "reportTypeCode submitTypeCode reportingEntityNumber submittingReportingEntityNumber "
    "reportingEntityReportReference reportingEntityContactId"
)
WHEN: dict[str, Shape] = {
    "dateOfTransaction": DAY,
    "timeOfTransaction": TIME,
    "methodCode": CODE,
    "methodOther": text(200),
    "dateOfPosting": DAY,
    "timeOfPosting": TIME,
    "reportingEntityTransactionReference": TRANSACTION_REFERENCE,
    "purpose": text(200),
}
WINDOW = thing(
    "aggregationTypeCode periodStart periodEnd",
    aggregationTypeCode=CODE,
    periodStart=MOMENT,
    periodEnd=MOMENT,
)


def _transactions(name: str, details: Shape, **more: Shape) -> Shape:
    return many(
        thing(
            f"reportingEntityLocationId {name} startingActions completingActions",
            reportingEntityLocationId=text(30),
            **{name: details},
            startingActions=STARTING,
            completingActions=COMPLETING,
            **more,
        ),
        minItems=1,
    )


def _suspicious() -> Shape:
    return thing(
        "reportDetails detailsOfSuspicion relatedReports definitions transactions",
        reportDetails=thing(DETAILS_NEEDED, **DETAILS),
        detailsOfSuspicion=thing(
            "publicPrivatePartnershipProjectNameCodes",
            descriptionOfSuspiciousActivity=TEXT,
            suspicionTypeCode=CODE,
            publicPrivatePartnershipProjectNameCodes=many(CODE),
            politicallyExposedPersonIncludedIndicator=YES_NO,
        ),
        relatedReports=many(
            thing(
                "reportingEntityReportReference reportingEntityTransactionReferences",
                reportingEntityReportReference=REPORT_REFERENCE,
                reportingEntityTransactionReferences=many(TRANSACTION_REFERENCE),
            )
        ),
        actionTaken=thing(description=TEXT),
        definitions=DEFINITIONS,
        transactions=_transactions(
            "suspiciousTransactionDetails",
            thing(
                "attemptedTransactionIndicator",
                attemptedTransactionIndicator=YES_NO,
                reasonNotCompleted=text(200),
                **WHEN,
            ),
        ),
    )


def _threshold(kind: str) -> Shape:
    """A report that a sum of money calls for: with its window, without suspicion."""
    names = {LVCTR: "largeVirtualCurrencyTransactionDetails", EFTR: "eftDetails"}
    more = {"eftDirectionCode": CODE} if kind == EFTR else {}
    needed = f"{DETAILS_NEEDED} activitySectorCode {' '.join(more)}".strip()
    return thing(
        "reportDetails definitions transactions",
        reportDetails=thing(needed, **DETAILS, **more, twentyFourHourRule=WINDOW),
        definitions=DEFINITIONS,
        transactions=_transactions(
            names[kind],
            thing(
                "dateOfTransaction timeOfTransaction reportingEntityTransactionReference "
                "thresholdIndicator",
                **WHEN,
                thresholdIndicator=YES_NO,
            ),
        ),
    )


@lru_cache(maxsize=3)
def schema(kind: str) -> Shape:
    """The schema of a kind of report: the regulator's own file when there is one."""
    if folder := settings.REPORT_SCHEMAS:
        path = Path(folder) / f"{kind}.schema.json"
        if path.is_file():
            return json.loads(path.read_text(encoding="utf8"))
    body = _suspicious() if kind == STR else _threshold(kind)
    return {"$schema": DIALECT, **body}
