"""Index: the models of every room, so that Django finds them."""

from wallets.addresses.models import *  # noqa: F403
from wallets.chains.models import *  # noqa: F403
from wallets.custody.models import *  # noqa: F403
from wallets.deposits.models import *  # noqa: F403
from wallets.reserves.models import *  # noqa: F403
from wallets.sending.models import *  # noqa: F403
from wallets.signing.models import *  # noqa: F403
from wallets.withdrawals.models import *  # noqa: F403
