"""Staff screens of deposits: their queues, debts after forks, a card."""

from wallets.deposits.admin import debts, deposits, health, panels  # noqa: F401
