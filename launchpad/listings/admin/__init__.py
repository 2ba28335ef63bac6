"""Staff screens: the pipeline, one listing on one page, a standard token's short road."""

from launchpad.listings.admin import board, pictures, rows, wizard  # noqa: F401
