"""How the exchange of data about one transfer goes on, and when its coins may move."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    CUSTOMER = "customer", _("waits for the customer")
    READY = "ready", _("to be sent")
    UNREACHABLE = "unreachable", _("not delivered yet")
    SENT = "sent", _("waits for the other provider")
    REPAIR = "repair", _("something is missing")
    STAFF = "staff", _("waits for an officer")
    RECEIVED = "received", _("received, coins to come")
    ACCEPTED = "accepted", _("accepted")
    KEPT = "kept", _("collected and kept")
    RELEASED = "released", _("released by two people")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


MOVES: dict[State, set[State]] = {
    State.CUSTOMER: {
        State.READY, State.SENT, State.KEPT, State.STAFF, State.RECEIVED, State.ACCEPTED,
        State.REPAIR, State.RELEASED, State.REFUSED, State.CANCELLED,
    },
    State.READY: {
        State.SENT, State.UNREACHABLE, State.ACCEPTED, State.REPAIR, State.STAFF, State.KEPT,
        State.REFUSED, State.CANCELLED, State.CUSTOMER,
    },
    State.UNREACHABLE: {
        State.READY, State.SENT, State.ACCEPTED, State.REPAIR, State.KEPT, State.STAFF,
        State.RELEASED, State.REFUSED, State.CANCELLED, State.CUSTOMER,
    },
    State.SENT: {
        State.READY, State.ACCEPTED, State.REPAIR, State.STAFF, State.KEPT, State.RELEASED,
        State.REFUSED, State.CANCELLED, State.CUSTOMER,
    },
    State.REPAIR: {
        State.READY, State.SENT, State.CUSTOMER, State.STAFF, State.ACCEPTED, State.RELEASED,
        State.REFUSED, State.CANCELLED, State.RECEIVED, State.KEPT,
    },
    State.STAFF: {
        State.READY, State.SENT, State.CUSTOMER, State.ACCEPTED, State.KEPT, State.RELEASED,
        State.REFUSED, State.REPAIR, State.CANCELLED, State.RECEIVED,
    },
    State.RECEIVED: {
        State.ACCEPTED, State.REPAIR, State.STAFF, State.REFUSED, State.CANCELLED, State.RELEASED,
    },
    State.ACCEPTED: {State.CANCELLED, State.REFUSED},
    State.KEPT: {State.READY, State.CANCELLED, State.REFUSED},
    State.RELEASED: {State.CANCELLED, State.REFUSED},
    State.REFUSED: {State.READY, State.STAFF, State.CANCELLED},
    State.CANCELLED: set(),
}  # fmt: skip
# In these the coins may move.
SETTLED = [State.ACCEPTED, State.KEPT, State.RELEASED]
# In these the exchange goes on by itself or waits for somebody until `due_at`.
OPEN = [
    State.CUSTOMER, State.READY, State.UNREACHABLE, State.SENT, State.REPAIR, State.RECEIVED,
]  # fmt: skip
TO_SEND = [State.READY, State.UNREACHABLE]
CLOSED = [*SETTLED, State.REFUSED, State.CANCELLED]
