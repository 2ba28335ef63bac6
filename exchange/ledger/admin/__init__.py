"""Staff screens of the ledger: read-only, for everybody."""

from exchange.ledger.admin import books, health, rows  # noqa: F401
