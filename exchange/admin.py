"""Index: the staff screens of every room."""

from exchange.accounts import admin as accounts_admin  # noqa: F401
from exchange.assets import admin as assets_admin  # noqa: F401
from exchange.audit import admin as audit_admin  # noqa: F401
from exchange.ledger import admin as ledger_admin  # noqa: F401
from exchange.markets import admin as markets_admin  # noqa: F401
from exchange.trading import admin as trading_admin  # noqa: F401
