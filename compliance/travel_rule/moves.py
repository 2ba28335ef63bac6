"""Move a message on, and tell who waits for it. Every change of a state goes through here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from compliance.travel_rule.models import TravelMessage
from compliance.travel_rule.regimes import by_code
from compliance.travel_rule.states import CLOSED, MOVES, TO_SEND, State
from exchange.core import clock, dispatch, outbox
from exchange.core.errors import Conflict, NotFound

CHANGED = "travel_rule.changed"  # {message_id, transfer, direction, state}
# Both 31 CFR 1010.430(d) and PCMLTFR section 148: five years.
KEPT_FOR_YEARS = 5


def locked(message_id: int) -> TravelMessage:
    """The row, locked until the commit. Raises NotFound."""
    row = TravelMessage.objects.select_for_update(of=("self",)).filter(pk=message_id).first()
    if row is None:
        raise NotFound(f"There is no travel message {message_id}.", field="message_id")
    return row


def move(
    row: TravelMessage, state: State, *, says: str = "", faults: Sequence[object] | None = None
) -> None:
    """Put a locked row into a state, save it and announce it. Raises Conflict for a move that is
    none; a move to where it stands only says why anew."""
    if state != row.state and state not in MOVES[State(row.state)]:
        raise Conflict(f"This message is {row.get_state_display()}.", limit=row.state)
    now = clock.now()
    row.state, row.says = state, says[:500]
    if faults is not None:
        row.faults = list(faults)[:50]
    row.due_at = due(row, now)
    row.next_try_at = now if state in TO_SEND and row.next_try_at is None else row.next_try_at
    if state not in TO_SEND:
        row.next_try_at = None
    row.closed_at = now if state in CLOSED else None
    row.keep_until = keep_until(now)
    row.save()
    announce(row)
    if state in TO_SEND:
        dispatch.after_commit("travel_rule.send", queue="default")


def announce(row: TravelMessage) -> None:
    outbox.announce(
        CHANGED,
        message_id=row.pk,
        transfer=row.transfer,
        direction=row.direction,
        state=str(row.state),
    )


def due(row: TravelMessage, now: datetime) -> datetime | None:
    """Until when others have time, before it is an officer's to look at."""
    regime = by_code(row.regime)
    waits: dict[str, timedelta] = {
        State.CUSTOMER: regime.customer_answers_within,
        State.REPAIR: regime.customer_answers_within,
        State.SENT: regime.provider_answers_within,
        State.RECEIVED: timedelta(days=7),
    }
    if row.state in TO_SEND:
        # From when delivery began, not from the last try.
        return row.due_at if row.state == State.UNREACHABLE else now + regime.deliver_within
    wait = waits.get(row.state)
    return now + wait if wait is not None else None


def keep_until(now: datetime) -> date:
    return (now + timedelta(days=366 * KEPT_FOR_YEARS)).date()
