"""What rooms above want to know of a transaction: one set of functions a kind of payment.

A payment's reference begins with its kind ("withdrawal:17"). The functions run inside the
transaction that changes the row, so that a room's own state and ours can't differ. They get ids,
may not talk to networks, and may be called again after a fork undid what they did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wallets.sending.models import ChainTransaction

References = Sequence[str]
Told = Callable[[ChainTransaction, References], None]


def _nothing(transaction: ChainTransaction, references: References) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What to call. `may_sign` raises Refused to keep a payment from being signed."""

    may_sign: Told = field(default=_nothing)
    signed: Told = field(default=_nothing)
    broadcast: Told = field(default=_nothing)
    mined: Told = field(default=_nothing)
    unmined: Told = field(default=_nothing)  # a fork took the block away
    failed: Told = field(default=_nothing)  # mined, and nothing was paid; a fork may undo it
    unfailed: Told = field(default=_nothing)
    # Given up for good, unsigned or made impossible: nothing was paid and nothing ever will be.
    abandoned: Told = field(default=_nothing)
    # Purposes whose switches stand in the way of signing and sending.
    switches: Callable[[ChainTransaction], Sequence[str]] = field(default=lambda _: ())


_kinds: dict[str, Outcomes] = {}


def of_payments(kind: str, outcomes: Outcomes) -> None:
    """Register the functions for payments whose reference begins with `kind` and a colon."""
    _kinds[kind] = outcomes


def kind_of(reference: str) -> str:
    return reference.partition(":")[0]


def tell(what: str, transaction: ChainTransaction) -> None:
    """Call one of the functions for each kind of payment in a transaction."""
    for kind, references in sorted(_by_kind(transaction).items()):
        getattr(_kinds.get(kind, Outcomes()), what)(transaction, references)


def switches_of(transaction: ChainTransaction) -> list[str]:
    """The switches that stand before this transaction: its wallet's, and those of its payments."""
    names = [f"wallet:{transaction.key_set.name}"]
    for kind in sorted(_by_kind(transaction)):
        names += _kinds.get(kind, Outcomes()).switches(transaction)
    return names


def _by_kind(transaction: ChainTransaction) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reference in transaction.payments.order_by("id").values_list("reference", flat=True):
        found.setdefault(kind_of(reference), []).append(reference)
    return found
