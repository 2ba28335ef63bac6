"""What this room tells others at start: it follows chains, and what can be proposed in it."""

from __future__ import annotations

from wallets.chains import watch
from wallets.custody import drain, policy, reconcile  # noqa: F401  kinds of proposals
from wallets.custody.cold import draft, outcomes  # noqa: F401  another kind; what becomes of them

AFTER_DEPOSITS = 30

watch.follows("custody", connect=drain.connect, disconnect=drain.disconnect, order=AFTER_DEPOSITS)
