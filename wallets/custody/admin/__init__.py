"""Staff screens: the treasury board, payments out of cold storage, alarms, policies."""

from wallets.custody.admin import alarms, board, cold, drafting, policies, vaults  # noqa: F401
