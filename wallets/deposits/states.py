"""How a deposit moves. What the chain does (ORPHANED) may happen in every state."""

from __future__ import annotations

from django.utils.translation import gettext as _

from exchange.core.errors import Conflict
from wallets.deposits.models import Deposit

State = Deposit.State

MOVES: dict[str, set[str]] = {
    State.SEEN: {State.CONFIRMING, State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER},
    State.CONFIRMING: {State.CHECKED, State.HELD, State.REFUSED},
    State.CHECKED: {State.CREDITED},
    State.CREDITED: set(),  # only the chain takes it back
    State.HELD: {State.CHECKED, State.CONFIRMING, State.REFUSED},
    State.BELOW_MINIMUM: {State.CONFIRMING, State.IGNORED},
    State.UNKNOWN_ASSET: {State.CONFIRMING, State.REFUSED, State.IGNORED},
    State.NO_OWNER: {State.CONFIRMING, State.REFUSED, State.IGNORED},
    State.REFUSED: {State.HELD, State.RETURNED},
    State.RETURNED: set(),
    State.IGNORED: {State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER},
    State.ORPHANED: {
        State.CONFIRMING, State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER, State.HELD,
        State.REFUSED, State.RETURNED, State.IGNORED,
    },
}  # fmt: skip
UNDER_WAY = (State.SEEN, State.CONFIRMING, State.CHECKED)
QUEUES = (
    State.HELD, State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER, State.REFUSED
)  # fmt: skip
# A decision that outlives a fork: mined again, the deposit stands where people had put it.
DECIDED = {State.HELD, State.REFUSED, State.RETURNED, State.IGNORED}


def move(deposit: Deposit, state: str, *, reason: str = "") -> None:
    """Put a locked deposit into another state, unsaved. Raises Conflict for a move that is none."""
    if state not in MOVES[deposit.state]:
        raise Conflict(
            _("This deposit is %(state)s; that can't be done any more.")
            % {"state": deposit.get_state_display()},
            limit=deposit.state,
        )
    deposit.state, deposit.reason = state, reason[:500]
