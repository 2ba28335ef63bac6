"""Staff screens of the trading room."""

from exchange.trading.admin import health, matching, orders, panels  # noqa: F401
