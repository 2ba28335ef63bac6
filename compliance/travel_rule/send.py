"""Deliver what is to be sent: messages about what our customers send, enquiries about what came.

One row at a time: a lease is taken and committed, the other provider is asked outside of any
transaction, and the answer is written under the row's lock if it still is what was asked about.
What is not delivered is tried again, later and later, until the regime's time is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from compliance.travel_rule import client, contents, moves
from compliance.travel_rule.client import Answer, Unreachable
from compliance.travel_rule.models import CounterpartyAddress, TravelMessage
from compliance.travel_rule.regimes import Sunrise, by_code
from compliance.travel_rule.states import TO_SEND, State
from exchange.core import clock
from exchange.core.money import plain

Direction = TravelMessage.Direction
LEASE = timedelta(seconds=90)
LONGEST_WAIT = timedelta(minutes=30)
OUTCOMES = {
    "accepted": State.ACCEPTED,
    "pending": State.SENT,
    "repair": State.REPAIR,
    "refused": State.REFUSED,
}


def send_due(*, limit: int = 50) -> int:
    """Send what is due. Returns how many were tried. Safe to run twice and alongside itself."""
    tried = 0
    while tried < limit:
        row = _lease_one()
        if row is None:
            return tried
        tried += 1
        _send(row)
    return tried


def confirm(*, message_id: int) -> int:
    """Tell the other provider by which transaction the coins went. Returns 1 when it took it."""
    row = TravelMessage.objects.select_related("counterparty").get(pk=message_id)
    if row.counterparty is None or not row.txid or row.confirmed_at is not None:
        return 0
    if not row.counterparty.reachable:
        return 0
    body = {"id": str(row.uid), "txid": row.txid}
    try:
        answer = client.ask(row.counterparty, "confirmations", body, about=row)
    except Unreachable:
        return 0  # the sweep comes by again
    if answer.status != 200:
        return 0
    return TravelMessage.objects.filter(pk=row.pk, txid=row.txid).update(confirmed_at=clock.now())


def answer_originator(row: TravelMessage) -> dict[str, Any]:
    """What we say of a message that came to us: the same words at once and later."""
    words = {
        State.RECEIVED: "accepted",
        State.ACCEPTED: "accepted",
        State.RELEASED: "accepted",
        State.KEPT: "accepted",
        State.REPAIR: "repair",
        State.REFUSED: "refused",
    }
    return {
        "id": str(row.uid),
        "outcome": words.get(State(row.state), "pending"),
        "faults": row.faults,
    }


def tell_originator(*, message_id: int) -> int:
    """Send our later answer about a message that was pending. Returns 1 when it arrived."""
    row = TravelMessage.objects.select_related("counterparty").get(pk=message_id)
    if row.direction != Direction.IN or row.revision == 0 or row.counterparty is None:
        return 0
    if not row.counterparty.reachable:
        return 0
    try:
        client.ask(row.counterparty, "answers", answer_originator(row), about=row)
    except Unreachable:
        return 0  # they can ask by sending the message again
    return 1


def _lease_one() -> TravelMessage | None:
    """The next row that is due, taken for a while: nobody else sends it meanwhile."""
    with transaction.atomic():
        row = (
            TravelMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state__in=TO_SEND, next_try_at__lte=clock.now())
            .select_related("counterparty")
            .order_by("next_try_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.attempts += 1
        row.next_try_at = clock.now() + LEASE
        row.save(update_fields=["attempts", "next_try_at", "changed_at"])
    return row


def _send(row: TravelMessage) -> None:
    counterparty = row.counterparty
    if counterparty is None or not counterparty.reachable:
        _not_delivered(row, "the provider takes no messages any more")
        return
    what = "transfers" if row.direction == Direction.OUT else "enquiries"
    body = _transfer(row) if row.direction == Direction.OUT else _enquiry(row)
    try:
        answer = client.ask(counterparty, what, body, about=row)
    except Unreachable as error:
        _not_delivered(row, str(error))
        return
    if answer.status != 200:
        _not_delivered(row, f"answered {answer.status}: {answer.body.get('error', '')}"[:300])
        return
    _delivered(row, answer)


def _transfer(row: TravelMessage) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "revision": row.revision,
        "asset": row.asset,
        "network": row.network,
        "amount": plain(row.amount),
        "address": row.address,
        "memo": row.memo,
        "txid": row.txid,
        "ivms101": contents.get(row),
    }


def _enquiry(row: TravelMessage) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "network": row.network,
        "amount": plain(row.amount),
        "address": row.address,
        "txid": row.txid,
    }


def _same(sent: TravelMessage) -> TravelMessage | None:
    """The row, locked, if it still is what was sent."""
    row = moves.locked(sent.pk)
    if row.state not in TO_SEND or row.revision != sent.revision:
        return None
    return row


def _delivered(sent: TravelMessage, answer: Answer) -> None:
    with transaction.atomic():
        row = _same(sent)
        if row is None:
            return
        if row.direction == Direction.IN:
            says = "Its provider was asked for the data."
            if answer.body.get("outcome") == "unknown":
                moves.move(
                    row, State.STAFF, says="The provider that was asked knows nothing of it."
                )
                return
            moves.move(row, State.SENT, says=says)
            return
        take_answer(row, answer.body)


def take_answer(row: TravelMessage, body: dict[str, Any]) -> None:
    """What the beneficiary's provider says of our message, at once or later. The row is locked."""
    state = OUTCOMES.get(str(body.get("outcome")))
    faults = [each for each in _listed(body.get("faults")) if isinstance(each, dict)][:50]
    if state is None:
        moves.move(row, State.STAFF, says="The other provider's answer makes no sense.")
        return
    if state == State.REPAIR and not _customer_can_repair(faults):
        state, says = State.STAFF, "The other provider misses something that we have to correct."
    else:
        says = "" if state != State.REFUSED else "The other provider refuses it."
    moves.move(row, state, says=says, faults=[_fault(each) for each in faults])
    if state == State.ACCEPTED and row.counterparty_id is not None:
        CounterpartyAddress.objects.get_or_create(
            network=row.network,
            key=row.key,
            defaults={
                "counterparty_id": row.counterparty_id,
                "proof": CounterpartyAddress.Proof.EXCHANGED,
                "evidence": f"message {row.uid}",
                "at": clock.now(),
            },
        )


