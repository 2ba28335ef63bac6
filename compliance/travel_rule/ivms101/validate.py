"""Judge a message: every fault with the field it is at and the constraint it breaks.

Constraints are called as the standard calls them (C1 to C12); faults of the shape itself are
`required`, `type`, `length`, `code` and `choice`. What is only odd is a warning: a field that the
standard does not know, and an LEI whose check digits do not fit (the standard's own example fails
its check, so providers that copied it would be cut off).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from compliance.travel_rule.ivms101 import words

MOST_FAULTS = 50
MOST_ROWS = 20  # persons, addresses, names: more is no message, but an attack
RA = re.compile(r"RA[0-9]{6}\Z")
LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}\Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class Fault(NamedTuple):
    """`field` is a path such as originator.originatorPerson[0].naturalPerson.name."""

    field: str
    constraint: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message} ({self.constraint})"


class Findings(NamedTuple):
    faults: list[Fault]
    warnings: list[Fault]


def validate(payload: object, *, today: date | None = None) -> Findings:
    """Everything that is wrong with a message, at most `MOST_FAULTS` faults."""
    judge = _Judge(today or datetime.now(UTC).date())
    judge.message(payload)
    return Findings(judge.faults[:MOST_FAULTS], judge.warnings[:MOST_FAULTS])


def lei_checks(lei: str) -> bool:
    """ISO 17442: letters as 10 to 35, the whole modulo 97 is 1."""
    return bool(LEI.match(lei)) and int("".join(str(int(c, 36)) for c in lei)) % 97 == 1


class _Judge:
    def __init__(self, today: date) -> None:
        self.today = today
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def fault(self, path: str, constraint: str, message: str) -> None:
        self.faults.append(Fault(path, constraint, message))

    # The message and its parts

    def message(self, payload: object) -> None:
        parts = (
            "originator beneficiary originatingVASP beneficiaryVASP transferPath payloadMetadata"
        )
        if not self.fields(payload, "message", parts, "originator beneficiary payloadMetadata"):
            return
        assert isinstance(payload, dict)
        self.metadata(payload.get("payloadMetadata"))
        for role in ("originator", "beneficiary"):
            self.party(payload.get(role), role)
        for role in ("originatingVASP", "beneficiaryVASP"):
            if role in payload:
                self.person(self.unwrapped(payload[role], role), role)
        if "transferPath" in payload:
            self.path(payload["transferPath"], "transferPath")

    def metadata(self, value: object) -> None:
        path = "payloadMetadata"
        if value is None or not self.fields(
            value, path, "payloadVersion transliterationMethod", "payloadVersion"
        ):
            return
        assert isinstance(value, dict)
        if value.get("payloadVersion") not in (None, words.VERSION):
            self.fault(f"{path}.payloadVersion", "code", f"only {words.VERSION} is read here")
        for at, script in self.rows(value, "transliterationMethod", path):
            self.code(script, at, words.SCRIPTS)

    def party(self, value: object, role: str) -> None:
        persons = f"{role}Person"
        if value is None or not self.fields(value, role, f"{persons} accountNumber", persons):
            return
        assert isinstance(value, dict)
        self.accounts(value, role)
        for at, person in self.rows(value, persons, role, least=1):
            self.person(person, at, originator=role == "originator")

    def person(self, value: object, path: str, *, originator: bool = False) -> None:
        if not self.fields(value, path, "naturalPerson legalPerson accountNumber", ""):
            return
        assert isinstance(value, dict)
        self.accounts(value, path)
        kinds = [kind for kind in ("naturalPerson", "legalPerson") if kind in value]
        if len(kinds) != 1:
            self.fault(path, "choice", "is either a naturalPerson or a legalPerson")
        for kind in kinds:
            judge = self.natural if kind == "naturalPerson" else self.legal
            judge(value[kind], f"{path}.{kind}", originator=originator)

    def natural(self, value: object, path: str, *, originator: bool) -> None:
        known = (
            "name geographicAddress nationalIdentification customerIdentification "
            "dateAndPlaceOfBirth countryOfResidence"
        )
        if not self.fields(value, path, known, "name"):
            return
        assert isinstance(value, dict)
        self.names(value, path, natural=True)
        self.who(value, path, natural=True)
        self.birth(value, path)
        self.country(value, "countryOfResidence", path)
        ways = (
            "geographicAddress",
            "customerIdentification",
            "nationalIdentification",
            "dateAndPlaceOfBirth",
        )
        if originator and not any(value.get(way) for way in ways):
            self.fault(path, "C1", f"an originator needs one of {', '.join(ways)}")

    def legal(self, value: object, path: str, *, originator: bool) -> None:
        known = (
            "name geographicAddress nationalIdentification customerIdentification "
            "countryOfRegistration"
        )
        if not self.fields(value, path, known, "name"):
            return
        assert isinstance(value, dict)
        self.names(value, path, natural=False)
        self.who(value, path, natural=False)
        self.country(value, "countryOfRegistration", path)
        addresses = value.get("geographicAddress")
        known_at = isinstance(addresses, list) and any(
            isinstance(each, dict) and each.get("addressType") == "GEOG" for each in addresses
        )
        ways = ("customerIdentification", "nationalIdentification")
        if originator and not known_at and not any(value.get(way) for way in ways):
            self.fault(
                path, "C4", f"an originator needs a geographicAddress (GEOG), {' or '.join(ways)}"
            )

    # What both kinds of persons have

    def names(self, person: dict[str, Any], path: str, *, natural: bool) -> None:
        at = f"{path}.name"
        lists = "nameIdentifier localNameIdentifier phoneticNameIdentifier"
        name = person.get("name")
        if name is None or not self.fields(name, at, lists, "nameIdentifier"):
            return
        kind = "naturalPersonNameIdentifierType" if natural else "legalPersonNameIdentifierType"
        texts = "primaryIdentifier secondaryIdentifier" if natural else "legalPersonName"
        main = texts.split()[0]
        types = words.NATURAL_NAME_TYPES if natural else words.LEGAL_NAME_TYPES
        for which in lists.split():
            for each_at, each in self.rows(name, which, at, least=int(which == "nameIdentifier")):
                if not self.fields(each, each_at, f"{texts} {kind}", f"{main} {kind}"):
                    continue
                for text in texts.split():
                    self.text(each, text, each_at)
                self.code(each.get(kind), f"{each_at}.{kind}", types)
        given = name.get("nameIdentifier")
        if isinstance(given, list) and not any(
            isinstance(each, dict) and each.get(kind) == "LEGL" for each in given
        ):
            constraint = "C6" if natural else "C5"
            self.fault(f"{at}.nameIdentifier", constraint, "one of the names must be of type LEGL")

    def who(self, person: dict[str, Any], path: str, *, natural: bool) -> None:
        self.text(person, "customerIdentification", path)
        for at, address in self.rows(person, "geographicAddress", path):
            self.address(address, at)
        if "nationalIdentification" in person:
            at = f"{path}.nationalIdentification"
            self.national(person["nationalIdentification"], at, natural=natural)

    def address(self, value: object, path: str) -> None:
        known = f"addressType townName country addressLine {' '.join(words.ADDRESS_TEXTS)}"
        if not self.fields(value, path, known, "addressType townName country"):
            return
        assert isinstance(value, dict)
        self.code(value.get("addressType"), f"{path}.addressType", words.ADDRESS_TYPES)
        for name in (*words.ADDRESS_TEXTS, "townName"):
            self.text(value, name, path)
        self.country(value, "country", path)
        lines = self.rows(value, "addressLine", path, most=7)
        for at, line in lines:
            self.string(line, at, "addressLine")
        structured = value.get("streetName") and (
            value.get("buildingName") or value.get("buildingNumber")
        )
        if not lines and not structured:
            self.fault(
                path,
                "C8",
                "needs an addressLine, or streetName with buildingName or buildingNumber",
            )

    def national(self, value: object, path: str, *, natural: bool) -> None:
        known = "nationalIdentifier nationalIdentifierType countryOfIssue registrationAuthority"
        needed = "nationalIdentifier nationalIdentifierType"
        if not self.fields(value, path, known, needed):
            return
        assert isinstance(value, dict)
        self.text(value, "nationalIdentifier", path)
        self.country(value, "countryOfIssue", path)
        kind, authority = value.get("nationalIdentifierType"), value.get("registrationAuthority")
        if self.code(kind, f"{path}.nationalIdentifierType", words.ID_TYPES):
            if natural and kind not in words.NATURAL_ID_TYPES:
                self.fault(f"{path}.nationalIdentifierType", "code", f"{kind} is of organisations")
            if not natural:
                self.organisation(value, str(kind), authority, path)
        if authority is not None and not (isinstance(authority, str) and RA.match(authority)):
            self.fault(f"{path}.registrationAuthority", "C10", "is RA and six digits")

    def organisation(self, value: dict[str, Any], kind: str, authority: object, path: str) -> None:
        if kind not in words.LEGAL_ID_TYPES:
            allowed = ", ".join(sorted(words.LEGAL_ID_TYPES))
            self.fault(
                f"{path}.nationalIdentifierType", "C7", f"of a legal person is one of {allowed}"
            )
            return
        if "countryOfIssue" in value:
            self.fault(f"{path}.countryOfIssue", "C9", "a legal person's has none")
        if kind != "LEIX" and authority is None:
            self.fault(f"{path}.registrationAuthority", "C9", f"is needed with {kind}")
        if kind != "LEIX":
            return
        if authority is not None:
            self.fault(f"{path}.registrationAuthority", "C9", "an LEI has none")
        lei = value.get("nationalIdentifier")
        at = f"{path}.nationalIdentifier"
        if isinstance(lei, str) and not LEI.match(lei):
            self.fault(at, "C11", "an LEI has 18 capital letters or digits and two check digits")
        elif isinstance(lei, str) and not lei_checks(lei):
            self.warnings.append(Fault(at, "C11", "the LEI's check digits do not fit"))

    def birth(self, person: dict[str, Any], path: str) -> None:
        if "dateAndPlaceOfBirth" not in person:
            return
        at = f"{path}.dateAndPlaceOfBirth"
        value = person["dateAndPlaceOfBirth"]
        if not self.fields(value, at, "dateOfBirth placeOfBirth", "dateOfBirth placeOfBirth"):
            return
        self.text(value, "placeOfBirth", at)
        day = value.get("dateOfBirth")
        if day is not None and not self.in_the_past(day):
            self.fault(f"{at}.dateOfBirth", "C2", "must be a day in the past, as 1970-12-31")

    def in_the_past(self, day: object) -> bool:
        if not isinstance(day, str) or not DAY.match(day):
            return False
        try:
            return date.fromisoformat(day) < self.today
        except ValueError:
            return False

    def path(self, value: object, path: str) -> None:
        if not self.fields(value, path, "transferPath", "transferPath"):
            return
        assert isinstance(value, dict)
        numbers: list[object] = []
        for at, step in self.rows(value, "transferPath", path):
            if not self.fields(step, at, "intermediaryVASP sequence", "intermediaryVASP sequence"):
                continue
            numbers.append(step.get("sequence"))
            if "intermediaryVASP" in step:
                self.person(
                    self.unwrapped(step["intermediaryVASP"], "intermediaryVASP"),
                    f"{at}.intermediaryVASP",
                )
        whole = all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)
        if not whole or sorted(numbers, key=str) != sorted(range(len(numbers)), key=str):
            self.fault(f"{path}.transferPath", "C12", "sequence counts from 0 without a gap")

    # Small things

    def unwrapped(self, value: object, role: str) -> object:
        """A provider stands there as it is, or once more under its own role's name."""
        if isinstance(value, dict) and set(value) == {role}:
            return value[role]
        return value

    def accounts(self, value: dict[str, Any], path: str) -> None:
        for at, account in self.rows(value, "accountNumber", path, most=100):
            self.string(account, at, "accountNumber")

    def fields(self, value: object, path: str, known: str, needed: str) -> bool:
        """Is it an object? Misses what is needed, and warns of what nobody knows."""
        if not isinstance(value, dict):
            self.fault(path, "type", "must be an object")
            return False
        for name in needed.split():
            if value.get(name) is None:
                self.fault(
                    name if path == "message" else f"{path}.{name}", "required", "is missing"
                )
        for name in list(value)[:100]:
            if name not in known.split():
                self.warnings.append(
                    Fault(f"{path}.{str(name)[:40]}", "unknown", "is not a field of the standard")
                )
        return True

    def rows(
        self, value: dict[str, Any], name: str, path: str, *, least: int = 0, most: int = MOST_ROWS
    ) -> list[tuple[str, Any]]:
        """A list's members with the path of each."""
        rows = value.get(name)
        if rows is None:
            return []
        if not isinstance(rows, list):
            self.fault(f"{path}.{name}", "type", "must be a list")
            return []
        if not least <= len(rows) <= most:
            self.fault(f"{path}.{name}", "length", f"has {least} to {most} members")
        return [(f"{path}.{name}[{n}]", row) for n, row in enumerate(rows[:most])]

    def text(self, value: dict[str, Any], name: str, path: str) -> None:
        if value.get(name) is not None:
            self.string(value[name], f"{path}.{name}", name)

    def string(self, text: object, path: str, name: str) -> None:
        most = words.LENGTHS[name]
        if not isinstance(text, str):
            self.fault(path, "type", "must be text")
        elif not 1 <= len(text) <= most:
            self.fault(path, "length", f"has 1 to {most} characters")

    def code(self, value: object, path: str, among: set[str]) -> bool:
        if value is None:
            return False  # that it is missing is said already
        if isinstance(value, str) and value in among:
            return True
        self.fault(path, "code", f"is one of {', '.join(sorted(among))}")
        return False

    def country(self, value: dict[str, Any], name: str, path: str) -> None:
        code = value.get(name)
        if code is not None and not (isinstance(code, str) and code in words.COUNTRIES):
            self.fault(f"{path}.{name}", "C3", "is a code of ISO 3166-1 alpha-2, or XX")
