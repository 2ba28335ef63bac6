"""Staff screens of screening: the queue, one name, the lists and their changes, a panel, a card."""

from compliance.screening.admin import desk, health, hits, lists, one_name, panels  # noqa: F401
