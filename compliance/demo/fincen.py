"""What FinCEN would answer to a file of ours: the demo's reports can be walked to their end.

Its numbers are invented; its form is that of an acknowledgement (`reporting/acknowledge.py`).
"""

from __future__ import annotations

import hashlib
from xml.sax.saxutils import escape

from compliance.reporting.models import ReportFile

NAMESPACE = "www.fincen.gov/base"


def answer_to(file: ReportFile) -> bytes:
    """Accepted, with an invented BSA ID for each report in its place."""
    activities = "".join(
        f'<EFilingActivityXML SeqNum="{place}"><BSAID>{_bsa_id(file, place)}</BSAID>'
        "<EFilingActivityErrorXML/></EFilingActivityXML>"
        for place in file.holds.order_by("place").values_list("place", flat=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<EFilingBatchXML xmlns="{escape(NAMESPACE)}" StatusCode="A">'
        f'<EFilingSubmissionXML StatusCode="A">{activities}</EFilingSubmissionXML>'
        "</EFilingBatchXML>\n"
    ).encode()


def _bsa_id(file: ReportFile, place: int) -> str:
    """Fourteen digits, the same however often it is asked."""
    drawn = hashlib.sha256(f"{file.sha256}:{place}".encode()).digest()
    return f"31{int.from_bytes(drawn[:6]) % 10**12:012d}"
