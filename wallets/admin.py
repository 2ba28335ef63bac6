"""Index: the staff screens of every room."""

from wallets.addresses import admin as addresses_admin  # noqa: F401
from wallets.chains import admin as chains_admin  # noqa: F401
from wallets.custody import admin as custody_admin  # noqa: F401
from wallets.deposits import admin as deposits_admin  # noqa: F401
from wallets.reserves import admin as reserves_admin  # noqa: F401
from wallets.sending import admin as sending_admin  # noqa: F401
from wallets.signing import admin as signing_admin  # noqa: F401
from wallets.withdrawals import admin as withdrawals_admin  # noqa: F401
