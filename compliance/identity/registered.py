"""What this room tells others at start: its own checks, and kinds of proposals."""

from __future__ import annotations

from compliance.identity import countries, decide, own_checks

CHECKS = (own_checks,)
PROPOSALS = (decide, countries)  # kinds of proposals register when their modules are loaded
