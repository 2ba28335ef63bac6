"""What this room tells others at start: it follows chains, and what can be proposed in it."""

from __future__ import annotations

from wallets.chains import watch
from wallets.custody import drain, policy, reconcile  # noqa: F401  kinds of proposals
from wallets.custody.cold import draft, outcomes  # noqa: F401  another kind; what becomes of them
from wallets.custody.vaults import register, steps  # noqa: F401  a third kind
from wallets.sending import outcomes as sending
from wallets.sending import signer
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import operators

AFTER_DEPOSITS = 30

watch.follows("custody", connect=drain.connect, disconnect=drain.disconnect, order=AFTER_DEPOSITS)
sending.of_payments(steps.KIND, steps.OUTCOMES)
signer.approvals_come_from(ChainTransaction.Purpose.VAULT_IN, operators.approvals_of)
