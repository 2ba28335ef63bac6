"""The states of a sale, and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved, not announced")
    ANNOUNCED = "announced", _("coming")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed, waiting for the allocation")
    ALLOCATED = "allocated", _("allocated")
    DISTRIBUTING = "distributing", _("being distributed")
    VESTING = "vesting", _("distributed, tokens are being released")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


MOVES: dict[str, set[str]] = {
    State.DRAFT: {State.APPROVED, State.CANCELLED},
    State.APPROVED: {State.DRAFT, State.ANNOUNCED, State.CANCELLED},
    State.ANNOUNCED: {State.OPEN, State.CANCELLED},
    State.OPEN: {State.CLOSED, State.CANCELLED},
    State.CLOSED: {State.ALLOCATED, State.CANCELLED},
    # Past this point customers own tokens: nothing can be taken back.
    State.ALLOCATED: {State.DISTRIBUTING, State.CANCELLED},
    State.DISTRIBUTING: {State.VESTING, State.FINISHED},
    State.VESTING: {State.FINISHED},
    State.FINISHED: set(),
    State.CANCELLED: set(),
}
# What everybody may see.
PUBLIC = [
    State.ANNOUNCED, State.OPEN, State.CLOSED, State.ALLOCATED, State.DISTRIBUTING, State.VESTING,
    State.FINISHED, State.CANCELLED,
]  # fmt: skip
COMING = [State.ANNOUNCED]
RUNNING = [State.OPEN, State.CLOSED, State.ALLOCATED, State.DISTRIBUTING]
OVER = [State.VESTING, State.FINISHED, State.CANCELLED]
# What customers committed is set aside in these, row by row until it was settled.
SETTLED = [State.VESTING, State.FINISHED]
# In these a result stands, and everybody may recompute it.
DRAWN = [State.ALLOCATED, State.DISTRIBUTING, State.VESTING, State.FINISHED]


class Mode(models.TextChoices):
    """How it is decided who gets how much."""

    TICKETS = "tickets", _("lottery of tickets")
    PRO_RATA = "pro_rata", _("everybody in proportion")
    FIRST_COME = "first_come", _("first come, first served")


class PublicInput(models.TextChoices):
    """What is mixed with our secret, and is not known before the sale is closed."""

    BITCOIN = "bitcoin", _("hash of a Bitcoin block")
    INPUTS = "inputs", _("list of subscriptions only")


class LeftOut(models.TextChoices):
    """Why a commitment took no part in the allocation: what might not commit any more at the close.

    For staff; what the customer reads is `explain.left_out`.
    """

    RESTRICTED = "restricted", _("restricted")
    INSIDER = "insider", _("staff or the project")
    SUB_ACCOUNT = "sub_account", _("a sub-account by now")
    IDENTITY = "identity", _("identity not sufficient")
    COUNTRY = "country", _("country left out")
