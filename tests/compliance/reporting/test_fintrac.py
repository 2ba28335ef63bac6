"""Files for FINTRAC: what we write is accepted, and what was spoiled is refused for its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from compliance.reporting.fincen.read import Unreadable
from compliance.reporting.fintrac import codes, documents, rules, shapes
from exchange.core.actors import system
from exchange.core.errors import Invalid
from tests.compliance.reporting.contents import EFTR, JON, LVCTR, STR, TRANSACTION

pytestmark = pytest.mark.django_db
REFERENCE = "STR-2026-000001"


def document(kind: str = "str", **changes: Any) -> dict[str, Any]:
    contents = {"str": STR, "lvctr": LVCTR, "eftr": EFTR}[kind]
    return documents.document_of(kind, REFERENCE, {**deepcopy(contents), **changes})


def found(made: Any) -> set[str]:
    return {problem.code for problem in rules.problems_in(made)}


@pytest.mark.parametrize("kind", ["str", "lvctr", "eftr"])
def test_what_we_write_is_accepted(kind):
    assert rules.problems_in(document(kind)) == []


def put(path: str, value: Any) -> Callable[[Any], None]:
    def spoil(made: Any) -> None:
        *parents, last = path.split(".")
        for part in parents:
            made = made[int(part) if part.isdigit() else part]
        made[int(last) if last.isdigit() else last] = value

    return spoil


def drop(path: str) -> Callable[[Any], None]:
    def spoil(made: Any) -> None:
        *parents, last = path.split(".")
        for part in parents:
            made = made[int(part) if part.isdigit() else part]
        del made[int(last) if last.isdigit() else last]

    return spoil


START = "transactions.0.startingActions.0"
DONE = "transactions.0.completingActions.0"
HAPPENED = "transactions.0.suspiciousTransactionDetails"
SAID = "detailsOfSuspicion"
MUTANTS: dict[str, tuple[Callable[[Any], None], str]] = {
    "no transactions": (put("transactions", []), "schema"),
    "no location": (drop("transactions.0.reportingEntityLocationId"), "schema"),
    "an empty location": (put("transactions.0.reportingEntityLocationId", ""), "presence"),
    "a field of its own": (put("reportDetails.colour", "red"), "schema"),
    "a number as text": (put("reportDetails.reportTypeCode", "102"), "schema"),
    "another report's type": (put("reportDetails.reportTypeCode", 106), "kind"),
    "an entity of six digits": (put("reportDetails.reportingEntityNumber", 123456), "entity"),
    "an entity of eight digits": (put("reportDetails.reportingEntityNumber", 12345678), "schema"),
    "a reference with a space": (
        put("reportDetails.reportingEntityReportReference", "A 1"),
        "schema",
    ),
    "a sector that is none": (put("reportDetails.activitySectorCode", 99), "code"),
    "no narrative": (put(f"{SAID}.descriptionOfSuspiciousActivity", ""), "presence"),
    "no action": (drop("actionTaken"), "presence"),
    "nothing suspected": (drop(f"{SAID}.suspicionTypeCode"), "presence"),
    "an amount with one decimal": (put(f"{START}.details.amount", "2.5"), "schema"),
    "a negative amount": (put(f"{START}.details.amount", "-2.50"), "schema"),
    "no amount at all": (put(f"{START}.details.amount", "0.00"), "amount"),
    "a number for an amount": (put(f"{START}.details.amount", 2.5), "schema"),
    "two currencies": (put(f"{START}.details.currencyCode", "CAD"), "currency"),
    "a missing list": (drop(f"{START}.details.virtualCurrencyTransactionIds"), "schema"),
    "a time without a zone": (put(f"{HAPPENED}.timeOfTransaction", "14:03:11"), "schema"),
    "an hour that is none": (put(f"{HAPPENED}.timeOfTransaction", "25:03:11-05:00"), "time"),
    "a day that is none": (put(f"{HAPPENED}.dateOfTransaction", "2026-02-30"), "date"),
    "a day to come": (put(f"{HAPPENED}.dateOfTransaction", "2099-01-01"), "date"),
    "somebody undefined": (put(f"{START}.conductors.0.refId", "P9-5"), "reference"),
    "a conductor as beneficiary": (put(f"{DONE}.beneficiaries.0.typeCode", 5), "schema"),
    "not in that part": (put(f"{DONE}.beneficiaries.0.refId", "P1-5"), "reference"),
    "defined twice": (lambda made: made["definitions"].append(made["definitions"][0]), "twice"),
    "the same transaction twice": (
        lambda made: made["transactions"].append(made["transactions"][0]),
        "twice",
    ),
    "no conductor where one is said": (put(f"{START}.conductors", []), "indicator"),
    "on behalf of nobody": (
        put(f"{START}.conductors.0.details.onBehalfOfIndicator", True),
        "indicator",
    ),
    "N/A": (put("definitions.0.occupation", "N/A"), "blank"),
    "a leading space": (put("definitions.0.surname", " Doe"), "spaces"),
    "no surname": (put("definitions.0.surname", ""), "name"),
    "no given name": (drop("definitions.0.givenName"), "name"),
    "both kinds of address": (put("definitions.0.address.unstructured", "22 Sample"), "schema"),
    "an address of another type": (put("definitions.0.addressTypeCode", 2), "address"),
    "an IP that is none": (
        put(f"{START}.conductors.0.details.internetProtocolAddress", "1.2.3"),
        "ip",
    ),
    "an attempt without a reason": (
        put(f"{HAPPENED}.attemptedTransactionIndicator", True),
        "presence",
    ),
    "a country in words": (put("definitions.0.countryOfResidenceCode", "Canada"), "schema"),
    "a method that is none": (put(f"{HAPPENED}.methodCode", 77), "code"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_spoiled_report_is_refused_for_its_reason(name):
    spoil, code = MUTANTS[name]
    made = document()
    spoil(made)

    assert code in found(made)


def test_a_window_longer_than_a_day_is_refused():
    made = document("lvctr")
    made["reportDetails"]["twentyFourHourRule"]["periodEnd"] = "2026-03-03T00:00:01-05:00"

    assert found(made) == {"window"}


def test_somebody_with_one_name_has_the_given_name_that_fintrac_wants():
    made = document(persons=[{**JON, "first_name": ""}])

    assert made["definitions"][0]["givenName"] == "XXX"
    assert rules.problems_in(made) == []


def test_a_company_that_acts_for_another_is_accepted():
    persons = [
        {"ref": "C1", "kind": "company", "last_name": "Rosie Kitchen Supply"},
        {"ref": "C2", "kind": "company", "last_name": "Blueberry Company"},
    ]
    transaction = {**TRANSACTION, "conductor": "C1", "on_behalf_of": "C2", "beneficiary": "C2"}

    made = document(persons=persons, transactions=[transaction])

    assert rules.problems_in(made) == []
    assert [each["typeCode"] for each in made["definitions"]] == [6, 6, 4]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("2.5", "2.50"), ("10000", "10000.00"), ("0.123456789112345678", "0.1234567891")],
)
def test_amounts_have_two_to_ten_decimals(value, shown):
    assert documents.amount(value) == shown


def test_code_tables_that_were_loaded_win():
    codes.load(content=json.dumps({"method": {"901": "By pigeon"}}).encode(), actor=system("tests"))

    assert codes.table("method") == {"901": "By pigeon"}
    assert "code" in found(document())  # method 5 is none any more
    assert codes.table("disposition")["1"] == "Added to account"


def test_a_file_of_codes_that_is_none_changes_nothing():
    for content in (b"[]", b"{}", b'{"method": {"x": "y"}}', b'{"method": 5}', b"\xff"):
        with pytest.raises(Invalid):
            codes.load(content=content, actor=system("tests"))

    assert "5" in codes.table("method")


@pytest.mark.parametrize("content", [b"", b"{", b'{"a":1,"a":2}', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused_in_words(content):
    with pytest.raises(Unreadable):
        rules.problems_of(content)


def test_a_regulators_own_schema_wins(tmp_path, settings):
    (tmp_path / "str.schema.json").write_text('{"type": "object", "required": ["colour"]}')
    settings.REPORT_SCHEMAS = str(tmp_path)
    shapes.schema.cache_clear()
    try:
        assert found(document()) == {"schema"}
    finally:
        shapes.schema.cache_clear()
