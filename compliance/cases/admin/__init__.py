"""Staff screens of cases: the desk, one case on one page, reviews of quality, the board."""

from compliance.cases.admin import board, desk, files, graphs, panels, reviews, rows  # noqa: F401
