"""Messages of the standard: the good are taken, each fault is named with field and constraint."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.travel_rule.ivms101.parts import (
    Faulty,
    Message,
    Party,
    Provider,
    build,
    read,
    same_name,
)
from compliance.travel_rule.ivms101.validate import lei_checks, validate

MINIMAL = json.loads((Path(__file__).parent / "data" / "minimal.json").read_text("utf8"))
PERSON = "originator.originatorPerson[0].naturalPerson"
COMPANY = "originator.originatorPerson[0].legalPerson"
TODAY = date(2026, 11, 26)


def natural() -> dict:
    return copy.deepcopy(MINIMAL)


def legal() -> dict:
    payload = natural()
    payload["originator"]["originatorPerson"] = [
        {
            "legalPerson": {
                "name": {
                    "nameIdentifier": [
                        {
                            "legalPersonName": "Acme Ltd",
                            "legalPersonNameIdentifierType": "LEGL",
                        }
                    ]
                },
                "nationalIdentification": {
                    "nationalIdentifier": "12345678",
                    "nationalIdentifierType": "RAID",
                    "registrationAuthority": "RA000585",
                },
            }
        }
    ]
    return payload


def at(payload: dict, path: str):
    """What stands at a path such as a.b[0].c."""
    for part in path.replace("[", ".").replace("]", "").split("."):
        payload = payload[int(part)] if part.isdigit() else payload[part]
    return payload


def found(payload: object) -> list[tuple[str, str]]:
    return [(f.field, f.constraint) for f in validate(payload, today=TODAY).faults]


def test_the_good_messages_are_taken():
    assert found(natural()) == []
    assert found(legal()) == []


def drop_every_way(payload):
    person = at(payload, PERSON)
    del person["geographicAddress"], person["customerIdentification"]


def born(day):
    return lambda p: at(p, PERSON).update(
        dateAndPlaceOfBirth={"dateOfBirth": day, "placeOfBirth": "London"}
    )


def put(path, **values):
    return lambda p: at(p, path).update(values)


NATIONAL = f"{COMPANY}.nationalIdentification"
ADDRESS = f"{PERSON}.geographicAddress[0]"
NAME = f"{PERSON}.name.nameIdentifier"
FIRST = f"{NAME}[0]"


@pytest.mark.parametrize(
    ("make", "break_it", "field", "constraint"),
    [
        (natural, drop_every_way, PERSON, "C1"),
        (natural, born("2999-01-01"), f"{PERSON}.dateAndPlaceOfBirth.dateOfBirth", "C2"),
        (natural, born("2026-11-26"), f"{PERSON}.dateAndPlaceOfBirth.dateOfBirth", "C2"),
        (natural, born("31.12.1970"), f"{PERSON}.dateAndPlaceOfBirth.dateOfBirth", "C2"),
        (natural, born("2001-02-29"), f"{PERSON}.dateAndPlaceOfBirth.dateOfBirth", "C2"),
        (natural, put(ADDRESS, country="UK"), f"{ADDRESS}.country", "C3"),
        (natural, put(ADDRESS, country="us"), f"{ADDRESS}.country", "C3"),
        (natural, put(PERSON, countryOfResidence="XQ"), f"{PERSON}.countryOfResidence", "C3"),
        (legal, lambda p: at(p, COMPANY).pop("nationalIdentification"), COMPANY, "C4"),
        (
            legal,
            put(f"{COMPANY}.name.nameIdentifier[0]", legalPersonNameIdentifierType="SHRT"),
            f"{COMPANY}.name.nameIdentifier",
            "C5",
        ),
        (natural, put(f"{NAME}[0]", naturalPersonNameIdentifierType="ALIA"), NAME, "C6"),
        (
            legal,
            put(NATIONAL, nationalIdentifierType="CCPT"),
            f"{NATIONAL}.nationalIdentifierType",
            "C7",
        ),
        (natural, lambda p: at(p, ADDRESS).pop("streetName"), ADDRESS, "C8"),
        (legal, put(NATIONAL, countryOfIssue="US"), f"{NATIONAL}.countryOfIssue", "C9"),
        (
            legal,
            lambda p: at(p, NATIONAL).pop("registrationAuthority"),
            f"{NATIONAL}.registrationAuthority",
            "C9",
        ),
        (
            legal,
            put(
                NATIONAL,
                nationalIdentifierType="LEIX",
                nationalIdentifier="3M5E1GQGKL17HI8CPN20",
            ),
            f"{NATIONAL}.registrationAuthority",
            "C9",
        ),
        (
            legal,
            put(NATIONAL, registrationAuthority="RA12345"),
            f"{NATIONAL}.registrationAuthority",
            "C10",
        ),
        (
            natural,
            put(
                "originatingVASP.legalPerson.nationalIdentification",
                nationalIdentifier="3m5e1gqkgl17hi8cpn20",
            ),
            "originatingVASP.legalPerson.nationalIdentification.nationalIdentifier",
            "C11",
        ),
        (
            natural,
            lambda p: p.update(
                transferPath={
                    "transferPath": [
                        {"intermediaryVASP": p["originatingVASP"], "sequence": n} for n in (0, 2)
                    ]
                }
            ),
            "transferPath.transferPath",
            "C12",
        ),
        (
            natural,
            put(f"{NAME}[0]", primaryIdentifier=""),
            f"{NAME}[0].primaryIdentifier",
            "length",
        ),
        (natural, put(f"{NAME}[0]", primaryIdentifier=7), f"{NAME}[0].primaryIdentifier", "type"),
        (natural, put(ADDRESS, townName="x" * 36), f"{ADDRESS}.townName", "length"),
        (natural, put(ADDRESS, addressType="POST"), f"{ADDRESS}.addressType", "code"),
        (natural, lambda p: p.pop("beneficiary"), "beneficiary", "required"),
        (
            natural,
            put("payloadMetadata", payloadVersion="101"),
            "payloadMetadata.payloadVersion",
            "code",
        ),
        (
            natural,
            lambda p: p["originator"]["originatorPerson"][0].update(legalPerson={"name": {}}),
            "originator.originatorPerson[0]",
            "choice",
        ),
    ],
)
def test_one_fault_is_refused_with_its_field_and_its_constraint(make, break_it, field, constraint):
    payload = make()
    break_it(payload)

    assert (field, constraint) in found(payload)
    with pytest.raises(Faulty):
        read(payload)


def test_what_is_asked_of_originators_is_not_asked_of_beneficiaries():
    payload = natural()
    del payload["beneficiary"]["beneficiaryPerson"][0]["naturalPerson"]["customerIdentification"]

    assert found(payload) == []


def test_a_check_digit_that_does_not_fit_is_a_warning_since_the_standards_example_has_one():
    findings = validate(natural())

    assert not lei_checks("3M5E1GQKGL17HI8CPN20")
    assert findings.faults == []
    assert [(f.field[-18:], f.constraint) for f in findings.warnings] == [
        ("nationalIdentifier", "C11")
    ]
    assert lei_checks("9845HOLDFASTEXCH0083")


def test_an_unknown_field_is_a_warning():
    payload = natural()
    payload["originator"]["shoeSize"] = 43

    findings = validate(payload)

    assert findings.faults == []
    assert ("originator.shoeSize", "unknown") in [
        (f.field, f.constraint) for f in findings.warnings
    ]


def test_a_message_we_build_is_valid_and_read_back_as_it_was():
    message = Message(
        originator=Party(
            family_name="Roe",
            given_names="Ann Mary",
            street="1 Main Street",
            city="Springfield",
            region="Illinois",
            postal_code="62701",
            country="US",
            customer_number="17",
            accounts=("bc1qfrom",),
        ),
        beneficiary=Party(company=True, family_name="Acme Ltd", accounts=("bc1qto",)),
        originating=Provider(name="Holdfast", lei="9845HOLDFASTEXCH0083", country="US"),
        receiving=Provider(name="Meridian", lei="9845MERIDIANPEER0015", country="CA"),
    )

    payload = build(message)

    assert found(payload) == []
    assert read(json.loads(json.dumps(payload))) == message


def test_nothing_faulty_is_ever_built():
    with pytest.raises(Faulty) as caught:
        build(Message(originator=Party(family_name="Roe"), beneficiary=Party(family_name="Doe")))

    assert [f.constraint for f in caught.value.faults] == ["C1"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Roe", "ROE, Ann", True),
        ("José Núñez", "Jose Nunez", True),
        ("Dr Ann Mary Roe", "Ann Roe", True),
        ("Ann Roe", "Ann Doe", False),
        ("Ann Roe", "Roe", False),
        ("", "", False),
    ],
)
def test_names_are_the_same_without_regard_to_order_accents_and_titles(one, other, same):
    assert same_name(one, other) is same


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "originator originatorPerson naturalPerson legalPerson name nameIdentifier "
                "geographicAddress payloadMetadata transferPath sequence intermediaryVASP "
                "nationalIdentification beneficiary accountNumber dateAndPlaceOfBirth".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JUNK)
def test_junk_is_refused_and_never_breaks_the_judge(payload):
    assert validate(payload).faults
