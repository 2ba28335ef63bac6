"""Staff screens of the governance room."""

from launchpad.governance.admin import drafting, proposals, talk  # noqa: F401
