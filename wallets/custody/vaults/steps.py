"""Take a move from one transaction to the next, and let the books follow what the chain says.

In: the token approves exactly the amount, then the vault takes it; an approval that an earlier
move left behind is taken back first, and so is this one's when the vault did not take it. Out: one
call. Each step is a row of `sending` under a reference of its own, so that a process that dies
anywhere repeats nothing; the next is prepared once the chain has the one before.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q

from exchange.core import clock, outbox
from exchange.core.errors import Refused
from wallets.addresses import issue
from wallets.addresses.models import Address, KeySet
from wallets.chains.interface import ChainUnavailable
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import calls
from wallets.custody.vaults.move import locked_move, switches_of, wake
from wallets.sending import fees
from wallets.sending.call import prepare_call
from wallets.sending.models import ChainTransaction
from wallets.sending.outcomes import Outcomes, References
from wallets.sending.prepare import Pay

log = logging.getLogger(__name__)
Kind, State, Step = VaultMove.Kind, VaultMove.State, VaultMove.Step
Purpose = ChainTransaction.Purpose
MINED, FAILED = "mined", "failed"
KIND = "vault"
MOST = 20


class Call(NamedTuple):
    """A step: which contract is called, with what, and what moves by it."""

    step: str
    contract: str
    data: str
    units: int
    recipient: str
    gas: int


def go_on(*, move_id: int) -> str:
    """Prepare the next step of a move, if one is due. Returns the move's state.

    Nodes are asked before anything is locked. Safe to run twice and alongside itself. What stands
    in the way is written down (`last_error`) and tried again by the sweep.
    """
    row = VaultMove.objects.select_related("vault__key_set__network", "vault__asset_network").get(
        pk=move_id
    )
    if not _is_due(row):
        return row.state
    vault = row.vault
    try:
        own = issue.own_address(key_set_id=vault.key_set_id)
        rate = fees.current(vault.key_set.network)
        left = calls.Reader(vault.key_set.network.code).allowance(
            vault.asset_network.contract, own.address, vault.address
        )
        with transaction.atomic():
            # The wallet before the move, as whoever asks the signer locks them.
            KeySet.objects.select_for_update(no_key=True).get(pk=vault.key_set_id)
            fresh = locked_move(move_id)
            if _is_due(fresh) and fresh.steps == row.steps:
                _take(fresh, own, left, rate)
            return fresh.state
    except (Refused, ChainUnavailable) as why:
        log.warning("vault move %s waits: %s", move_id, why)
        VaultMove.objects.filter(pk=move_id).update(last_error=str(why)[:500])
        return row.state


def wake_all() -> int:
    """Moves whose wake-up was lost, or that something stood in the way of. Returns how many."""
    waiting = VaultMove.objects.filter(
        Q(state=State.AGREED) | (Q(state=State.SENT) & ~Q(ended=""))
    ).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:MOST])
    for move_id in ids:
        go_on(move_id=move_id)
    return len(ids)


def _is_due(row: VaultMove) -> bool:
    return row.state == State.AGREED or (row.state == State.SENT and row.ended != "")


def _take(row: VaultMove, own: Address, left: int, rate: int) -> None:
    call = _next(row, own, left)
    if call is None:
        _end(row)
        return
    incoming = row.kind == Kind.WITHDRAW
    made = prepare_call(
        source=own,
        reference=f"{KIND}:{row.pk}:{row.steps + 1}",
        pay=Pay(row.vault.asset_network_id, call.recipient, call.units, f"{KIND}:{row.pk}"),
        contract=call.contract,
        data=call.data,
        gas=call.gas,
        fee_rate=rate,
        purpose=Purpose.VAULT_OUT if incoming else Purpose.VAULT_IN,
    )
    row.state, row.step, row.ended = State.SENT, call.step, ""
    row.current, row.steps = made, row.steps + 1
    if call.step == Step.CARRY:
        row.carrier = made
    row.save()


def _next(row: VaultMove, own: Address, left: int) -> Call | None:
    """The step that is due; None where nothing is left to do."""
    vault, token = row.vault, row.vault.asset_network.contract
    if row.kind == Kind.WITHDRAW:
        if row.carrier_id is not None:
            return None
        data = calls.withdraw(row.units, own.address)
        return Call(Step.CARRY, vault.address, data, row.units, own.address, calls.VAULT_GAS)
    revoke = Call(
        Step.REVOKE, token, calls.approve(vault.address, 0), 0, vault.address, calls.APPROVE_GAS
    )
    if row.carrier_id is not None:  # the vault did not take it: nothing may be left approved
        return revoke if left and row.step == Step.CARRY else None
    if row.step == Step.APPROVE and row.ended == MINED:
        data = calls.deposit(row.units, own.address)
        return Call(Step.CARRY, vault.address, data, row.units, vault.address, calls.VAULT_GAS)
    if row.ended == FAILED:
        return None
    if left:
        return revoke
    data = calls.approve(vault.address, row.units)
    return Call(Step.APPROVE, token, data, 0, vault.address, calls.APPROVE_GAS)


def _end(row: VaultMove) -> None:
    row.state, row.ended, row.ended_at = State.FAILED, "", clock.now()
    row.save(update_fields=["state", "ended", "ended_at"])
    outbox.announce("custody.vault_move", move_id=row.pk, state=row.state)


# What the chain says, inside the transaction of its block


def _told(row: ChainTransaction) -> tuple[VaultMove, bool, bool]:
    """The move of a transaction or of a bump of it; whether it is under way, and the carrier."""
    first = row.reference.partition("#")[0]
    move = locked_move(int(first.split(":")[1]))
    references = dict(
        ChainTransaction.objects.filter(
            pk__in=[pk for pk in (move.current_id, move.carrier_id) if pk]
        ).values_list("pk", "reference")
    )
    return (
        move,
        references.get(move.current_id or 0) == first,
        references.get(move.carrier_id or 0) == first,
    )


def _may_sign(row: ChainTransaction, references: References) -> None:
    _told(row)  # its lock: nobody changes the move while the signer is about to be asked


def _mined(row: ChainTransaction, references: References) -> None:
    move, current, carrier = _told(row)
    if carrier:
        _book(move, 1)
        move.state, move.ended, move.ended_at = State.MINED, "", clock.now()
        move.txid, move.height, move.last_error = row.txid, row.height, ""
    elif current and move.state == State.SENT:
        move.ended, move.last_error = MINED, ""
    move.save()
    wake(move)
    if carrier:
        outbox.announce("custody.vault_move", move_id=move.pk, state=move.state)


def _unmined(row: ChainTransaction, references: References) -> None:
    move, current, carrier = _told(row)
    if carrier:
        _book(move, -1)
        move.state, move.ended_at, move.txid, move.height = State.SENT, None, "", None
    if (carrier or current) and move.state == State.SENT:
        move.ended = ""
    move.save()


def _failed(row: ChainTransaction, references: References) -> None:
    """Reverted, or given up for good: no book changes."""
    move, current, _carrier = _told(row)
    if current and move.state == State.SENT:
        move.ended, move.txid = FAILED, row.txid
        move.last_error = row.last_error or "The chain did not do it."
        move.save()
        wake(move)


def _unfailed(row: ChainTransaction, references: References) -> None:
    """A fork took the failure back: it may succeed yet, whatever was begun because of it."""
    move, current, carrier = _told(row)
    if carrier or (current and move.state == State.SENT):
        move.state, move.ended_at = State.SENT, None
        move.ended = "" if current else move.ended
        move.save()


def _book(move: VaultMove, sign: int) -> None:
    """The ledger's view of what is in the vault, in the block that moved it."""
    units = move.units if move.kind == Kind.DEPOSIT else -move.units
    Vault.objects.filter(pk=move.vault_id).update(
        book=F("book") + sign * units, moved=F("moved") + sign
    )


def _switches(row: ChainTransaction) -> list[str]:
    rows = VaultMove.objects.select_related(
        "vault__key_set__network", "vault__asset_network__asset"
    )
    move = rows.get(pk=int(row.reference.split(":")[1]))
    kind = Kind.WITHDRAW if move.step == Step.REVOKE else move.kind
    return switches_of(move.vault, kind)


OUTCOMES = Outcomes(
    may_sign=_may_sign,
    mined=_mined,
    unmined=_unmined,
    failed=_failed,
    unfailed=_unfailed,
    abandoned=_failed,
    switches=_switches,
)
