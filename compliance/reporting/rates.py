"""The Bank of Canada's rates: data that somebody loads, and what an amount was worth by them.

The file is the bank's own CSV (its Valet service): a heading with `date` and one column a series
("FXUSDCAD"), one line a day. The bank publishes no rates on weekends and holidays: the last one
before counts.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.db import transaction

from compliance.reporting.models import CentralBankRate
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

SERIES = re.compile(r"FX([A-Z]{3})CAD")
OLDEST = timedelta(days=10)  # an older rate is no rate of that day
MOST_BYTES, MOST_RATES = 5_000_000, 100_000
OTTAWA = ZoneInfo("America/Toronto")


def cad_for(currency: str, on: date) -> Decimal | None:
    """Canadian dollars for one unit on a day; None when nobody loaded a rate near it."""
    if currency == "CAD":
        return Decimal(1)
    return (
        CentralBankRate.objects.filter(currency=currency, on__lte=on, on__gte=on - OLDEST)
        .order_by("-on")
        .values_list("cad", flat=True)
        .first()
    )


def in_cad(usd: Decimal | None, at: datetime) -> Decimal | None:
    """What dollars of the United States were worth; None when either is not known."""
    rate = cad_for("USD", at.astimezone(OTTAWA).date()) if usd is not None else None
    return None if usd is None or rate is None else usd * rate


def load(*, content: bytes, source: str, actor: Actor) -> int:
    """Take in a file of rates; a day that is there keeps its rate. Returns how many are new.

    Raises Invalid, PermissionRefused.
    """
    actor.require("compliance.file_report")
    if len(content) > MOST_BYTES:
        raise Invalid("The file is too large.", field="file", limit=MOST_BYTES)
    rows = _rows(content, source)
    with transaction.atomic():
        before = CentralBankRate.objects.count()
        CentralBankRate.objects.bulk_create(rows, ignore_conflicts=True)
        new = CentralBankRate.objects.count() - before
        record(
            actor=actor,
            verb="reporting.load_rates",
            target_type="centralbankrate",
            after={"new": new, "read": len(rows), "source": source},
        )
    return new


def _rows(content: bytes, source: str) -> list[CentralBankRate]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Invalid("The file has to be UTF-8.", field="file") from error
    # The bank's file says much before its table.
    start = next((n for n, line in enumerate(lines) if re.match(r'"?date"?,', line)), None)
    if start is None:
        raise Invalid("The file has no column called date.", field="file")
    reader = csv.DictReader(io.StringIO("\n".join(lines[start:])))
    found = []
    for line in reader:
        for name, value in line.items():
            series = SERIES.fullmatch(name or "")
            if series and value:
                found.append(_rate(series.group(1), line.get("date", ""), value, source))
        if len(found) > MOST_RATES:
            raise Invalid("The file has too many rates.", field="file", limit=MOST_RATES)
    if not found:
        raise Invalid("The file has no rates like FXUSDCAD.", field="file")
    return found


def _rate(currency: str, on: str, value: str, source: str) -> CentralBankRate:
    try:
        day, cad = date.fromisoformat(on), Decimal(value)
    except (ValueError, InvalidOperation) as error:
        raise Invalid(f"{on}, {value}: no day, or no rate.", field="file") from error
    if not (cad.is_finite() and 0 < cad < 1_000_000):
        raise Invalid(f"{value} is no rate.", field="file")
    return CentralBankRate(currency=currency, on=day, cad=cad, source=source[:60])
