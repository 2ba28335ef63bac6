"""What other providers ask of us. `authentic` says who asks; each verb takes what they say.

Nothing they say is believed beyond what it is: a message is judged by the standard, the address
must be ours, and the beneficiary's name must be the name of whose address it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from compliance.travel_rule import contents, incoming, keys, listed, moves, people, send, wire
from compliance.travel_rule.ivms101 import parts
from compliance.travel_rule.ivms101.validate import Fault, validate
from compliance.travel_rule.models import (
    Counterparty,
    Names,
    SeenRequest,
    TravelExchange,
    TravelMessage,
)
from compliance.travel_rule.regimes import of_country
from compliance.travel_rule.states import State
from exchange.core import clock
from exchange.core.errors import Invalid
from exchange.core.money import parse

Direction = TravelMessage.Direction
MOST_REVISIONS = 50
# What one provider may have pending with us: more is a flood, not a business.
MOST_PENDING = 10_000
Answer = dict[str, Any]
PENDING = [State.RECEIVED, State.STAFF, State.REPAIR]
# A message whose coins have not come can still be said anew; so can one that waits.
REVISABLE = [
    State.REPAIR, State.STAFF, State.RECEIVED, State.SENT, State.CUSTOMER, State.READY,
    State.UNREACHABLE,
]  # fmt: skip


def authentic(
    headers: Mapping[str, str], *, method: str, path: str, body: bytes
) -> tuple[Counterparty, wire.Signed]:
    """Who signed this request; its nonce is used up. Raises wire.BadRequest."""
    signed = wire.read(headers)
    sender = Counterparty.objects.filter(
        lei=signed.sender, status=Counterparty.Status.ACTIVE
    ).first()
    if sender is None or not sender.public_key:
        raise wire.BadRequest("this provider is not in our directory, or not active")
    wire.check(
        signed,
        public_key=sender.public_key,
        method=method,
        path=path,
        body=body,
        to=keys.ourselves().lei,
        now=int(clock.now().timestamp()),
    )
    try:
        with transaction.atomic():
            SeenRequest.objects.create(counterparty=sender, nonce=signed.nonce, at=clock.now())
    except IntegrityError as error:
        raise wire.BadRequest("this request was taken already") from error
    return sender, signed


def transfer(sender: Counterparty, body: dict[str, Any]) -> Answer:
    """A message about coins that come, or came, to one of our customers.

    The same id and revision again is answered as before. Raises Invalid naming the field.
    """
    uid, revision = _uid(body), _revision(body)
    findings = validate(body.get("ivms101"))
    warnings = [warning._asdict() for warning in findings.warnings]
    with transaction.atomic():
        # One message of a provider after the other: the same id twice at once is one row.
        Counterparty.objects.select_for_update(no_key=True).get(pk=sender.pk)
        row = TravelMessage.objects.select_for_update(of=("self",)).filter(uid=uid).first()
        if row is not None and not _theirs(row, sender):
            raise Invalid("This id is another transfer's.", field="id")
        if row is not None and (revision <= row.revision or row.state not in REVISABLE):
            return {**send.answer_originator(row), "warnings": warnings}
        if row is None:
            row = _new(sender, uid, body)
        if row is None:
            return {"id": str(uid), "outcome": "refused", "says": "The address is not ours."}
        row.revision = revision
        _take(row, body, findings.faults)
        return {**send.answer_originator(row), "warnings": warnings}


def answer(sender: Counterparty, body: dict[str, Any]) -> Answer:
    """What the beneficiary's provider says later of a message of ours."""
    with transaction.atomic():
        row = _own(sender, body, Direction.OUT)
        if row.state in (State.SENT, State.REPAIR, State.UNREACHABLE):
            send.take_answer(row, body)
    return {"id": str(row.uid), "outcome": "taken"}


def confirmation(sender: Counterparty, body: dict[str, Any]) -> Answer:
    """By which transaction the coins of an announced transfer come."""
    txid = str(body.get("txid", ""))
    if not txid.isalnum() or not 60 <= len(txid) <= 66:
        raise Invalid("txid is no transaction's id.", field="txid")
    with transaction.atomic():
        row = _own(sender, body, Direction.IN)
        if not row.txid:
            row.txid = txid
            row.save(update_fields=["txid", "changed_at"])
    return {"id": str(row.uid), "outcome": "taken"}


def enquiry(sender: Counterparty, body: dict[str, Any]) -> Answer:
    """Another provider received coins and asks for the data. What we have for them is sent."""
    txid, network = str(body.get("txid", "")), str(body.get("network", ""))
    if not txid or not network:
        raise Invalid("An enquiry names network and txid.", field="txid")
    with transaction.atomic():
        row = (
            TravelMessage.objects.select_for_update(of=("self",))
            .filter(
                Q(counterparty=sender) | Q(counterparty=None),
                direction=Direction.OUT,
                network=network[:20],
                txid=txid[:66],
                address=str(body.get("address", ""))[:128],
            )
            .first()
        )
        if row is None or row.sealed is None:
            return {"outcome": "unknown"}
        if row.state == State.KEPT:
            row.counterparty = sender
            row.revision += 1
            row.attempts, row.next_try_at = 0, clock.now()
            moves.move(row, State.READY, says=f"{sender.name} asked for it.")
    return {"outcome": "pending"}


