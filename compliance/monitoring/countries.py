"""Where countries are, to the nearest degree or so: how far apart two logins can be by plane."""

from __future__ import annotations

import csv
from pathlib import Path

with (Path(__file__).parent / "data/countries.csv").open(encoding="ascii") as _file:
    POSITIONS: dict[str, tuple[float, float]] = {
        row["code"]: (float(row["latitude"]), float(row["longitude"]))
        for row in csv.DictReader(_file)
    }
