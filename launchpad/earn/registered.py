"""What this room registers: kinds of proposals, who settles its payouts, switches, checks,
letters."""

from launchpad.earn import arrivals, check, products, settle, terms, told  # noqa: F401
