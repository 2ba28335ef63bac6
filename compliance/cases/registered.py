"""What this room tells others at start: its consumers, its kinds of proposals, who may read."""

from __future__ import annotations

from compliance.cases import collect, dispose
from exchange.core import confidential

SEE_FILINGS = "compliance.see_filings"
CONSUMERS = (collect,)  # they register when their modules are loaded
PROPOSALS = (dispose,)

confidential.keep("cases", "reporting", permission=SEE_FILINGS)
