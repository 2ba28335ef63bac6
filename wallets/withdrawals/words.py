"""The states of a withdrawal in a customer's words."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wallets.withdrawals.queries import WithdrawalRow
from wallets.withdrawals.states import State


class Words(NamedTuple):
    word: str
    tone: str
    sentence: str


def of(row: WithdrawalRow) -> Words:
    """A word, its tone, and what happens next."""
    match row.state:
        case State.HELD:
            return Words(
                _("Being checked"),
                "warn",
                _("A person looks at it before it is sent. Nothing for you to do."),
            )
        case State.REQUESTED | State.APPROVED:
            return Words(_("Waiting to be sent"), "info", _("Until it is signed you can cancel."))
        case State.SIGNED:
            return Words(_("Being sent"), "info", _("It is signed and goes out now."))
        case State.BROADCAST:
            return Words(_("On its way"), "info", _("The network has it and puts it into a block."))
        case State.CONFIRMED if row.network and row.confirmations < row.needed:
            return Words(_("Arriving"), "good", _confirming(row))
        case State.CONFIRMED:
            return Words(_("Done"), "good", "")
        case State.CANCELLED:
            return Words(_("Cancelled"), "", row.message or _("The amount is available again."))
        case State.REFUSED:
            return Words(_("Not sent"), "bad", row.message or _("The amount is available again."))
    return Words(_("Failed"), "bad", _("Nothing was paid; the amount is available again."))


def _confirming(row: WithdrawalRow) -> str:
    return ngettext("%(n)s of %(m)s confirmation.", "%(n)s of %(m)s confirmations.", row.needed) % {
        "n": row.confirmations,
        "m": row.needed,
    }
