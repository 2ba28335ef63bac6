"""Why a transaction of ours can't be made, bumped or given up."""

from __future__ import annotations

from exchange.core.errors import Conflict, Refused


class NotEnoughOnHand(Refused):
    """The wallet itself has not that much to spend right now. `limit` is what it has, in units."""

    code = "not_enough_on_hand"
    message = "This wallet does not have that much on hand."


class TooLate(Conflict):
    """It is signed, or may be: from here on only the chain decides. `limit` is the state."""

    code = "too_late"
    message = "The signer was asked for this already: it can't be taken back any more."


class CannotBump(Refused):
    """The fee can't be raised (further). The message says what stands in the way."""

    code = "cannot_bump"


class SignerRefused(Refused):
    """The signer looked at it and will not sign. `limit` is its code."""

    code = "signer_refused"


class SignerUnavailable(Exception):
    """The signer does not answer. It may have signed; asking again gives the same answer."""
