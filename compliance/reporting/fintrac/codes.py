"""FINTRAC's code tables: data, because they change without us. What is loaded wins."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction

from compliance.reporting.models import RegulatorCode
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

log = logging.getLogger(__name__)

BUILT_IN = Path(__file__).parent.parent / "data" / "fintrac_codes.json"
MOST_LINES = 5000

# Codes that the building of a document chooses by itself.
MSB_SECTOR, ONLINE, VIRTUAL_CURRENCY, FUNDS_TRANSFER = 11, 5, 3, 2
IN, OUT = 1, 2
NEW, CHANGE = 1, 2
REPORT_TYPES = {"str": 102, "lvctr": 106, "eftr": 145}
AGGREGATIONS = {"conductor": 1, "third_party": 2, "beneficiary": 3, "alone": 4}


def table(name: str) -> dict[str, str]:
    """Code to meaning. One query; the built-in table when none of that name was loaded."""
    loaded = RegulatorCode.objects.filter(table=name).order_by("pk")
    return dict(loaded.values_list("code", "meaning")) or dict(_built_in().get(name, {}))


def tables(*names: str) -> dict[str, dict[str, str]]:
    """Several tables with one query. The built-in ones where no database is to be had: a file can
    be judged on any machine."""
    found: dict[str, dict[str, str]] = {}
    try:
        for row in RegulatorCode.objects.filter(table__in=names).order_by("pk"):
            found.setdefault(row.table, {})[row.code] = row.meaning
    except OperationalError:
        log.warning("no database: judging by the tables that come with the source")
    return {name: found.get(name) or dict(_built_in().get(name, {})) for name in names}


def load(*, content: bytes, actor: Actor) -> int:
    """Replace code tables by those of a JSON file {"table": {"code": "meaning"}}. Returns lines.

    A table that the file does not name stays as it is. Raises Invalid, PermissionRefused.
    """
    actor.require("compliance.change_filer")
    try:
        given = json.loads(content)
        rows = [
            RegulatorCode(table=str(name), code=str(code), meaning=str(meaning)[:200])
            for name, lines in given.items()
            if not name.startswith("_")
            for code, meaning in lines.items()
        ]
    except (ValueError, AttributeError, RecursionError) as error:
        raise Invalid("This is no file of code tables.", field="file") from error
    if not 0 < len(rows) <= MOST_LINES:
        raise Invalid("The file has no lines, or too many.", field="file", limit=MOST_LINES)
    if any(not row.code.isdigit() or len(row.table) > 60 for row in rows):
        raise Invalid("Codes are numbers.", field="file")
    names = sorted({row.table for row in rows})
    with transaction.atomic():
        RegulatorCode.objects.filter(table__in=names).delete()
        RegulatorCode.objects.bulk_create(rows)
        record(
            actor=actor,
            verb="reporting.load_codes",
            target_type="regulatorcode",
            after={"tables": names, "lines": len(rows)},
        )
    return len(rows)


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Any]:
    return json.loads(BUILT_IN.read_text(encoding="utf8"))
