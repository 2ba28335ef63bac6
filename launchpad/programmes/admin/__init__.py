"""Staff screens of programmes: budgets and their funding, payouts and how far each is."""

from launchpad.programmes.admin import cards, opening, payouts, programmes  # noqa: F401
