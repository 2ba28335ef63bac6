"""Reconciliation with the chains: what our addresses hold is what the ledger says we hold.

Per asset, over all its networks that have wallets here:

    units on our addresses and in vaults  −  deposits that are mined and not credited
        −  what vaults gained, and what arrived for a room above, and is not booked yet
        =  −(house custody)

to the last unit. The followed chain and the ledger change in one transaction (a block's), so both
sides are read in one moment and may never differ. Too little on the chain stops withdrawals of the
asset; too much (somebody paid an address of ours that is no customer's) is looked at by people and
can be booked as the house's own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from exchange.assets.models import Asset
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound
from exchange.core.moment import one_moment
from exchange.core.money import ZERO, from_units, plain
from exchange.ledger import accounts, queries
from exchange.ledger.post import Leg, post
from wallets.addresses.models import KeySet
from wallets.chains.models import NetworkWatch
from wallets.custody import alarms, holdings
from wallets.custody.alarms import Grade, Kind
from wallets.custody.holdings import Holding
from wallets.custody.models import ChainComparison
from wallets.custody.vaults import reading
from wallets.custody.vaults.reading import Lent
from wallets.sending.models import ChainTransaction

log = logging.getLogger(__name__)
BOOK = "wallets.book_surplus"
KEPT = 2_000  # comparisons: a week of one every five minutes
WITH_CHAINS = 1  # the key of our own reconciliation lock; the ledger's is 0

# On the chain and not in the ledger: everything mined that is not credited, and of what is
# credited the digits that the ledger does not keep.
_NOT_CREDITED = """
SELECT n.asset_id, n.decimals, s.precision, d.state = 'credited' AS credited, d.units
  FROM wallets_deposit d
  JOIN exchange_assetnetwork n ON n.id = d.asset_network_id
  JOIN exchange_asset s ON s.id = n.asset_id
 WHERE d.state NOT IN ('seen', 'orphaned')
   AND (d.state <> 'credited' OR s.precision < n.decimals)
"""
_ON_THE_WAY = """
SELECT n.asset_id, n.decimals, sum(p.units)
  FROM wallets_payment p
  JOIN wallets_chaintransaction t ON t.id = p.transaction_id
  JOIN exchange_assetnetwork n ON n.id = p.asset_network_id
 WHERE t.state IN ('prepared', 'signed', 'broadcast', 'dropped') AND t.purpose = %s
   AND NOT EXISTS (SELECT 1 FROM wallets_chaintransaction r WHERE r.replaces_id = t.id)
 GROUP BY n.asset_id, n.decimals
"""


class Compared(NamedTuple):
    """One asset's both sides. Decimals in the asset."""

    asset_id: int
    asset: str
    on_chain: Decimal
    not_credited: Decimal
    not_booked: Decimal  # what vaults gained since the last booking
    awaited: Decimal  # what a room above has seen arrive, and has not booked
    on_the_way_out: Decimal  # withdrawals that no block has yet: still on chain, still owed
    ledger: Decimal
    has_chain: bool  # whether any wallet of ours is on a network of this asset

    @property
    def difference(self) -> Decimal:
        """What the chain has more (or, negative, less) than the ledger says."""
        set_aside = self.not_credited + self.not_booked + self.awaited
        return self.on_chain - set_aside - self.ledger

    @property
    def ok(self) -> bool:
        return not self.has_chain or self.difference == 0


Awaited = Callable[[], Mapping[int, Decimal]]
_awaited: dict[str, Awaited] = {}


def awaits(name: str, find: Awaited) -> None:
    """Register what a room above has seen arrive at addresses of ours and will book, by asset: it
    is no surplus that anybody may book as something else."""
    _awaited[name] = find


def compared(
    wallets: Sequence[Holding] | None = None, lent: Sequence[Lent] | None = None
) -> list[Compared]:
    """Every asset that we hold or owe, side by side. Eight queries, in the caller's moment, of
    which it may have read two itself."""
    lent = reading.lent() if lent is None else lent
    on_chain: dict[int, Decimal] = {}
    for row in holdings.holdings(lent) if wallets is None else wallets:
        on_chain[row.asset_id] = on_chain.get(row.asset_id, ZERO) + row.amount
    ledger = {key: -amount for key, amount in _custody().items()}
    not_credited, on_the_way = _not_credited(), _on_the_way()
    not_booked: dict[int, Decimal] = {}
    for each in lent:
        not_booked[each.asset_id] = not_booked.get(each.asset_id, ZERO) + each.not_booked
    awaited: dict[int, Decimal] = {}
    for find in _awaited.values():
        for asset_id, amount in find().items():
            awaited[asset_id] = awaited.get(asset_id, ZERO) + amount
    # An asset that moves over a network with wallets of ours, or of which they hold something.
    wired = set(on_chain) | set(
        Asset.objects.filter(
            Q(networks__deposit_enabled=True) | Q(networks__withdraw_enabled=True),
            networks__network__in=KeySet.objects.values("network"),
        ).values_list("pk", flat=True)
    )
    concerned = {key for key, amount in ledger.items() if amount} | set(on_chain)
    rows = Asset.objects.filter(pk__in=concerned).order_by("rank", "code")
    return [
        Compared(
            asset_id=asset.pk,
            asset=asset.code,
            on_chain=on_chain.get(asset.pk, ZERO),
            not_credited=not_credited.get(asset.pk, ZERO),
            not_booked=not_booked.get(asset.pk, ZERO),
            awaited=awaited.get(asset.pk, ZERO),
            on_the_way_out=on_the_way.get(asset.pk, ZERO),
            ledger=ledger.get(asset.pk, ZERO),
            has_chain=asset.pk in wired,
        )
        for asset in rows
    ]


