"""Staff screens of earn: products and their terms, what arrives, positions, samples of depth."""

from launchpad.earn.admin import drafting, panels, positions, products  # noqa: F401
