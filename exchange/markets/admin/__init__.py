"""Staff screens of the markets room."""

from exchange.markets.admin import data, health, pairs  # noqa: F401
