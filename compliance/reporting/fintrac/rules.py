"""What FINTRAC's documents must obey: the schema, and the rules that it can't express.

`problems_of` is for any file, ours or not: it is what `manage.py validate_report` runs.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from compliance.reporting.fincen.read import MOST_BYTES, Unreadable
from compliance.reporting.fintrac import codes, shapes
from compliance.reporting.problems import MOST, Found, Problem
from exchange.core import clock

Node = dict[str, Any]

NOT_SAID = re.compile(r"(n/?a|none|unknown|nil|not applicable|tbd|-+|\.+)", re.IGNORECASE)
DEEPEST = 20
STRINGS = re.compile(rb'"(?:[^"\\\\]|\\\\.)*"')
# Where each coded field's table is.
TABLES = {
    "reportTypeCode": "report_type",
    "submitTypeCode": "submit_type",
    "activitySectorCode": "activity_sector",
    "suspicionTypeCode": "suspicion_type",
    "methodCode": "method",
    "direction": "direction",
    "eftDirectionCode": "direction_eft",
    "fundAssetVirtualCurrencyTypeCode": "fund_type",
    "dispositionCode": "disposition",
    "identifierTypeCode": "identifier",
    "typeOfDeviceCode": "device",
    "relationshipOfConductorCode": "relationship",
    "aggregationTypeCode": "aggregation",
    "accountStatusAtTimeOfTransaction": "account_status",
    "structureTypeCode": "structure",
    "ministerialDirectiveCode": "ministerial_directive",
}


def problems_of(content: bytes) -> list[Problem]:
    """Everything that is wrong with a file; empty when it may be sent. Raises Unreadable."""
    return problems_in(read(content))


def read(content: bytes) -> Any:
    """Raises Unreadable: too large, no JSON, nested too deeply, a field twice."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is too large."), field="file", limit=MOST_BYTES)
    if _nested(content) > DEEPEST:
        # Before parsing: how deep the parser itself may go is not ours to say.
        raise Unreadable(_("The file is nested too deeply."), field="file", limit=DEEPEST)
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("The file is no JSON: %s.") % error, field="file") from error
    return document


def _once(pairs: list[tuple[str, Any]]) -> Node:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a field stands twice")
    return made


def _nested(content: bytes) -> int:
    """How deep brackets are open at once; those inside of texts are taken out first."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", STRINGS.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def kind_of(document: Any) -> str | None:
    """Which report it is, by its own type code or by its parts."""
    if not isinstance(document, dict):
        return None
    if "detailsOfSuspicion" in document:
        return shapes.STR
    details = document.get("reportDetails")
    code = details.get("reportTypeCode") if isinstance(details, dict) else None
    kinds = {number: kind for kind, number in codes.REPORT_TYPES.items()}
    return kinds.get(code) if isinstance(code, int) else None


def problems_in(document: Any) -> list[Problem]:
    """As `problems_of`, of what was read already."""
    from jsonschema import Draft7Validator

    found = Found()
    kind = kind_of(document)
    if kind is None:
        found.add("", "kind", _("This is no STR, LVCTR or EFTR."))
        return found.problems
    errors = Draft7Validator(shapes.schema(kind)).iter_errors(document)
    for _number, error in zip(range(MOST), errors, strict=False):
        found.add(".".join(str(part) for part in error.absolute_path), "schema", _plain(error))
    if found.problems:
        return found.problems  # the rules below count on the shape
    _values(document, found)
    _report(document, kind, found)
    _references(document, found)
    seen: set[str] = set()
    for number, each in enumerate(document["transactions"]):
        _transaction(each, kind, f"transactions.{number}", seen, found)
    return found.problems


def _plain(error: Any) -> str:
    return str(error.message)[:300]


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """(path, field, value) of everything that is no list or object."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, f"{path}.{number}")
    else:
        parts = [part for part in path.split(".") if not part.isdigit()]
        yield path, parts[-1] if parts else "", value


