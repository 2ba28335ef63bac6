"""What this room registers: kinds of proposals, who settles its payouts, switches, checks."""

from launchpad.earn import arrivals, check, products, settle, terms  # noqa: F401
