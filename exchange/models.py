"""Index: the models of every room, so that Django finds them."""

from exchange.accounts.models import *  # noqa: F403
from exchange.assets.models import *  # noqa: F403
from exchange.audit.models import *  # noqa: F403
from exchange.core.models import *  # noqa: F403
from exchange.ledger.models import *  # noqa: F403
from exchange.markets.models import *  # noqa: F403
from exchange.trading.models import *  # noqa: F403