def _values(document: Node, found: Found) -> None:
    tables = codes.tables(*sorted(set(TABLES.values())))
    today = clock.now().date()
    for path, field, value in _walk(document):
        if field in TABLES and value != "":
            known = tables[TABLES[field]]
            found.need(
                not known or str(value) in known or str(value) in known.values(),
                path,
                "code",
                _("%(value)s is not in the table of codes.") % {"value": value},
            )
        if not isinstance(value, str):
            continue
        if value != value.strip():
            found.add(path, "spaces", _("There are spaces at an end."))
        if NOT_SAID.fullmatch(value.strip()):
            found.add(path, "blank", _("Leave out what is not known: “%s” may not stand.") % value)
        if field in ("dateOfTransaction", "dateOfPosting", "dateOfBirth", "dateOpened"):
            _day(value, path, today, found)
        if field.startswith("dateTime") or field in ("periodStart", "periodEnd"):
            _moment(value, path, found)
        if field.startswith("timeOf"):
            _moment(f"2000-01-01T{value}", path, found)
        if field == "internetProtocolAddress":
            _ip(value, path, found)
        if field.endswith("countryCode") or field.endswith("CountryCode"):
            found.need(re.fullmatch(r"[A-Z]{2}", value), path, "country", _("Two capital letters."))


def _day(value: str, path: str, today: date, found: Found) -> None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        found.add(path, "date", _("%s is no day.") % value)
        return
    found.need(day <= today, path, "date", _("%s is in the future.") % value)


def _moment(value: str, path: str, found: Found) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        found.add(path, "time", _("%s is no time.") % value)


def _ip(value: str, path: str, found: Found) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        found.add(path, "ip", _("%s is no IP address.") % value)


def _report(document: Node, kind: str, found: Found) -> None:
    details = document["reportDetails"]
    found.need(
        details["reportTypeCode"] == codes.REPORT_TYPES[kind],
        "reportDetails.reportTypeCode",
        "kind",
        _("The type of the report does not fit its contents."),
    )
    for name in ("reportingEntityNumber", "submittingReportingEntityNumber"):
        found.need(
            isinstance(details[name], int) and 1_000_000 <= details[name] <= 9_999_999,
            f"reportDetails.{name}",
            "entity",
            _("FINTRAC's number of a reporting entity has seven digits."),
        )
    directive = details.get("ministerialDirectiveCode", "")
    if kind == shapes.STR:
        why = document["detailsOfSuspicion"].get("descriptionOfSuspiciousActivity", "")
        action = document.get("actionTaken", {}).get("description", "")
        for path, said in (
            ("detailsOfSuspicion.descriptionOfSuspiciousActivity", why),
            ("actionTaken.description", action),
        ):
            found.need(
                bool(said.strip()) != bool(directive),
                path,
                "presence",
                _("Needed, unless a ministerial directive is named; then it stays empty."),
            )
        found.need(
            directive or "suspicionTypeCode" in document["detailsOfSuspicion"],
            "detailsOfSuspicion.suspicionTypeCode",
            "presence",
            _("What is suspected is missing."),
        )
        return
    window = details.get("twentyFourHourRule")
    if window:
        begins, ends = (
            datetime.fromisoformat(window[name]) for name in ("periodStart", "periodEnd")
        )
        hours = (ends - begins).total_seconds() / 3600
        found.need(
            0 < hours <= 24,
            "reportDetails.twentyFourHourRule",
            "window",
            _("The window has to be of at most 24 hours."),
        )


def _references(document: Node, found: Found) -> None:
    """Whoever is named is defined once, in the part that they play."""
    defined: set[tuple[int, str]] = set()
    for number, each in enumerate(document["definitions"]):
        key = (each["typeCode"], each["refId"])
        found.need(key not in defined, f"definitions.{number}", "twice", _("Defined twice."))
        defined.add(key)
        _named(each, f"definitions.{number}", found)
    used: set[tuple[int, str]] = set()
    for path, node in _referring(document["transactions"], "transactions"):
        key = (node["typeCode"], node["refId"])
        used.add(key)
        found.need(
            key in defined,
            path,
            "reference",
            _("%(ref)s is not defined as type %(code)s.") % {"ref": key[1], "code": key[0]},
        )
    for key in sorted(defined - used):
        found.add("definitions", "unused", _("%s is defined and plays no part.") % key[1])


