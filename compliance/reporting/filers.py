"""Who we are to a country's regulators: rows, copied into each report when it is checked."""

from __future__ import annotations

from datetime import time
from typing import Any

from compliance.reporting.models import Filer, Report

# What a new exchange starts with: names to replace, numbers to fill in before anything is filed.
FIRST: dict[str, dict[str, Any]] = {
    "us": {
        "name": "Holdfast US LLC",
        "street": "1 Harbor Street",
        "city": "Portland",
        "state": "ME",
        "postal_code": "04101",
        "country": "US",
        "phone": "2075550100",
        "contact_office": "Compliance Office",
        "contact_person": "BSA Officer",
        "contact_phone": "2075550101",
        "time_zone": "America/New_York",
        "window_starts": time(0, 0),
    },
    "ca": {
        "name": "Holdfast Canada Inc.",
        "street": "1 Lower Water Street",
        "city": "Halifax",
        "state": "NS",
        "postal_code": "B3J 1S3",
        "country": "CA",
        "phone": "9025550100",
        "contact_office": "Compliance Office",
        "contact_person": "Compliance Officer",
        "contact_phone": "9025550101",
        "location_id": "ONLINE",
        "time_zone": "America/Toronto",
        "window_starts": time(0, 0),
    },
}
SHOWN = (
    "name", "street", "city", "state", "postal_code", "country", "phone", "contact_office",
    "contact_person", "contact_phone", "ein", "transmitter_code", "entity_number", "contact_id",
    "location_id",
)  # fmt: skip


def filer_of(jurisdiction: str) -> Filer:
    """Our row for a country; made with what is known when there is none yet."""
    row, _made = Filer.objects.get_or_create(
        jurisdiction=jurisdiction, defaults=FIRST[jurisdiction]
    )
    return row


def snapshot(report: Report) -> dict[str, Any]:
    """As a report's contents keep it: an approval is also about who files."""
    row = filer_of(report.jurisdiction)
    return {name: getattr(row, name) for name in SHOWN if getattr(row, name) not in ("", None)}
