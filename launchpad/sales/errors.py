"""Why a sale says no."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict, Invalid, PermissionRefused, Refused, Restricted


class NotOpen(Conflict):
    """The sale takes no commitments at this moment. `limit` is its state."""

    code = "sale_not_open"
    message = _("This sale is not open.")


class NotForYou(Restricted):
    """The sale's rules leave this customer out; the message says which rule."""

    code = "sale_not_for_you"


class TooLittleHeld(NotForYou):
    """Less BMX than the lowest tier asks for. `limit` is what it asks for."""

    code = "sale_tier_missing"


class BelowLeast(Invalid):
    """Less than the sale takes from one customer. `limit` is in the quote."""

    code = "sale_below_least"


class AboveMost(Invalid):
    """More than the customer's tier allows. `limit` is in the quote."""

    code = "sale_above_most"


class NotWhole(Invalid):
    """Not a whole number of tickets or units. `limit` is the step."""

    code = "sale_not_whole"


class SoldOut(Refused):
    """First come, first served, and everything is taken; or no place is left."""

    code = "sale_sold_out"
    message = _("Everything is taken.")


class CannotLower(Conflict):
    """A commitment is lowered by withdrawing, so that a stale page takes nothing back."""

    code = "sale_commitment_is_higher"


class NotWithdrawable(Conflict):
    """The sale's rules, or its state, forbid taking a commitment back."""

    code = "sale_not_withdrawable"


class TooManyTurns(Refused):
    """A customer may add to a place in a queue so many times. `limit` is the number."""

    code = "sale_too_many_turns"


class TooManyChanges(Refused):
    """A commitment was changed so often that it stays as it is. `limit` is the number."""

    code = "sale_too_many_changes"


class RisksNotAccepted(Invalid):
    """Nobody takes part without having said that they read what can be lost."""

    code = "sale_risks_not_accepted"


class NothingDue(Conflict):
    """No tokens can be claimed now. `limit` is when the next ones can, if any."""

    code = "sale_nothing_due"


class NotReady(Conflict):
    """Something that this step needs is missing; the message names it."""

    code = "sale_not_ready"


class NotMain(PermissionRefused):
    """Sub-accounts take part through their main account."""

    code = "sale_main_account_only"
    message = _("Sub-accounts take part through their main account.")


class SumsDisagree(Exception):
    """What was about to be written does not add up. A defect: nothing was written."""
