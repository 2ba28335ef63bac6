"""What this room tells others at start: its traces are for those who may know of filings."""

from __future__ import annotations

from exchange.core import confidential

SEE_FILINGS = "compliance.see_filings"

confidential.keep("cases", "reporting", permission=SEE_FILINGS)