def _customer_can_repair(faults: list[dict[str, Any]]) -> bool:
    """What they said of the beneficiary they can say better; the rest is ours."""
    return bool(faults) and all(str(f.get("field", "")).startswith("beneficiary") for f in faults)


def _fault(each: dict[str, Any]) -> dict[str, str]:
    return {name: str(each.get(name, ""))[:200] for name in ("field", "constraint", "message")}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _not_delivered(sent: TravelMessage, why: str) -> None:
    with transaction.atomic():
        row = _same(sent)
        if row is None:
            return
        now = clock.now()
        if row.due_at is not None and row.due_at <= now:
            _give_up(row, why)
            return
        wait = min(timedelta(seconds=15 * 2 ** min(row.attempts, 10)), LONGEST_WAIT)
        row.next_try_at = now + wait
        moves.move(row, State.UNREACHABLE, says=f"Not delivered: {why}"[:500])


def _give_up(row: TravelMessage, why: str) -> None:
    """Sunrise: nobody answers there. The regime says whether that stops the coins."""
    regime = by_code(row.regime)
    if row.direction == Direction.OUT and regime.unreachable == Sunrise.KEEP:
        moves.move(row, State.KEPT, says=f"Could not be delivered and is kept: {why}"[:500])
    else:
        moves.move(row, State.STAFF, says=f"Could not be delivered: {why}"[:500])
