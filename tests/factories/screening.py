"""Small invented lists in the real formats, and who works with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from compliance.screening.addresses import key_of
from compliance.screening.import_list import import_list
from compliance.screening.models import ListedAddress, ListVersion
from exchange.accounts.models import User
from exchange.core import clock
from exchange.core.actors import Actor, system
from tests.factories.accounts import staff

OFFICER = (
    "compliance.decide_hit",
    "compliance.screen_name",
    "compliance.import_list",
    "exchange.freeze_customer",
)


def officer(holder: User | None = None) -> Actor:
    return staff(*OFFICER, holder=holder)


def sdn(*rows: tuple[int, str, str, str]) -> str:
    """sdn.csv of (number, name, type, remarks), as OFAC writes it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for number, name, kind, remarks in rows:
        nothing = ["-0- "] * 7
        writer.writerow([number, name, kind or "-0- ", "CYBER2", *nothing, remarks or "-0- "])
    return text.getvalue() + "\x1a"


KORVALIN = (1, "KORVALIN, Dmitri", "individual", "DOB 14 Mar 1979; nationality Russia.")
TAMARI = (2, "EL TAMARI, Hassan Yusuf", "individual", "DOB 1968; citizen Lebanon.")
MARLIN = (3, "BLUEMARLIN SHIPPING CO., LTD.", "", "")


def imported(folder: Path, *rows: tuple[int, str, str, str], **more: object) -> ListVersion | None:
    """These rows as OFAC's list, taken in."""
    (folder / "sdn.csv").write_text(sdn(*rows), "utf-8")
    return import_list(origin=str(folder), actor=system("tests"), **more)  # type: ignore[arg-type]


def listed(key: str, *, ticker: str = "XBT") -> ListedAddress:
    """One address on a list that stands."""
    version = ListVersion.objects.create(
        source="OFAC addresses",
        number=1,
        layout="addresses",
        origin="tests",
        sha256="0" * 64,
        imported_at=clock.now(),
        imported_by="tests",
        addresses=1,
    )
    return ListedAddress.objects.create(
        source=version.source, ticker=ticker, key=key_of(key), added_in=version
    )


def addresses(folder: Path, **tickers: str) -> ListVersion | None:
    """Plain files of addresses, one a coin, taken in."""
    for ticker, text in tickers.items():
        (folder / f"sanctioned_addresses_{ticker}.txt").write_text(text, "utf-8")
    return import_list(origin=str(folder), actor=system("tests"))
