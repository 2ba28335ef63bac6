"""Token sales: staff screens of this room."""

from launchpad.sales.admin import drafting, sales, subscriptions  # noqa: F401