def reconcile() -> ChainComparison | None:
    """Compare, write down, and raise an alarm for every asset that does not agree.

    None when another comparison is running. Safe to run twice and alongside itself.
    """
    began = time.monotonic()
    with one_moment():
        if not locks.try_hold(locks.Lock.RECONCILIATION, WITH_CHAINS):
            return None
        rows = compared()
        result = ChainComparison.objects.create(
            at=clock.now(),
            ok=all(row.ok for row in rows),
            rows=[_written(row) for row in rows],
            took_ms=round((time.monotonic() - began) * 1000),
        )
    ChainComparison.objects.filter(pk__lte=result.pk - KEPT).delete()
    for row in rows:
        if not row.ok:
            _alarm(row, result)
    return result


def last() -> ChainComparison | None:
    """The newest comparison. One row by primary key."""
    return ChainComparison.objects.order_by("-pk").first()


def propose_booking(*, asset: str, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to book what the chain has more than the ledger as the house's own.

    Raises PermissionRefused, NotFound, Conflict when there is no surplus.
    """
    actor.require(BOOK)
    row = _surplus(asset)
    return proposals.propose(
        kind="custody.book_surplus",
        payload={"asset": asset, "amount": plain(row.difference)},
        summary=f"Book {plain(row.difference)} {asset} found on our addresses as the house's own",
        reason=reason,
        actor=actor,
    )


@proposals.proposal_kind(
    "custody.book_surplus", permission_to_propose=BOOK, permission_to_approve=BOOK
)
def _book(*, payload: dict[str, Any], actor: Actor) -> str:
    locks.hold(locks.Lock.RECONCILIATION, WITH_CHAINS)
    # No block may come between the two sides while they are compared.
    list(NetworkWatch.objects.select_for_update().order_by("pk"))
    row = _surplus(payload["asset"])
    if plain(row.difference) != payload["amount"]:
        raise Conflict(f"By now it is {plain(row.difference)} {row.asset}: propose that.")
    entry = book(asset_id=row.asset_id, amount=row.difference, reference=f"surplus:{clock.now()}")
    record(actor=actor, verb="custody.book_surplus", target=entry, after=payload)
    return f"booked {payload['amount']} {row.asset}"


def book(*, asset_id: int, amount: Decimal, reference: str) -> Any:
    """The owners' capital grows by what lies on our addresses and is nobody's. Once a reference."""
    custody = accounts.house_account(asset_id=asset_id, purpose=accounts.CUSTODY)
    capital = accounts.house_account(asset_id=asset_id, purpose=accounts.CAPITAL)
    return post(
        kind="house_funds",
        reference=reference,
        legs=[Leg(capital, available=amount), Leg(custody, available=-amount)],
    )


def _surplus(asset: str) -> Compared:
    with transaction.atomic():
        row = next((each for each in compared() if each.asset == asset), None)
    if row is None:
        raise NotFound(f"Nothing is held of {asset}.", field="asset")
    if row.difference <= 0:
        raise Conflict(f"The chain has no more {asset} than the ledger says.")
    return row


def _alarm(row: Compared, result: ChainComparison) -> None:
    grade = Grade.STOP if row.difference < 0 else Grade.WATCH
    if alarms.standing(kind=Kind.DIFFERENCE, grade=grade, key_set_id=None, asset_id=row.asset_id):
        return
    word = "less" if row.difference < 0 else "more"
    with transaction.atomic():
        alarms.raise_alarm(
            kind=Kind.DIFFERENCE,
            grade=grade,
            reference=f"difference:{row.asset}:{result.pk}:{grade}",
            says=(
                f"The chain has {plain(abs(row.difference))} {row.asset} {word} than the ledger:"
                f" {plain(row.on_chain)} on chain, {plain(row.not_credited)} not credited,"
                f" {plain(row.ledger)} in the ledger"
            ),
            facts=_written(row),
            asset=Asset.objects.get(pk=row.asset_id),
            close=[f"withdrawals:asset:{row.asset}"] if grade == Grade.STOP else [],
        )


def _written(row: Compared) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "on_chain": plain(row.on_chain),
        "not_credited": plain(row.not_credited),
        "not_booked": plain(row.not_booked),
        "awaited": plain(row.awaited),
        "on_the_way_out": plain(row.on_the_way_out),
        "ledger": plain(row.ledger),
        "difference": plain(row.difference),
        "has_chain": row.has_chain,
        "ok": row.ok,
    }


def _custody() -> dict[int, Decimal]:
    return queries.house_balances(purpose=accounts.CUSTODY)


def _not_credited() -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NOT_CREDITED)
        for asset_id, decimals, precision, credited, units in cursor.fetchall():
            if credited:  # only the digits below the ledger's
                units %= 10 ** (decimals - precision)
            found[asset_id] = found.get(asset_id, ZERO) + from_units(int(units), decimals)
    return found


def _on_the_way() -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ON_THE_WAY, [ChainTransaction.Purpose.WITHDRAWAL])
        for asset_id, decimals, units in cursor.fetchall():
            found[asset_id] = found.get(asset_id, ZERO) + from_units(int(units), decimals)
    return found
