"""Staff screens of earn: products and their terms, what arrives, positions, samples of depth."""

from launchpad.earn.admin import (  # noqa: F401
    drafting,
    panels,
    positions,
    products,
    sightings,
)
