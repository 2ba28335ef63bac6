"""One registry of locks, taken in one order: advisory keys first, then rows sorted by id.

Advisory locks are transaction-scoped: they go with the commit, the rollback or the death of the
process. The numbers are part of the database's protocol: never renumber them.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    MARKET = 1  # key: market id; whoever holds it is the market's single writer
    AUDIT_SEAL = 2
    OUTBOX = 3
    RECONCILIATION = 4
    SEED = 5
    TICKERS = 6
    SWITCHES = 7  # shared by verbs that move money out, alone by whoever throws a switch
    ALERTS = 8  # key: of subject and scenario; one alert of two found at once
    CASES = 9  # alerts take turns to find the case they belong to
    PROPOSING = 10  # key: of the act and its target; of two who propose the same one does
    FOLLOW_MARKET = 20  # key: market id; one tells what it traded
    WATCH = 21  # one watches new facts at a time
    SCORE = 22  # one grows the trees that order alerts
    TRAVEL = 14  # key: of network and address; coins and the message about them meet once
    SANCTIONS_LIST = 30  # key: of the list's source; one import of it at a time
    PROGRAMME = 40  # key: programme id; its state and funding change one at a time
    PAYOUT = 41  # key: payout id; one worker pays it
    EARN_PRODUCT = 42  # key: product id; its caps and its days take turns
    EARN_DAY = 43  # key: product id; one accrues its days at a time, while customers come and go
    SNAPSHOT = 45  # key: snapshot id; taken once
    PROPOSAL_VOTE = 46  # key: proposal id; counted once
    SALE = 50  # key: sale id
    CAMPAIGN = 55  # key: campaign id
    LISTING = 60  # key: listing id


def hold(lock: Lock, key: int = 0) -> None:
    """Wait for an advisory lock and keep it until the transaction ends."""
    _inside_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [int(lock), _folded(key)])


def share(lock: Lock, key: int = 0) -> None:
    """Wait until nobody holds an advisory lock, and keep it from being held until the transaction
    ends. Any number may share it at once."""
    _inside_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [int(lock), _folded(key)])


def try_hold(lock: Lock, key: int = 0) -> bool:
    """Take an advisory lock if nobody has it. False when somebody does."""
    _inside_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [int(lock), _folded(key)])
        return bool(cursor.fetchone()[0])


def key_of(text: str) -> int:
    """The key of something that is named by words. Two names may share one: they then take turns
    for nothing, which is harmless."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], signed=True)


def _folded(key: int) -> int:
    """A key of two takes 32 bits. A larger id shares one of them with others: strangers may send
    any number, and rows may one day have it."""
    return key if -(2**31) <= key < 2**31 else key_of(str(key))


def _inside_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a lock outside a transaction would be let go at once")
