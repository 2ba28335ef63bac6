"""Staff screens of the governance room."""

from launchpad.governance.admin import card, drafting, proposals, talk  # noqa: F401
