"""Find what got stuck: wake-ups that were lost, transactions that nodes forgot, coins set aside
for what can never be mined any more."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from exchange.assets.models import Network
from exchange.core import clock, dispatch
from wallets import chains
from wallets.chains.interface import Adapter, ChainUnavailable
from wallets.chains.models import NetworkWatch
from wallets.sending import outcomes
from wallets.sending.families import family_of
from wallets.sending.models import ChainTransaction, Coin, ForeignSpend
from wallets.sending.send import locked

State = ChainTransaction.State
MOST = 50
WAITED = timedelta(seconds=5)
ASK_AGAIN = timedelta(seconds=30)


def wake(*, limit: int = MOST) -> int:
    """Wake the sender of every transaction that has waited longer than a wake-up takes. Those that
    were tried least come first, so that one that never works does not hold up the others."""
    waiting = (
        ChainTransaction.objects.filter(state__in=[State.PREPARED, State.SIGNED, State.DROPPED])
        .filter(created_at__lt=clock.now() - WAITED)
        .filter(key_set__signer_key__gt="")
        .order_by("attempts", "id")
        .values_list("pk", flat=True)[:limit]
    )
    for transaction_id in waiting:
        dispatch.send("wallets.send", queue="wallets", transaction_id=transaction_id)
    return len(waiting)


def look_for_dropped(*, network: Network, adapter: Adapter | None = None, limit: int = MOST) -> int:
    """Ask the node for the transactions that wait to be mined, the longest unasked first. What it
    forgot is marked DROPPED and sent again. Returns how many were forgotten."""
    rows = (
        ChainTransaction.objects.filter(network=network, state=State.BROADCAST)
        .filter(Q(checked_at__isnull=True) | Q(checked_at__lt=clock.now() - ASK_AGAIN))
        .order_by(F("checked_at").asc(nulls_first=True), "id")[:limit]
    )
    forgotten = 0
    for row in rows:
        try:
            knows = (adapter or chains.adapter(network.code)).in_mempool(row.txid)
        except ChainUnavailable:
            break
        forgotten += _checked(row.pk, knows)
    return forgotten


def _checked(transaction_id: int, knows: bool) -> int:
    with transaction.atomic():
        row = locked(transaction_id)
        row.checked_at = clock.now()
        if row.state == State.BROADCAST and not knows:
            # Mined in a block that is not followed yet, or really forgotten: sending it again is
            # right in both cases.
            row.state = State.DROPPED
            row.last_error = "The node does not know it any more; it is sent again."
            dispatch.after_commit("wallets.send", queue="wallets", transaction_id=row.pk)
        row.save(update_fields=["checked_at", "state", "last_error"])
    return int(row.state == State.DROPPED)


def give_up_lost(*, network: Network, limit: int = MOST) -> int:
    """Give up for good what a spend that is not ours made impossible, once that is deep enough that
    no fork brings it back. The rooms above may then pay again. Returns how many."""
    ids = list(
        ChainTransaction.objects.filter(
            network=network, state=State.REPLACED, replaces__isnull=True
        )
        .filter(pk__in=_lost_roots(network))
        .order_by("id")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_give_up(transaction_id) for transaction_id in ids)


def _deep(network: Network) -> int:
    """The highest block that is as deep as a credit needs."""
    return NetworkWatch.objects.get(network=network).height - network.confirmations + 1


def _lost_roots(network: Network) -> list[int]:
    """Roots of families that conflict with a foreign spend which is deep enough."""
    deep = _deep(network)
    spends = ForeignSpend.objects.filter(network=network, height__lte=deep).order_by("-id")[:500]
    lost: set[int] = set()
    for spend in spends:
        rivals = ChainTransaction.objects.filter(network=network, state=State.REPLACED)
        if spend.nonce is not None:
            rivals = rivals.filter(source=spend.address_id, nonce=spend.nonce)
        else:
            txid, _, index = spend.what.partition(":")
            rivals = rivals.filter(spends__txid=txid, spends__index=int(index or 0))
        lost.update(family_of(list(rivals.values_list("pk", flat=True))))
    return sorted(lost)


def _give_up(transaction_id: int) -> int:
    with transaction.atomic():
        row = locked(transaction_id)
        family = family_of([transaction_id])
        alive = ChainTransaction.objects.filter(pk__in=family).exclude(
            state__in=[State.REPLACED, State.ABANDONED]
        )
        if row.state != State.REPLACED or alive.exists():
            return 0
        row.state = State.ABANDONED
        row.last_error = "Made impossible by a spend that is not ours."
        row.save(update_fields=["state", "last_error"])
        Coin.objects.filter(reserved_by__in=family, spent_height__isnull=True).update(
            reserved_by=None
        )
        outcomes.tell("abandoned", row)
    return 1


def free_coins(*, network: Network, limit: int = MOST) -> int:
    """Let go of coins that a bump set aside, once its rival is mined so deep that it can't win."""
    deep = _deep(network)
    with transaction.atomic():
        coins = list(
            Coin.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(network=network, spent_height__isnull=True, reserved_by__state=State.REPLACED)
            .order_by("id")[:limit]
        )
        freed = 0
        for coin in coins:
            family = family_of([coin.reserved_by_id or 0])
            if ChainTransaction.objects.filter(
                pk__in=family, state=State.CONFIRMED, height__lte=deep
            ).exists():
                coin.reserved_by = None
                coin.save(update_fields=["reserved_by"])
                freed += 1
    return freed
