"""What this room registers: kinds of proposals, and what votes may change of the rooms below."""

from launchpad.governance import carry, earn_terms, grants  # noqa: F401
