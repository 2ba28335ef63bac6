"""Token sales: staff screens of this room."""

from launchpad.sales.admin import drafting, panels, sales, subscriptions  # noqa: F401
