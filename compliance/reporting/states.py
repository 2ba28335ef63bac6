"""The life of a report, in the words of the field.

Contents may change in a draft only. Whoever changes a validated or approved report takes it back to
a draft first, which voids the approval; what was exported is corrected by another report.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    VALIDATED = "validated", _("validated, waits for a second person")
    APPROVED = "approved", _("approved")
    EXPORTED = "exported", _("exported, waits for the regulator")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    LOCKED = "locked", _("locked")
    DISCARDED = "discarded", _("not filed")


MOVES = {
    State.DRAFT: {State.VALIDATED, State.DISCARDED},
    State.VALIDATED: {State.APPROVED, State.DRAFT, State.DISCARDED},
    State.APPROVED: {State.EXPORTED, State.DRAFT, State.DISCARDED},
    # A regulator that rejects the file gives the report back; one that takes it, closes it.
    State.EXPORTED: {State.ACKNOWLEDGED, State.DRAFT},
    State.ACKNOWLEDGED: {State.LOCKED},
    State.LOCKED: set(),
    State.DISCARDED: set(),
}

# Nothing was sent to the regulator yet: these still have a deadline to meet.
DUE = (State.DRAFT, State.VALIDATED, State.APPROVED)
# Filed, as far as we can know.
FILED = (State.EXPORTED, State.ACKNOWLEDGED, State.LOCKED)


class WrongState(Conflict):
    """The report's state does not allow this. `limit` is the state it is in."""

    code = "wrong_state"


def refuse_unless(state: str, *allowed: str) -> None:
    """Raise WrongState when a report in `state` can't do what only `allowed` ones can."""
    if state not in allowed:
        raise WrongState(
            _("This report is %(state)s.") % {"state": State(state).label}, limit=str(state)
        )


def refuse_move(state: str, to: str) -> None:
    """Raise WrongState unless a report in `state` may become `to`."""
    if to not in MOVES[State(state)]:
        raise WrongState(
            _("A report that is %(state)s can't become %(to)s.")
            % {"state": State(state).label, "to": State(to).label},
            limit=str(state),
        )