def _named(each: Node, path: str, found: Found) -> None:
    entity = each["typeCode"] in (2, 4, 6)
    names = ("nameOfEntity",) if entity else ("surname", "givenName")
    for name in names:
        found.need(
            each.get(name, "").strip(),
            f"{path}.{name}",
            "name",
            _("The name is missing; the given name of somebody with one name is XXX."),
        )
    found.need(
        ("address" in each) == ("addressTypeCode" in each)
        and each.get("address", {}).get("typeCode") == each.get("addressTypeCode"),
        f"{path}.address",
        "address",
        _("The address and its type do not fit together."),
    )


def _referring(value: Any, path: str) -> Iterator[tuple[str, Node]]:
    if isinstance(value, dict):
        if "refId" in value:
            yield path, value
        for name, inner in value.items():
            yield from _referring(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _referring(inner, f"{path}.{number}")


def _transaction(each: Node, kind: str, path: str, seen: set[str], found: Found) -> None:
    name = {
        shapes.STR: "suspiciousTransactionDetails",
        shapes.LVCTR: "largeVirtualCurrencyTransactionDetails",
        shapes.EFTR: "eftDetails",
    }[kind]
    details = each[name]
    found.need(
        each["reportingEntityLocationId"].strip(),
        f"{path}.reportingEntityLocationId",
        "presence",
        _("Where it happened is missing."),
    )
    reference = details.get("reportingEntityTransactionReference", "")
    found.need(
        not reference or reference not in seen,
        f"{path}.{name}",
        "twice",
        _("%s stands twice.") % reference,
    )
    seen.add(reference)
    attempted = details.get("attemptedTransactionIndicator", False)
    found.need(
        bool(details.get("reasonNotCompleted")) == attempted,
        f"{path}.{name}.reasonNotCompleted",
        "presence",
        _("An attempt says why it was not completed, and nothing else does."),
    )
    if not attempted:
        for part in ("dateOfTransaction", "reportingEntityTransactionReference"):
            found.need(details.get(part), f"{path}.{name}.{part}", "presence", _("It is missing."))
    for part in ("startingActions", "completingActions"):
        found.need(
            each[part] or (attempted and part == "completingActions"),
            f"{path}.{part}",
            "presence",
            _("At least one action is needed."),
        )
    for number, action in enumerate(each["startingActions"]):
        _starting(action, f"{path}.startingActions.{number}", found)
    for number, action in enumerate(each["completingActions"]):
        _completing(action, f"{path}.completingActions.{number}", found)


def _pairs(action: Node, path: str, found: Found, **lists: str) -> None:
    """An indicator says whether its list holds anybody."""
    for indicator, name in lists.items():
        found.need(
            bool(action[name]) == bool(action["details"].get(indicator, bool(action[name]))),
            f"{path}.{name}",
            "indicator",
            _("%s says otherwise.") % indicator,
        )


def _starting(action: Node, path: str, found: Found) -> None:
    _money(action["details"], f"{path}.details", found)
    _pairs(
        action,
        path,
        found,
        conductorIndicator="conductors",
        sourcesOfFundsOrVirtualCurrencyIndicator="sourcesOfFundsOrVirtualCurrency",
    )
    for number, each in enumerate(action["conductors"]):
        _pairs(each, f"{path}.conductors.{number}", found, onBehalfOfIndicator="onBehalfOfs")


def _completing(action: Node, path: str, found: Found) -> None:
    _money(action["details"], f"{path}.details", found)
    _pairs(
        action,
        path,
        found,
        beneficiaryIndicator="beneficiaries",
        involvementIndicator="involvements",
    )


def _money(details: Node, path: str, found: Found) -> None:
    virtual = details.get("virtualCurrencyTypeCode") or details.get("virtualCurrencyTypeOther")
    if "amount" in details:
        found.need(
            Decimal(details["amount"]) > 0, f"{path}.amount", "amount", _("It is not above zero.")
        )
        found.need(
            bool(virtual) != bool(details.get("currencyCode")),
            path,
            "currency",
            _("An amount is of one currency, or of one virtual currency."),
        )
    for key in shapes.VIRTUAL:
        found.need(
            virtual or not details[key],
            f"{path}.{key}",
            "currency",
            _("Only a virtual currency has transactions and addresses on a chain."),
        )
        found.need(
            all(each.strip() for each in details[key]), f"{path}.{key}", "blank", _("It is empty.")
        )
