"""Index: the tasks of every room, so that workers find them by name."""

from exchange.accounts import tasks as accounts_tasks  # noqa: F401
from exchange.audit import tasks as audit_tasks  # noqa: F401
from exchange.core import tasks as core_tasks  # noqa: F401
from exchange.demo import tasks as demo_tasks  # noqa: F401
from exchange.ledger import tasks as ledger_tasks  # noqa: F401
from exchange.markets import tasks as markets_tasks  # noqa: F401
from exchange.trading import tasks as trading_tasks  # noqa: F401
