"""What a withdrawal asks the travel rule, and what it tells it afterwards.

`standing` reads only: a withdrawal's gate calls it before the row exists and each time it looks
again. `open_transfer` writes the row once the withdrawal stands; `paid` and `cancel` end it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from compliance.travel_rule import listed, moves, owners, people, plan, regimes
from compliance.travel_rule.models import AddressOwner, TravelMessage
from compliance.travel_rule.states import OPEN, SETTLED, State
from exchange.core import clock, dispatch
from exchange.core.errors import Conflict

Direction = TravelMessage.Direction


class Question(NamedTuple):
    """A transfer to an address. `usd` is what it is worth; `transfer` is empty before it stands."""

    customer_id: int  # the main account
    asset: str
    network: str
    address: str
    key: str
    memo: str
    amount: Decimal
    usd: Decimal | None
    transfer: str = ""


class Standing(NamedTuple):
    """`passes`, or `code` and `message` (for staff) say what it waits for. `asks`: what the
    customer can do about it ("owner", "proof", "repair", or nothing)."""

    passes: bool
    code: str = ""
    message: str = ""
    asks: str = ""


PASSES = Standing(True)
WAITS = {
    State.CUSTOMER: "travel_customer",
    State.READY: "travel_sending",
    State.UNREACHABLE: "travel_unreachable",
    State.SENT: "travel_answer",
    State.REPAIR: "travel_repair",
    State.STAFF: "travel_officer",
    State.REFUSED: "travel_refused",
    State.CANCELLED: "travel_cancelled",
}


def standing(question: Question) -> Standing:
    """Whether the coins may go now. Five indexed queries at most; changes nothing."""
    regime = regimes.of_country(people.country_of(question.customer_id))
    row = _row(question.transfer)
    if row is not None:
        return of_row(row)
    if not regime.applies(question.usd):
        return PASSES
    owner = owners.standing(
        customer_id=question.customer_id,
        network=question.network,
        key=question.key,
        memo=question.memo,
    )
    known = people.party_of(question.customer_id) is not None
    planned = plan.of(owner=owner, regime=regime, usd=question.usd, customer_known=known)
    if planned.state in SETTLED:
        return _unless_listed(None, owner)
    return _waits(planned.state, planned.says)


def of_row(row: TravelMessage) -> Standing:
    if row.state in SETTLED:
        return _unless_listed(row, row.owner)
    return _waits(State(row.state), row.says)


def _unless_listed(row: TravelMessage | None, owner: AddressOwner | None) -> Standing:
    """The rule is settled; a name may still stand in the way."""
    wait = listed.wait_of(row=row, owner=owner)
    return PASSES if wait is None else Standing(False, wait.code, wait.message)


def open_transfer(question: Question) -> TravelMessage | None:
    """Begin with a transfer that stands; None when the rule does not apply. Twice is once.

    Part of the transaction in which the transfer is written.
    """
    row = _row(question.transfer)
    if row is not None:
        return row
    regime = regimes.of_country(people.country_of(question.customer_id))
    if not regime.applies(question.usd):
        return None
    now = clock.now()
    row = TravelMessage(
        direction=Direction.OUT,
        state=State.CUSTOMER,
        transfer=question.transfer,
        customer_id=question.customer_id,
        regime=regime.code,
        asset=question.asset,
        network=question.network,
        address=question.address,
        key=question.key,
        memo=question.memo,
        amount=question.amount,
        usd=question.usd,
        created_at=now,
        keep_until=moves.keep_until(now),
    )
    owner = owners.standing(
        customer_id=question.customer_id,
        network=question.network,
        key=question.key,
        memo=question.memo,
    )
    plan.apply(row, owner)
    return row


def asked(transfers: Iterable[str]) -> dict[str, str]:
    """Those transfers about which the customer is asked something, with the id under which the
    page asks it. One query."""
    rows = TravelMessage.objects.filter(
        transfer__in=list(transfers), state__in=[State.CUSTOMER, State.REPAIR]
    )
    return {row.transfer: str(row.uid) for row in rows}


def refuse_unless_settled(transfer: str) -> None:
    """For whoever approves a transfer by hand: the travel rule is settled in its own queue.

    Raises Conflict.
    """
    row = _row(transfer)
    if row is not None and row.state not in SETTLED:
        raise Conflict(
            f"The travel rule is not settled: {row.get_state_display()}. See its queue.",
            limit=row.state,
        )
    if row is not None and not (standing := of_row(row)).passes:
        raise Conflict(standing.message, limit=row.state)


def paid(*, transfer: str, txid: str) -> None:
    """The coins are on their way: the other provider is told by which transaction."""
    row = TravelMessage.objects.select_for_update().filter(transfer=transfer).first()
    if row is None or row.txid == txid:
        return
    row.txid, row.confirmed_at = txid, None
    row.save(update_fields=["txid", "confirmed_at", "changed_at"])
    if row.state == State.ACCEPTED and row.counterparty_id is not None:
        dispatch.after_commit("travel_rule.confirm", queue="default", message_id=row.pk)


def cancel(*, transfer: str) -> None:
    """The transfer will not be made. What was exchanged is kept."""
    row = TravelMessage.objects.select_for_update().filter(transfer=transfer).first()
    if row is not None and row.state in [*OPEN, State.STAFF, *SETTLED, State.REFUSED]:
        moves.move(row, State.CANCELLED, says="The transfer was given up.")


def _row(transfer: str) -> TravelMessage | None:
    if not transfer:
        return None
    return TravelMessage.objects.filter(transfer=transfer).select_related("owner").first()


def _waits(state: State, says: str) -> Standing:
    asks = ""
    if state == State.CUSTOMER:
        asks = "proof" if says == plan.PROOF_MISSING else "owner"
    elif state == State.REPAIR:
        asks = "repair"
    return Standing(False, WAITS[state], says or str(state.label), asks)
