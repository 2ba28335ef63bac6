"""The states of a withdrawal, and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    REQUESTED = "requested", _("requested")
    HELD = "held", _("being checked")
    APPROVED = "approved", _("waiting to be sent")
    SIGNED = "signed", _("being sent")
    BROADCAST = "broadcast", _("on its way")
    CONFIRMED = "confirmed", _("done")
    CANCELLED = "cancelled", _("cancelled")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


MOVES: dict[State, set[State]] = {
    State.REQUESTED: {State.HELD, State.APPROVED, State.CONFIRMED},  # CONFIRMED: without a chain
    State.HELD: {State.APPROVED, State.CONFIRMED, State.REFUSED, State.CANCELLED},
    State.APPROVED: {State.SIGNED, State.HELD, State.REFUSED, State.CANCELLED},
    # Past this point only the chain decides. A block may come without us having seen the node
    # take it, and a fork may undo it; back to APPROVED when it can never be mined any more.
    State.SIGNED: {State.BROADCAST, State.CONFIRMED, State.APPROVED},
    State.BROADCAST: {State.CONFIRMED, State.FAILED, State.APPROVED},
    State.CONFIRMED: {State.BROADCAST},
    State.CANCELLED: set(),
    State.REFUSED: set(),
    State.FAILED: set(),
}
# While in these, amount and fee are set aside in the customer's account.
HOLDING = [State.REQUESTED, State.HELD, State.APPROVED, State.SIGNED, State.BROADCAST]
# What a customer, or a freeze, can still take back.
UNSENT = [State.REQUESTED, State.HELD, State.APPROVED]
FINAL = [State.CONFIRMED, State.CANCELLED, State.REFUSED, State.FAILED]
# What left, or may yet leave: counted against limits.
COUNTED = [*HOLDING, State.CONFIRMED]
