"""What this room tells others at start: kinds of proposals, switches, what reconciliation asks."""

from __future__ import annotations

from launchpad.sales import approve, cancel, fund, moves, pay, reconcile  # noqa: F401
