"""Staff screens of the governance room."""

from launchpad.governance.admin import drafting, panels, proposals, talk  # noqa: F401
