"""Post entries: the only way that balances move.

An entry says why (`kind` and `reference`, which together can be posted only once), its legs say
what it does to which account. A leg's two changes are of what is available and of what is held:
(-5, +5) holds five, (+5, -5) lets them go, (0, -5) spends what was held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import DatabaseError, IntegrityError, transaction

from exchange.audit.record import record
from exchange.core import copy
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid, KeyReused
from exchange.core.money import ZERO
from exchange.ledger.models import LedgerEntry, Posting

MAX_LEGS = 10_000


class Leg(NamedTuple):
    """What an entry does to one account. Decimals in the account's asset."""

    account_id: int
    available: Decimal = ZERO
    held: Decimal = ZERO


def post(*, kind: str, reference: str, legs: Sequence[Leg]) -> LedgerEntry:
    """Post one entry. Posting the same again returns the first; other legs raise KeyReused.

    Raises InsufficientFunds when an account would go below zero, Invalid when the legs do not
    balance or there are none (or over 10,000).
    """
    if not 0 < len(legs) <= MAX_LEGS:
        raise Invalid("An entry needs legs.", field="legs", limit=MAX_LEGS)
    try:
        return _insert(kind, reference, legs)
    except IntegrityError as error:
        if _constraint(error) == "entry_posted_once":
            return _the_first(kind, reference, _input_hash(legs))
        raise refusal(error) from error


def transfer(
    *, kind: str, reference: str, source: int, destination: int, amount: Decimal
) -> LedgerEntry:
    """Move an available amount between two accounts of one asset."""
    if amount <= 0:
        raise Invalid("amount must be greater than zero.", field="amount", limit=0)
    return post(
        kind=kind,
        reference=reference,
        legs=[Leg(source, available=-amount), Leg(destination, available=amount)],
    )


def hold(*, reference: str, account_id: int, amount: Decimal, kind: str = "hold") -> LedgerEntry:
    """Set an available amount aside. Raises InsufficientFunds when it isn't there."""
    return post(kind=kind, reference=reference, legs=[Leg(account_id, -amount, amount)])


def release(
    *, reference: str, account_id: int, amount: Decimal, kind: str = "release"
) -> LedgerEntry:
    """Make a held amount available again."""
    return post(kind=kind, reference=reference, legs=[Leg(account_id, amount, -amount)])


def reverse(*, entry: LedgerEntry, actor: Actor, reason: str) -> LedgerEntry:
    """Undo an entry by its mirror image, on the record. Undoing twice is undoing once.

    Raises PermissionRefused, Invalid without a reason, and InsufficientFunds when what the entry
    gave has been spent since.
    """
    actor.require("exchange.reverse_entry")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    reference = f"entry:{entry.pk}"
    legs = [
        Leg(p.account_id, -p.available, -p.held)
        for p in Posting.objects.filter(entry=entry).order_by("id")
    ]
    try:
        with transaction.atomic():
            mirror = _insert("reversal", reference, legs, reverses=entry)
            record(actor=actor, verb="ledger.reverse", target=entry, reason=reason)
            return mirror
    except IntegrityError as error:
        if _constraint(error) in {"entry_posted_once", "exchange_ledgerentry_reverses_id_key"}:
            return LedgerEntry.objects.get(kind="reversal", reference=reference)
        raise refusal(error) from error


class Batch:
    """Entries gathered in memory and written by two COPY statements: the matcher's way in.

    Amounts are text that PostgreSQL reads as numeric ("-12", "5e-8"). The batch is written in the
    caller's transaction, and the guard checks it as it checks any other statement.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []  # kind, reference
        self.legs: list[tuple[int, int, str, str]] = []  # entry's index, account, available, held

    def entry(self, kind: str, reference: str) -> int:
        self.entries.append((kind, reference))
        return len(self.entries) - 1

    def leg(self, entry: int, account_id: int, available: str, held: str) -> None:
        self.legs.append((entry, account_id, available, held))

    def write(self) -> None:
        """Raises InsufficientFunds, KeyReused, Invalid; the transaction is then to be given up."""
        if not self.legs:
            return
        ids = copy.next_ids("exchange_ledgerentry_id_seq", len(self.entries))
        try:
            copy.copy_lines(
                "exchange_ledgerentry",
                ("id", "kind", "reference"),
                (f"{i}\t{kind}\t{ref}" for i, (kind, ref) in zip(ids, self.entries, strict=True)),
            )
            copy.copy_lines(
                "exchange_posting",
                ("entry_id", "account_id", "available", "held"),
                (f"{ids[e]}\t{account}\t{a}\t{h}" for e, account, a, h in self.legs),
            )
        except IntegrityError as error:
            raise refusal(error) from error


def refusal(error: DatabaseError) -> Exception:
    """The refusal that a database error means, or the error itself when it is a defect."""
    match _constraint(error):
        case "ledger_account_not_overdrawn":
            return InsufficientFunds()
        case "entry_balances":
            return Invalid("The legs do not sum to zero.", field="legs", limit=0)
        case "entry_posted_once":
            return KeyReused(field="reference")
    return error


def _insert(
    kind: str, reference: str, legs: Sequence[Leg], reverses: LedgerEntry | None = None
) -> LedgerEntry:
    with transaction.atomic():
        entry = LedgerEntry.objects.create(
            kind=kind, reference=reference, input_hash=_input_hash(legs), reverses=reverses
        )
        Posting.objects.bulk_create(
            Posting(entry=entry, account_id=leg.account_id, available=leg.available, held=leg.held)
            for leg in legs
        )
    return entry


def _constraint(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return (diagnosis.constraint_name or "") if diagnosis else ""


def _input_hash(legs: Sequence[Leg]) -> bytes:
    text = ";".join(
        f"{leg.account_id}:{leg.available.normalize():f}:{leg.held.normalize():f}" for leg in legs
    )
    return hashlib.sha256(text.encode()).digest()


def _the_first(kind: str, reference: str, digest: bytes) -> LedgerEntry:
    entry = LedgerEntry.objects.get(kind=kind, reference=reference)
    if bytes(entry.input_hash or b"") != digest:
        raise KeyReused(f"{kind} {reference} was posted before with other legs.", field="reference")
    return entry
