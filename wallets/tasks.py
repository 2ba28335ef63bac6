"""Index: the tasks of every room, so that workers find them by name."""

from wallets.chains import tasks as chains_tasks  # noqa: F401
from wallets.custody import tasks as custody_tasks  # noqa: F401
from wallets.demo import tasks as demo_tasks  # noqa: F401
from wallets.deposits import tasks as deposits_tasks  # noqa: F401
from wallets.reserves import tasks as reserves_tasks  # noqa: F401
from wallets.sending import tasks as sending_tasks  # noqa: F401
from wallets.withdrawals import tasks as withdrawals_tasks  # noqa: F401
