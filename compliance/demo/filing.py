"""Who the demo files as, and the rates of its days: invented, so that reports can be finished.

Nothing of it is anybody's number, and no rate is the Bank of Canada's.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from compliance.reporting import filers
from compliance.reporting.models import CentralBankRate, Filer
from exchange.core import clock

DAYS = 400
SOURCE = "invented for the demo"
NUMBERS: dict[str, dict[str, Any]] = {
    "us": {"ein": "123456789", "transmitter_code": "PHLD0001"},
    "ca": {"entity_number": 1234567, "contact_id": 12},
}


def file_as_invented() -> int:
    """Fill in our numbers where they are empty, and give each day since a year ago a rate for the
    dollar. Safe to run at every start. Returns how many rates are new."""
    for country, numbers in NUMBERS.items():
        row = filers.filer_of(country)
        missing = {name: value for name, value in numbers.items() if not getattr(row, name)}
        if missing:
            Filer.objects.filter(pk=row.pk).update(**missing)
    today = clock.now().date()
    before = CentralBankRate.objects.count()
    CentralBankRate.objects.bulk_create(
        (
            # Between 1.3600 and 1.4000, a little up and down from day to day.
            CentralBankRate(
                currency="USD",
                on=today - timedelta(days=ago),
                cad=Decimal(13600 + (today.toordinal() - ago) * 37 % 401) / 10_000,
                source=SOURCE,
            )
            for ago in range(DAYS)
        ),
        ignore_conflicts=True,
    )
    return CentralBankRate.objects.count() - before
