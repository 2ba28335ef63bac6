"""What came in and what went out, as one list: deposits and withdrawals of a customer.

A room above both, because neither may know the other. Each row carries the number by which the wire
names it; deposits' numbers begin far above any withdrawal's, so that one number names one row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from wallets.deposits import queries as deposits
from wallets.deposits import words
from wallets.deposits.models import Deposit
from wallets.deposits.queries import DepositRow
from wallets.withdrawals import queries as withdrawals
from wallets.withdrawals import words as withdrawal_words
from wallets.withdrawals.queries import WithdrawalRow
from wallets.withdrawals.states import State as Going
from wallets.withdrawals.states import State as Sent

DEPOSIT, WITHDRAW = "deposit", "withdraw"
FIRST_DEPOSIT_NUMBER = 10**12
MOST_ROWS = 1_000
# The wire's numbers for states.
CREATED, SUBMITTED, PROCESSING, DONE, CANCELLED, FAILED = range(6)
State = Deposit.State
DEPOSIT_CODES = {
    State.CREDITED: DONE,
    State.REFUSED: CANCELLED,
    State.RETURNED: CANCELLED,
    State.IGNORED: FAILED,
}
WITHDRAWAL_CODES = {
    Going.REQUESTED: CREATED,
    Going.HELD: CREATED,
    Going.APPROVED: SUBMITTED,
    Going.SIGNED: PROCESSING,
    Going.BROADCAST: PROCESSING,
    Going.CONFIRMED: DONE,
    Going.CANCELLED: CANCELLED,
    Going.REFUSED: FAILED,
    Going.FAILED: FAILED,
}

WITHDRAWAL_CODES = {
    Sent.REQUESTED: CREATED,
    Sent.HELD: SUBMITTED,
    Sent.CONFIRMED: DONE,
    Sent.CANCELLED: CANCELLED,
    Sent.REFUSED: CANCELLED,
    Sent.FAILED: FAILED,
}


class Movement(NamedTuple):
    """A deposit or a withdrawal. Amounts in the asset; the amount is what arrives."""

    number: int
    kind: str
    asset: str
    network: str  # empty between customers
    network_name: str
    amount: Decimal
    fee: Decimal
    state: str
    word: Any
    tone: str
    sentence: Any
    code: int
    confirmations: int
    needed: int
    address: str
    memo: str
    txid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows: those that match everything given."""

    asset: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


Source = Callable[[int, Choice], list[Movement]]


def of_customer(*, customer_id: int, kinds: Sequence[str], choice: Choice) -> list[Movement]:
    """Newest first. One or two indexed queries a kind."""
    limit = max(1, min(choice.limit, MOST_ROWS))
    rows = [row for kind in kinds for row in SOURCES[kind](customer_id, choice)]
    rows.sort(key=lambda row: (row.at, row.number), reverse=True)
    return rows[:limit]


def one(*, customer_id: int, number: int) -> Movement | None:
    """The row of that number; None for another customer's."""
    if number < FIRST_DEPOSIT_NUMBER:
        sent = withdrawals.one(customer_id=customer_id, withdrawal_id=number)
        return None if sent is None else _of_withdrawal(sent)
    found = deposits.one(customer_id=customer_id, deposit_id=number - FIRST_DEPOSIT_NUMBER)
    return None if found is None else _of_deposit(found)


def before(row: Movement) -> datetime:
    """The newest moment that is older than a row: where the next page begins."""
    return row.at - timedelta(microseconds=1)


def _deposits(customer_id: int, choice: Choice) -> list[Movement]:
    rows = deposits.of_customer(
        customer_id=customer_id,
        asset=choice.asset,
        since=choice.since,
        until=choice.until,
        limit=choice.limit,
    )
    return [_of_deposit(row) for row in rows]


def _of_deposit(row: DepositRow) -> Movement:
    said = words.of(row.state)
    return Movement(
        number=FIRST_DEPOSIT_NUMBER + row.id,
        kind=DEPOSIT,
        asset=row.asset,
        network=row.network,
        network_name=row.network_name,
        amount=row.amount,
        fee=Decimal(0),
        state=row.state,
        word=said.word,
        tone=said.tone,
        sentence=said.sentence,
        code=DEPOSIT_CODES.get(State(row.state), PROCESSING),
        confirmations=row.confirmations,
        needed=row.needed,
        address=row.address,
        memo=row.memo,
        txid=row.txid,
        at=row.at,
    )


def _withdrawals(customer_id: int, choice: Choice) -> list[Movement]:
    rows = withdrawals.of_customer(
        customer_id=customer_id,
        asset=choice.asset,
        since=choice.since,
        until=choice.until,
        limit=choice.limit,
    )
    return [_of_withdrawal(row) for row in rows]


def _of_withdrawal(row: WithdrawalRow) -> Movement:
    said = withdrawal_words.of(row)
    return Movement(
        number=row.id,
        kind=WITHDRAW,
        asset=row.asset,
        network=row.network,
        network_name=row.network_name,
        amount=row.amount,
        fee=row.fee,
        state=row.state,
        word=said.word,
        tone=said.tone,
        sentence=said.sentence,
        code=WITHDRAWAL_CODES.get(Sent(row.state), PROCESSING),
        confirmations=row.confirmations,
        needed=row.needed,
        address=row.address or row.recipient,
        memo=row.memo,
        txid=row.txid,
        at=row.at,
    )


SOURCES: dict[str, Source] = {DEPOSIT: _deposits, WITHDRAW: _withdrawals}
