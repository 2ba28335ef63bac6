"""OFAC's reports as tables, in the order of the fields of its reporting system.

OFAC takes reports through forms of its own site and publishes no file format: the officer copies
from this file, which is what we keep as having been reported.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from compliance.reporting.problems import Found

Contents = dict[str, Any]

OFFICE = (
    "name",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "contact_person",
    "contact_phone",
)
BLOCKED = (
    "owner", "listed_name", "program", "legal_authority", "blocked_on", "asset", "amount",
    "worth_usd", "where_held", "address", "reference", "description",
)  # fmt: skip
REJECTED = (
    "owner", "listed_name", "program", "legal_authority", "rejected_on", "asset", "amount",
    "worth_usd", "beneficiary", "address", "reference", "description",
)  # fmt: skip
ANNUAL = (
    "owner", "listed_name", "program", "blocked_on", "asset", "amount", "worth_usd",
    "where_held", "reference",
)  # fmt: skip
COLUMNS = {"ofac_blocked": BLOCKED, "ofac_rejected": REJECTED, "ofac_annual": ANNUAL}
NEEDED = {
    "ofac_blocked": (
        "owner",
        "listed_name",
        "program",
        "blocked_on",
        "asset",
        "amount",
        "worth_usd",
    ),
    "ofac_rejected": ("owner", "listed_name", "program", "rejected_on", "asset", "amount"),
    "ofac_annual": ("owner", "listed_name", "program", "blocked_on", "asset", "amount"),
}
DAYS = ("blocked_on", "rejected_on")
AMOUNTS = ("amount", "worth_usd")


def file_of(kind: str, reference: str, contents: Contents) -> bytes:
    """The report as CSV: who reports, then one line for each item."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["report", kind, reference, contents.get("as_of", "")])
    writer.writerow(["reporter", *(contents["filer"].get(name, "") for name in OFFICE)])
    writer.writerow(COLUMNS[kind])
    for item in contents["items"]:
        writer.writerow([_cell(item.get(name, "")) for name in COLUMNS[kind]])
    if note := contents.get("narrative"):
        writer.writerow(["narrative", " ".join(note.split())])
    return out.getvalue().encode()


def _cell(value: object) -> str:
    """No cell begins like a formula: a spreadsheet would compute it."""
    said = " ".join(str(value).split())
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said


def check(kind: str, contents: Contents, today: date, found: Found) -> None:
    """Add what is missing or impossible, by the field of the form."""
    if kind != "ofac_annual":
        found.need(contents["items"], "items", "items", _("At least one item is needed."))
    else:
        _day(contents.get("as_of", ""), "as_of", today, found)
    for number, item in enumerate(contents["items"]):
        where = f"items.{number}"
        for name in NEEDED[kind]:
            found.need(
                str(item.get(name, "")).strip(), f"{where}.{name}", "missing", _("It is missing.")
            )
        for name in DAYS:
            if item.get(name):
                _day(item[name], f"{where}.{name}", today, found)
        for name in AMOUNTS:
            if item.get(name):
                found.need(
                    _positive(item[name]), f"{where}.{name}", "amount", _("An amount above zero.")
                )


def _day(value: str, where: str, today: date, found: Found) -> None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        found.add(where, "date", _("A day is needed."))
        return
    found.need(day <= today, where, "date", _("This day is in the future."))


def _positive(value: object) -> bool:
    try:
        return Decimal(str(value)) > 0
    except InvalidOperation:
        return False