def address(sender: Counterparty, body: dict[str, Any]) -> Answer:
    """Is this address ours? Whose, is nobody's business."""
    ours = incoming.owner_of(
        str(body.get("network", ""))[:20],
        str(body.get("address", ""))[:128],
        str(body.get("memo", ""))[:64],
    )
    return {"outcome": "ours" if ours is not None else "unknown"}


VERBS: dict[str, Callable[[Counterparty, dict[str, Any]], Answer]] = {
    "transfers": transfer,
    "answers": answer,
    "confirmations": confirmation,
    "enquiries": enquiry,
    "addresses": address,
}


def write_down(
    sender: Counterparty, what: str, raw: bytes, *, status: int, answer: Answer
) -> TravelExchange:
    """The exchange, for whoever asks in a year."""
    about = None
    try:
        about = TravelMessage.objects.filter(uid=uuid.UUID(str(answer.get("id", "")))).first()
    except ValueError:
        pass
    return TravelExchange.objects.create(
        message=about,
        counterparty=sender,
        to_us=True,
        what=what[:20],
        status=status,
        outcome=str(answer.get("outcome", answer.get("error", "")))[:300],
        body_sha256=wire.digest(raw),
        at=clock.now(),
    )


def _take(row: TravelMessage, body: dict[str, Any], faults: list[Fault]) -> None:
    """Judge a message into its row: faulty, to be looked at, or good."""
    if faults:
        says = "The message breaks the standard; its provider was told where."
        moves.move(row, State.REPAIR, says=says, faults=[fault._asdict() for fault in faults])
        return
    contents.put(row, body["ivms101"])
    row.names = Names.UNSCREENED  # whatever state it comes to, nothing passes before
    message = parts.read(body["ivms101"])
    assert row.customer_id is not None
    names = people.names_of(row.customer_id)
    if not names:
        moves.move(row, State.STAFF, says="Nobody knows yet who our customer is.", faults=[])
    elif not any(parts.same_name(message.beneficiary.name, name) for name in names):
        moves.move(
            row, State.STAFF, says="The beneficiary's name is not our customer's.", faults=[]
        )
    else:
        moves.move(row, incoming.receive_ready(row), says="", faults=[])
        if row.state == State.ACCEPTED:
            incoming.remember_address(row)
    listed.expect(row)


def _new(sender: Counterparty, uid: uuid.UUID, body: dict[str, Any]) -> TravelMessage | None:
    """A row for a message with a new id: the one that waits for it, or a fresh one. None when the
    address is not ours."""
    asset, network = _text(body, "asset", 15), _text(body, "network", 20)
    place, memo = _text(body, "address", 128), str(body.get("memo") or "")[:64]
    amount = parse(body.get("amount", ""), field="amount")
    txid = str(body.get("txid") or "")[:66]
    ours = incoming.owner_of(network, place, memo)
    if ours is None:
        return None
    incoming.meet(network, ours.key)
    waiting = _waiting(ours, asset, network, amount, txid, memo)
    if waiting is not None:
        waiting.uid, waiting.counterparty = uid, sender
        return waiting
    pending = TravelMessage.objects.filter(
        counterparty=sender, direction=Direction.IN, state__in=PENDING
    )
    if pending[MOST_PENDING:].exists():
        raise Invalid("Too many of your messages are pending.", field="id", limit=MOST_PENDING)
    now = clock.now()
    return TravelMessage(
        uid=uid,
        direction=Direction.IN,
        state=State.STAFF,
        customer_id=ours.customer_id,
        counterparty=sender,
        regime=of_country(people.country_of(ours.customer_id)).code,
        asset=asset,
        network=network,
        address=place,
        key=ours.key,
        memo=memo,
        amount=amount,
        txid=txid,
        created_at=now,
        keep_until=moves.keep_until(now),
    )


def _waiting(
    ours: incoming.Ours, asset: str, network: str, amount: Decimal, txid: str, memo: str
) -> TravelMessage | None:
    """Coins that came before their message."""
    rows = TravelMessage.objects.select_for_update(of=("self",)).filter(
        direction=Direction.IN,
        revision=0,
        customer_id=ours.customer_id,
        network=network,
        asset=asset,
        key=ours.key,
        memo=memo,
        amount=amount,
        state__in=REVISABLE,
    )
    if txid:
        rows = rows.filter(txid=txid)
    return rows.exclude(transfer="").order_by("pk").first()


def _theirs(row: TravelMessage, sender: Counterparty) -> bool:
    return row.counterparty_id == sender.pk and row.direction == Direction.IN


def _own(sender: Counterparty, body: dict[str, Any], direction: str) -> TravelMessage:
    row = (
        TravelMessage.objects.select_for_update(of=("self",))
        .filter(uid=_uid(body), counterparty=sender, direction=direction)
        .first()
    )
    if row is None:
        raise Invalid("There is no such transfer between us.", field="id")
    return row


def _uid(body: dict[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(str(body.get("id", "")))
    except ValueError as error:
        raise Invalid("id is a UUID.", field="id") from error


def _revision(body: dict[str, Any]) -> int:
    revision = body.get("revision", 1)
    if isinstance(revision, bool) or not isinstance(revision, int):
        raise Invalid("revision is a whole number.", field="revision")
    if not 1 <= revision <= MOST_REVISIONS:
        raise Invalid(f"revision is 1 to {MOST_REVISIONS}.", field="revision", limit=MOST_REVISIONS)
    return revision


def _text(body: dict[str, Any], field: str, most: int) -> str:
    text = body.get(field)
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        raise Invalid(f"{field} has 1 to {most} characters.", field=field, limit=most)
    return text
