"""Put approved withdrawals into transactions: several into one where the chain can, else one each.

What one transaction pays by itself stays below the threshold from which people look; a withdrawal
that people approved travels alone. Whatever stands in the way is written on the withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from exchange.accounts.models import Restriction
from exchange.accounts.standing import standings
from exchange.assets.models import Network
from exchange.core import money, switches
from exchange.core.errors import Refused
from exchange.core.money import ZERO
from wallets import chains
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains import health
from wallets.chains.interface import Adapter, ChainUnavailable
from wallets.sending import fees
from wallets.sending.errors import NotEnoughOnHand
from wallets.sending.models import ChainTransaction
from wallets.sending.prepare import BITCOIN, Pay, prepare
from wallets.withdrawals import cancel, limits
from wallets.withdrawals.errors import TooLateToCancel
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

KIND = "withdrawal"
MOST = 200  # looked at in one call
MOST_IN_ONE = 50  # payments of one transaction


def pay(*, network: Network, adapter: Adapter | None = None) -> int:
    """Prepare transactions for what is approved on a network. Returns how many withdrawals moved.

    Safe to run twice and alongside itself.
    """
    hold_back_restricted(network=network)
    if not _waiting(network).exists():
        return 0
    try:
        rate = fees.current(network, adapter=adapter)
    except ChainUnavailable as error:
        _waiting(network).update(stuck=f"node: {error}"[:300])
        return 0
    moved = 0
    for _ in range(MOST):
        took = _next(network, rate)
        if not took:
            return moved
        moved += took
    return moved


def _next(network: Network, rate: int) -> int:
    """One transaction: the oldest that can be paid, and what may travel with it."""
    with transaction.atomic():
        switches.hold_still()
        try:
            health.refuse_unless_following(network.pk)
        except Refused as refusal:
            _waiting(network).update(stuck=str(refusal)[:300])
            return 0
        key_set = (
            KeySet.objects.select_for_update(no_key=True)
            .filter(network=network, role=KeySet.Role.HOT, active=True)
            .first()
        )
        if key_set is None:
            _waiting(network).update(stuck="There is no hot wallet on this network.")
            return 0
        rows = list(
            _waiting(network)
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .select_related("asset_network__asset", "asset_network__network")
            .order_by("attempt", "id")[:MOST]
        )
        for batch in _batches(_open(rows), together=network.family == BITCOIN):
            if _prepare(network, key_set, batch, rate):
                return len(batch)
    return 0


def _waiting(network: Network):  # type: ignore[no-untyped-def]
    return Withdrawal.objects.filter(
        state=State.APPROVED, transaction__isnull=True, asset_network__network=network
    )


def _open(rows: Sequence[Withdrawal]) -> list[Withdrawal]:
    """Those whose switches are open. The others say why they wait."""
    found = []
    for row in rows:
        try:
            switches.refuse_if_closed(*switches_of(row))
            found.append(row)
        except Refused as refusal:
            _wait(row, f"switched off: {refusal}")
    return found


def switches_of(row: Withdrawal) -> list[str]:
    assert row.asset_network is not None
    return switches.withdrawals(
        asset=row.asset_network.asset.code, network=row.asset_network.network.code
    )


def _batches(rows: Sequence[Withdrawal], *, together: bool) -> list[list[Withdrawal]]:
    """Groups in order: small ones together up to the threshold, what people approved alone."""
    batches: list[list[Withdrawal]] = []
    worth = ZERO
    for row in rows:
        value = row.value_usdt
        alone = not together or row.decisions.exists() or value is None
        fits = not alone and worth + (value or ZERO) < limits.BATCH_UP_TO
        if batches and fits and 0 < len(batches[-1]) < MOST_IN_ONE and worth > ZERO:
            batches[-1].append(row)
            worth += value or ZERO
        else:
            batches.append([row])
            worth = ZERO if alone else (value or ZERO)
    return batches


def _prepare(network: Network, key_set: KeySet, batch: list[Withdrawal], rate: int) -> bool:
    first = batch[0]
    try:
        with transaction.atomic():
            made = prepare(
                network=network,
                key_set=key_set,
                purpose=ChainTransaction.Purpose.WITHDRAWAL,
                reference=f"withdrawals:{first.pk}.{first.attempt + 1}",
                payments=[_payment(row) for row in batch],
                fee_rate=rate,
                source=None if network.family == BITCOIN else _source(key_set),
            )
    except NotEnoughOnHand as refusal:
        for row in batch:
            _wait(row, f"hot wallet: {refusal}")
        return False
    except Refused as refusal:
        for row in batch:
            _wait(row, str(refusal))
        return False
    for row in batch:
        row.transaction, row.stuck = made, ""
        row.attempt += 1
        row.save(update_fields=["transaction", "attempt", "stuck"])
    return True


def _source(key_set: KeySet):  # type: ignore[no-untyped-def]
    return issue.own_address(key_set_id=key_set.pk)


def _payment(row: Withdrawal) -> Pay:
    assert row.asset_network is not None
    return Pay(
        asset_network_id=row.asset_network.pk,
        address=row.address,
        units=money.to_units(row.amount, row.asset_network.decimals),
        reference=f"{KIND}:{row.pk}",
        memo=row.memo,
    )


def _wait(row: Withdrawal, why: str) -> None:
    if row.stuck != why[:300]:
        row.stuck = why[:300]
        row.save(update_fields=["stuck"])


def hold_back_restricted(*, network: Network) -> int:
    """Hold what belongs to customers who may not withdraw any more, and free what shared a
    transaction with it. Returns how many."""
    rows = list(
        Withdrawal.objects.filter(state=State.APPROVED, asset_network__network=network)
        .order_by("id")
        .values_list("pk", "customer_id")[:MOST]
    )
    if not rows:
        return 0
    known = standings(
        customer_ids={customer_id for _pk, customer_id in rows}, kind=Restriction.Kind.WITHDRAWAL
    )
    return sum(
        _hold_back(pk) for pk, customer_id in rows if known[customer_id].restricted is not None
    )


def _hold_back(withdrawal_id: int) -> int:
    try:
        with transaction.atomic():
            row = cancel.take_back(withdrawal_id)
            if row.state != State.APPROVED:
                return 0
            row.state = State.HELD
            row.approvals_needed = max(row.approvals_needed, 1)
            row.gates_round += 1
            row.stuck = "The customer was restricted after it was approved."
            row.save()
    except TooLateToCancel:
        return 0
    return 1


def networks() -> list[str]:
    """Networks that have a node."""
    return chains.configured()
