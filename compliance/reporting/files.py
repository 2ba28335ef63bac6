"""A report as the file that its regulator takes, and the judgement of any such file."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from compliance.reporting.fincen import ctr, rules, sar
from compliance.reporting.fintrac import documents
from compliance.reporting.fintrac import rules as fintrac_rules
from compliance.reporting.models import Report
from compliance.reporting.ofac import documents as ofac
from compliance.reporting.problems import Problem

Contents = dict[str, Any]
Kind = Report.Kind

BATCHED = (Kind.SAR, Kind.CTR)  # several reports in one file
FINCEN, FINTRAC = (Kind.SAR, Kind.CTR), (Kind.STR, Kind.LVCTR, Kind.EFTR)
MEDIA = {"xml": "application/xml", "json": "application/json", "csv": "text/csv"}


def content_of(kind: str, reports: list[tuple[str, Contents]], *, filing_date: date) -> bytes:
    """The file of (our reference, contents) pairs. One pair, except for FinCEN's batches."""
    if kind == Kind.SAR:
        return sar.file_of(reports, filing_date=filing_date)
    if kind == Kind.CTR:
        return ctr.file_of(reports, filing_date=filing_date)
    ((reference, contents),) = reports
    if kind in FINTRAC:
        return documents.file_of(kind, reference, contents)
    return ofac.file_of(kind, reference, contents)


def problems_of(content: bytes) -> list[Problem]:
    """What is wrong with a file that FinCEN or FINTRAC would get. Raises Unreadable."""
    begins = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begins in (b"{", b"["):
        return fintrac_rules.problems_of(content)
    return rules.problems_of(content)


def extension(kind: str) -> str:
    return "xml" if kind in FINCEN else "json" if kind in FINTRAC else "csv"


def name_of(kind: str, reference: str, filer: Contents, at: datetime) -> str:
    """As FinCEN wants a batch to be called; by our reference for the others."""
    if kind in FINCEN:
        form = "SARXST" if kind == Kind.SAR else "CTRXST"
        name = "".join(each for each in filer["name"] if each.isascii() and each.isalnum())
        return f"{form}.{at:%Y%m%d%H%M%S}.{name[:40]}.xml"
    return f"{reference}.{extension(kind)}"


def contents_hash(kind: str, contents: Contents) -> str:
    """What an approval is about: the contents to the letter, whatever order their fields are in."""
    said = json.dumps([str(kind), contents], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
