"""Staff screens of withdrawals: the list, the desk where held ones are decided, operators."""

from wallets.withdrawals.admin import desk, operators, panels, rows  # noqa: F401
