"""Staff screens of the reserves room."""

from wallets.reserves.admin import addresses, snapshots, work  # noqa: F401
