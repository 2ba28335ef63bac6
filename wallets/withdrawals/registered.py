"""What this room tells others at start."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from compliance.screening.addresses import register_source
from exchange.accounts import mail
from exchange.accounts.models import User
from exchange.ledger import reconcile
from wallets.chains import followers
from wallets.sending import outcomes as sending
from wallets.sending import signer
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import (  # noqa: F401
    default_gates,
    freeze,
    operators,
    outcomes,
    pushes,
    targets,
    tiers,
    travel,
    watched,
)
from wallets.withdrawals.pay import KIND

ORDER = 40  # after sending, which settles what a block has

reconcile.sets_aside(
    name="withdrawals",
    query="""
    SELECT account_id, amount + fee FROM wallets_withdrawal
     WHERE state IN ('requested', 'held', 'approved', 'signed', 'broadcast')
    """,
)
sending.of_payments(KIND, outcomes.OUTCOMES)
followers.follows("withdrawals", connect=pushes.connect, disconnect=pushes.disconnect, order=ORDER)
signer.approvals_come_from(ChainTransaction.Purpose.WITHDRAWAL, operators.approvals_of)


def _freeze_link(user: User) -> str:
    """Staff hold nothing that could be frozen."""
    if user.is_staff:
        return ""
    return settings.BASE_URL + reverse("withdrawals-freeze", args=[freeze.token_for(user)])


mail.offers("freeze_link", _freeze_link)
register_source("withdrawals", targets.seen)
