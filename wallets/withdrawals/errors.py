"""Why a withdrawal is refused. Each names the field and the limit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict, Invalid, NotFound, Refused


class UnknownAsset(NotFound):
    code = "unknown_asset"
    message = _("There is no such currency.")


class WithdrawalsClosed(Refused):
    """This asset can't be withdrawn over this network (at the moment)."""

    code = "withdrawals_closed"


class BelowMinimum(Refused):
    """`limit` is the least that may be withdrawn."""

    code = "below_minimum"


class TooPrecise(Invalid):
    """The amount has more digits than the network carries. `limit` says how many it may have."""

    code = "too_precise"


class OverLimit(Refused):
    """More than may be withdrawn in 24 hours. `limit` is what is left, in USDT."""

    code = "over_limit"


class NotWhitelisted(Refused):
    """A program may withdraw only to addresses of the customer's book."""

    code = "not_whitelisted"


class UnknownRecipient(NotFound):
    code = "unknown_recipient"
    message = _("We know nobody by that name.")


class WithdrawalNotFound(NotFound):
    code = "withdrawal_not_found"
    message = _("There is no such withdrawal.")


class TooLateToCancel(Conflict):
    """It is signed, or settled: from here on only the chain decides. `limit` is the state."""

    code = "too_late"
    message = _("It is on its way already and can't be taken back.")
