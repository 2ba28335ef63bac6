"""What this room tells others at start: kinds of proposals, switches, what reconciliation asks,
whom letters go to."""

from __future__ import annotations

from launchpad.sales import approve, cancel, fund, moves, pay, reconcile, told  # noqa: F401
