"""What a deposit asks the travel rule, and what providers announce before their coins come.

A deposit's gate calls `standing`: it ties the deposit to a message that came for it, or opens a row
and asks (the sender's provider when it is known, else the customer). It writes, in the transaction
in which the deposit is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from compliance.travel_rule import moves, outgoing, owners, people, plan, regimes
from compliance.travel_rule.models import AddressOwner, CounterpartyAddress, TravelMessage
from compliance.travel_rule.outgoing import PASSES, Standing
from compliance.travel_rule.states import CLOSED, State
from exchange.core import clock, locks

Direction = TravelMessage.Direction


class Arrival(NamedTuple):
    """Coins that came. `sender` is empty on chains that name none."""

    transfer: str
    customer_id: int  # the main account
    asset: str
    network: str
    address: str
    key: str
    memo: str
    amount: Decimal
    usd: Decimal | None
    sender: str
    txid: str


class Ours(NamedTuple):
    """An address of ours: the customer whose deposits come there, and how it is compared."""

    customer_id: int  # the main account
    key: str


# (network, address, memo) -> whose deposits come there. Wallets know, and register it.
Finder = Callable[[str, str, str], Ours | None]
_finders: list[Finder] = []


def found_by(finder: Finder) -> None:
    _finders[:] = [finder]


def owner_of(network: str, address: str, memo: str) -> Ours | None:
    """Whose deposits come to this address of ours; None for one that is not ours."""
    return _finders[0](network, address, memo) if _finders else None


def meet(network: str, key: str) -> None:
    """Coins and the message about them come by different ways and may come at once: whoever looks
    for the other waits here until the other is written down."""
    locks.hold(locks.Lock.TRAVEL, locks.key_of(f"{network}:{key}"))


def standing(arrival: Arrival) -> Standing:
    """Whether coins that came may be credited now. Ties, or opens, the row about them."""
    meet(arrival.network, arrival.key)
    row = _of_transfer(arrival.transfer) or _tie(arrival)
    if row is not None:
        return outgoing.of_row(row)
    regime = regimes.of_country(people.country_of(arrival.customer_id))
    # Without a price nothing can be compared with an amount of a law; size is judged elsewhere.
    if arrival.usd is None or not regime.applies(arrival.usd):
        return PASSES
    return outgoing.of_row(_open(arrival, regime.code))


def sender_of(arrival: Arrival) -> str:
    """Under what a customer describes who sent it."""
    return arrival.sender or of_transaction(arrival.txid)


def of_transaction(txid: str) -> str:
    """Under what something is said of one transaction only."""
    return f"{plan.BY_TRANSACTION}{txid}"


def receive_ready(row: TravelMessage) -> State:
    """Where a row goes when its message is found good: the coins may be there already."""
    return State.ACCEPTED if row.transfer else State.RECEIVED


def _of_transfer(transfer: str) -> TravelMessage | None:
    return TravelMessage.objects.filter(transfer=transfer).first()


def _tie(arrival: Arrival) -> TravelMessage | None:
    """A message that came before its coins: same place, same amount, and not another txid."""
    row = (
        TravelMessage.objects.select_for_update(of=("self",))
        .filter(
            Q(txid="") | Q(txid=arrival.txid),
            direction=Direction.IN,
            transfer="",
            customer_id=arrival.customer_id,
            network=arrival.network,
            asset=arrival.asset,
            key=arrival.key,
            memo=arrival.memo,
            amount=arrival.amount,
        )
        .exclude(state__in=[*CLOSED])
        .order_by("-txid", "pk")
        .first()
    )
    if row is None:
        return None
    row.transfer, row.txid, row.usd = arrival.transfer, arrival.txid, arrival.usd
    row.sender = sender_of(arrival)
    state = State.ACCEPTED if row.state == State.RECEIVED else State(row.state)
    moves.move(row, state, says=row.says)
    if state == State.ACCEPTED:
        remember_address(row)
    return row


def remember_address(row: TravelMessage) -> None:
    """The sender's address is its provider's: it told us of the payment out of it."""
    if row.sender.startswith(plan.BY_TRANSACTION) or not row.sender or not row.counterparty_id:
        return
    CounterpartyAddress.objects.get_or_create(
        network=row.network,
        key=row.sender,
        defaults={
            "counterparty_id": row.counterparty_id,
            "proof": CounterpartyAddress.Proof.EXCHANGED,
            "evidence": f"message {row.uid}",
            "at": clock.now(),
        },
    )


def _open(arrival: Arrival, regime: str) -> TravelMessage:
    now = clock.now()
    row = TravelMessage(
        direction=Direction.IN,
        state=State.CUSTOMER,
        transfer=arrival.transfer,
        customer_id=arrival.customer_id,
        regime=regime,
        asset=arrival.asset,
        network=arrival.network,
        address=arrival.address,
        key=arrival.key,
        memo=arrival.memo,
        sender=sender_of(arrival),
        amount=arrival.amount,
        usd=arrival.usd,
        txid=arrival.txid,
        created_at=now,
        keep_until=moves.keep_until(now),
    )
    known = _known_provider(arrival)
    if known is not None and known.counterparty.reachable:
        row.counterparty = known.counterparty
        row.next_try_at = now
        moves.move(row, State.READY, says="")
        return row
    plan.apply(row, _standing_owner(arrival))
    return row


def _known_provider(arrival: Arrival) -> CounterpartyAddress | None:
    if not arrival.sender:
        return None
    return (
        CounterpartyAddress.objects.filter(network=arrival.network, key=arrival.sender)
        .select_related("counterparty")
        .first()
    )


def _standing_owner(arrival: Arrival) -> AddressOwner | None:
    for key in (sender_of(arrival), of_transaction(arrival.txid)):
        said = owners.standing(customer_id=arrival.customer_id, network=arrival.network, key=key)
        if said is not None:
            return said
    return None


def may_credit(transfer: str) -> bool:
    """For a second pair of eyes that releases a held deposit by hand."""
    row = _of_transfer(transfer)
    return row is None or outgoing.of_row(row).passes
