"""What is wrong with a report's contents, by the field of the form, before a file is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from compliance.reporting import files
from compliance.reporting.files import FINCEN, FINTRAC
from compliance.reporting.fincen.schema import codes
from compliance.reporting.fincen.write import tidy
from compliance.reporting.models import Report
from compliance.reporting.ofac import documents as ofac
from compliance.reporting.problems import Found, Problem
from exchange.core import clock

Contents = dict[str, Any]
Kind = Report.Kind

# FinCEN's limits of a person's fields.
LENGTHS = {
    "last_name": 150, "first_name": 35, "middle_name": 35, "suffix": 35, "street": 100, "city": 50,
    "state": 3, "phone": 16, "email": 517, "id_number": 25, "id_other": 50, "occupation": 50,
    "account": 40,
}  # fmt: skip
NARRATIVE_MOST = 17_000
MOST_PERSONS = 999
# The drafted narrative asks the officer where it does not know: [[Why is it suspicious?]].
QUESTION = re.compile(r"\[\[.*?\]\]", re.DOTALL)
FILER_NEEDED = {
    "us": ("name", "street", "city", "state", "postal_code", "country", "phone", "contact_office",
           "contact_person", "contact_phone", "ein", "transmitter_code"),
    "ca": ("name", "entity_number", "contact_id", "location_id"),
}  # fmt: skip


def problems_of(report: Report) -> list[Problem]:
    """Everything that keeps a report from being filed. Fields first; then the file as a whole."""
    found = Found()
    contents = report.payload
    for name in FILER_NEEDED[report.jurisdiction]:
        found.need(
            contents.get("filer", {}).get(name),
            f"filer.{name}",
            "filer",
            _("Our own details are not complete: see “Who files”."),
        )
    today = clock.now().date()
    if report.kind == Kind.SAR:
        _sar(contents, today, found)
    elif report.kind == Kind.CTR:
        _ctr(contents, today, found)
    elif report.kind in FINTRAC:
        _fintrac(report.kind, contents, found)
    else:
        ofac.check(report.kind, contents, today, found)
    if not found.problems and report.kind in (*FINCEN, *FINTRAC):
        content = files.content_of(report.kind, [(report.reference, contents)], filing_date=today)
        found.problems.extend(
            Problem(where=f"file:{each.where}", code=each.code, says=each.says)
            for each in files.problems_of(content)
        )
    return found.problems


def _sar(contents: Contents, today: date, found: Found) -> None:
    _persons("subjects", contents["subjects"], today, found)
    activity = contents["activity"]
    began = _day(activity.get("from"), "activity.from", today, found, needed=True)
    ended = _day(activity.get("to"), "activity.to", today, found)
    found.need(
        not (began and ended) or began <= ended, "activity.to", "date", _("Before it began.")
    )
    if activity.get("amount_kind", "known") == "known":
        _dollars(activity.get("amount"), "activity.amount", found)
    if contents["filing_type"] == "continuing":
        _dollars(activity.get("cumulative"), "activity.cumulative", found)
    known = codes("SARX", "ValidateSuspiciousActivitySubtypeID")
    subtypes = activity.get("subtypes", [])
    found.need(subtypes, "activity.subtypes", "missing", _("Choose at least one kind."))
    found.need(
        len(set(subtypes)) == len(subtypes) and set(subtypes) <= known.keys(),
        "activity.subtypes",
        "subtype",
        _("A kind stands twice, or is none of FinCEN's."),
    )
    other = any(each.endswith("999") for each in subtypes)
    found.need(
        not other or tidy(activity.get("other", "")),
        "activity.other",
        "missing",
        _("Say in words what “other” is."),
    )
    found.need(len(activity.get("other", "")) <= 50, "activity.other", "length", _("Too long."))
    _prior(contents, found)
    _narrative(contents.get("narrative", ""), NARRATIVE_MOST, found)
    found.need(len(contents.get("ip_addresses", [])) <= 99, "ip_addresses", "many", _("Too many."))
    found.need(
        len(contents.get("virtual_addresses", [])) <= 99,
        "virtual_addresses",
        "many",
        _("Too many."),
    )


def _ctr(contents: Contents, today: date, found: Found) -> None:
    _day(contents.get("transaction_date"), "transaction_date", today, found, needed=True)
    _persons("persons", contents["persons"], today, found)
    found.need(contents["details"], "details", "missing", _("Say what the cash was for."))
    for number, each in enumerate(contents["details"]):
        _dollars(each.get("amount"), f"details.{number}.amount", found)
    _prior(contents, found)


def _fintrac(kind: str, contents: Contents, found: Found) -> None:
    refs = {each.get("ref") for each in contents["persons"]}
    found.need(
        contents["transactions"],
        "transactions",
        "missing",
        _("At least one transaction is needed."),
    )
    for number, each in enumerate(contents["persons"]):
        found.need(
            each.get("last_name"), f"persons.{number}.last_name", "missing", _("A name is needed.")
        )
        _lengths(each, f"persons.{number}", found)
    for number, each in enumerate(contents["transactions"]):
        where = f"transactions.{number}"
        for name in ("reference", "asset"):
            found.need(each.get(name), f"{where}.{name}", "missing", _("It is missing."))
        for name in ("amount", "value_cad"):
            found.need(
                _positive(each.get(name)), f"{where}.{name}", "amount", _("An amount above zero.")
            )
        found.need(_moment(each.get("at")), f"{where}.at", "time", _("When it happened."))
        for name in ("conductor", "on_behalf_of", "beneficiary"):
            found.need(
                not each.get(name) or each[name] in refs,
                f"{where}.{name}",
                "reference",
                _("Nobody of the people above is called %s.") % each.get(name),
            )
    if kind == Kind.STR:
        _narrative(contents.get("narrative", ""), 100_000, found)
        found.need(
            contents.get("action_taken", "").strip(),
            "action_taken",
            "missing",
            _("Say what we did about it."),
        )
        found.need(
            contents.get("suspicion_type"), "suspicion_type", "missing", _("Say what is suspected.")
        )


def _persons(name: str, persons: list[Contents], today: date, found: Found) -> None:
    found.need(
        1 <= len(persons) <= MOST_PERSONS, name, "many", _("There have to be 1 to 999 people.")
    )
    for number, each in enumerate(persons):
        where = f"{name}.{number}"
        if each.get("unknown"):
            continue
        _lengths(each, where, found)
        _day(each.get("birth_date"), f"{where}.birth_date", today, found)
        found.need(
            any(each.get(part) for part in ("last_name", "account", "id_number", "street")),
            f"{where}.last_name",
            "missing",
            _("Give what is known, or tick that nothing is."),
        )
        found.need(
            not each.get("tax_id") or re.fullmatch(r"\d{9}", each["tax_id"].replace("-", "")),
            f"{where}.tax_id",
            "tax_id",
            _("Nine digits."),
        )
        if each.get("id_number"):
            found.need(
                each.get("id_type"), f"{where}.id_type", "missing", _("Say what paper it is.")
            )
            found.need(
                each.get("id_type") != "999" or each.get("id_other"),
                f"{where}.id_other",
                "missing",
                _("Say in words what paper it is."),
            )


def _lengths(person: Contents, where: str, found: Found) -> None:
    for name, most in LENGTHS.items():
        found.need(
            len(tidy(person.get(name) or "")) <= most,
            f"{where}.{name}",
            "length",
            _("At most %(most)s characters.") % {"most": most},
        )
    for name in ("country", "id_country", "citizenship"):
        found.need(
            not person.get(name) or re.fullmatch(r"[A-Z]{2}", person[name]),
            f"{where}.{name}",
            "country",
            _("Two capital letters."),
        )


def _narrative(said: str, most: int, found: Found) -> None:
    found.need(tidy(said), "narrative", "missing", _("The narrative is missing."))
    found.need(
        len(tidy(said)) <= most,
        "narrative",
        "length",
        _("%(n)s characters, and at most %(most)s are taken.")
        % {"n": len(tidy(said)), "most": f"{most:,}"},
    )
    open_questions = QUESTION.findall(said)
    found.need(
        not open_questions,
        "narrative",
        "question",
        _("The draft still asks you something: %s") % " ".join(open_questions)[:200],
    )


def _prior(contents: Contents, found: Found) -> None:
    prior = contents.get("prior_id", "")
    found.need(
        contents["filing_type"] == "initial" or not prior or re.fullmatch(r"\d{14}", prior),
        "prior_id",
        "prior",
        _("A BSA ID has fourteen digits. Leave it empty when it is not known."),
    )


def _dollars(value: object, where: str, found: Found) -> None:
    said = str(value or "")
    found.need(
        said.isascii() and said.isdigit() and 0 < int(said) < 10**15,
        where,
        "amount",
        _("Whole dollars above zero, digits only."),
    )


def _day(
    value: object, where: str, today: date, found: Found, *, needed: bool = False
) -> date | None:
    if not value:
        found.need(not needed, where, "missing", _("A day is needed."))
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        found.add(where, "date", _("This is no day."))
        return None
    found.need(day <= today, where, "date", _("This day is in the future."))
    return day


def _positive(value: object) -> bool:
    try:
        return Decimal(str(value)) > 0
    except InvalidOperation:
        return False


def _moment(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def by_field(problems: Iterable[dict[str, str]]) -> dict[str, list[str]]:
    """What the last validation said, for the form: {"subjects.0.last_name": [words]}."""
    found: dict[str, list[str]] = {}
    for each in problems:
        found.setdefault(each["where"], []).append(each["says"])
    return found
