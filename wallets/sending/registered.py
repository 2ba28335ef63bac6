"""What this room tells others at start: that it follows chains, and which wallets there are."""

from __future__ import annotations

from exchange.core import switches
from wallets.addresses.models import KeySet
from wallets.chains import watch
from wallets.sending import follow

FIRST = 10  # coins and balances before deposits and drain detection


def _wallets() -> list[str]:
    return list(KeySet.objects.order_by().values_list("name", flat=True).distinct())


switches.family("wallet", _wallets, money_out=True)
watch.follows("sending", connect=follow.connect, disconnect=follow.disconnect, order=FIRST)
