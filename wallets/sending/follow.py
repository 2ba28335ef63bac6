"""Follow what a chain says of our money: coins, balances, and what became of our transactions.

The first of a block's followers (see `chains.watch`): everything here is in the transaction that
moves the cursor, so a block counts once. What a fork takes away is undone in the same way, ledger
entries included, and the rooms above are told of both.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from exchange.assets.models import AssetNetwork, Network
from exchange.core import clock
from wallets.addresses import queries as addresses
from wallets.addresses.queries import Ours
from wallets.chains.interface import Block, BlockId, Received, Sent
from wallets.sending import costs, outcomes
from wallets.sending.families import family_of
from wallets.sending.models import (
    AccountBalance,
    BalanceChange,
    ChainTransaction,
    Coin,
    ForeignSpend,
    Input,
)

State = ChainTransaction.State
EVM = "evm"
NEVER_SENT = {State.PREPARED}
OPEN = {State.PREPARED, State.SIGNED, State.BROADCAST, State.DROPPED}
# Blocks whose balance changes are kept, so that they can be taken back.
KEPT_BLOCKS = 5_000


def connect(network: Network, block: Block) -> None:
    """Take a block in. Called with the network's watch locked."""
    if network.family == EVM:
        _account_block(network, block)
    else:
        _coin_block(network, block)


def disconnect(network: Network, block: BlockId) -> None:
    """A fork took this block, the newest we knew, away: undo all it did."""
    at = {"network": network, "height": block.height}
    rows = ChainTransaction.objects.select_for_update(of=("self",)).filter(**at).order_by("id")
    for row in rows:
        _unmined(row)
    Coin.objects.filter(network=network, spent_height=block.height).update(
        spent_in="", spent_height=None
    )
    Coin.objects.filter(**at).delete()
    ForeignSpend.objects.filter(**at).delete()
    for change in BalanceChange.objects.filter(**at):
        AccountBalance.objects.filter(
            address=change.address_id, asset_network=change.asset_network_id
        ).update(units=F("units") - change.units, height=block.height - 1)
    BalanceChange.objects.filter(**at).delete()


# Coins


def _coin_block(network: Network, block: Block) -> None:
    mine = addresses.ours(network.pk, {r.recipient for r in block.received if not r.contract})
    _new_coins(network, block, mine)
    spent = _spent_coins(network, block)
    if not spent:
        return
    txids = sorted({txid for _, txid in spent})
    known = {
        row.txid: row
        for row in ChainTransaction.objects.select_for_update(of=("self",))
        .filter(network=network, txid__in=txids)
        .order_by("id")
    }
    for coin, txid in spent:
        if txid not in known:
            _foreign(network, coin.address_id, txid, f"{coin.txid}:{coin.index}", block.id.height)
    for row in known.values():
        _mined(row, block.id, fee_units=row.fee_units, succeeded=True)
    lost = Input.objects.filter(
        txid__in=[coin.txid for coin, _ in spent], transaction__state__in=OPEN
    ).values_list("txid", "index", "transaction_id")
    places = {(coin.txid, coin.index) for coin, _ in spent}
    _lost({row_id for txid, index, row_id in lost if (txid, index) in places})


def _new_coins(network: Network, block: Block, mine: dict[str, Ours]) -> None:
    received = [r for r in block.received if r.recipient in mine and r.number >= 0]
    if not received:
        return
    # After a fork the same output comes again: whoever had set it aside still has.
    reserved = {
        (txid, index): row_id
        for txid, index, row_id in Input.objects.filter(
            txid__in=[r.txid for r in received],
            transaction__network=network,
            transaction__state__in=OPEN,
        )
        .order_by("-transaction_id")
        .values_list("txid", "index", "transaction_id")
    }
    Coin.objects.bulk_create(
        [
            Coin(
                network=network,
                address_id=mine[r.recipient].address_id,
                txid=r.txid,
                index=r.number,
                units=r.units,
                height=block.id.height,
                coinbase=r.coinbase,
                reserved_by_id=reserved.get((r.txid, r.number)),
            )
            for r in received
        ],
        ignore_conflicts=True,
    )


def _spent_coins(network: Network, block: Block) -> list[tuple[Coin, str]]:
    """Our coins that the block spends, with the id of what spent them; now marked so."""
    places = {(s.output_txid, s.output_index): s.txid for s in block.spent}
    coins = (
        Coin.objects.select_for_update(of=("self",))
        .filter(network=network, txid__in={txid for txid, _ in places}, spent_height__isnull=True)
        .order_by("id")
    )
    found = [(c, places[c.txid, c.index]) for c in coins if (c.txid, c.index) in places]
    for coin, txid in found:
        coin.spent_in, coin.spent_height = txid, block.id.height
        coin.save(update_fields=["spent_in", "spent_height"])
    return found


# Accounts


def _account_block(network: Network, block: Block) -> None:
    keys = {s.sender for s in block.sent}
    for r in block.received:
        keys.update((r.recipient, r.sender))
    mine = addresses.ours(network.pk, keys - {""})
    if not mine:
        return
    _move_balances(network, block, mine)
    sent = [s for s in block.sent if s.sender in mine]
    known = {
        row.txid: row
        for row in ChainTransaction.objects.select_for_update(of=("self",))
        .filter(network=network, txid__in=_touching(block, mine))
        .select_related("key_set")
        .order_by("id")
    }
    for s in sent:
        if s.txid in known:
            paid = s.succeeded and _paid(known[s.txid], block.received)
            _mined(known[s.txid], block.id, fee_units=s.fee_units, succeeded=paid)
        else:
            what = f"nonce {s.nonce}"
            _foreign(network, mine[s.sender].address_id, s.txid, what, block.id.height, s.nonce)
        _lost(_rivals(mine[s.sender].address_id, s))
    _taken_by_others(network, block, mine, set(known) | {s.txid for s in sent})


def _touching(block: Block, mine: dict[str, Ours]) -> set[str]:
    """Ids of the block's transactions that take something from addresses of ours."""
    return {s.txid for s in block.sent if s.sender in mine} | {
        r.txid for r in block.received if r.sender in mine
    }


def _rivals(address_id: int, sent: Sent) -> set[int]:
    """Transactions of ours with a nonce that is used up now."""
    return set(
        ChainTransaction.objects.filter(
            source_id=address_id, nonce=sent.nonce, state__in=OPEN
        ).values_list("pk", flat=True)
    )


def _paid(row: ChainTransaction, received: Iterable[Received]) -> bool:
    """Did the recipient get it? Some tokens say "success" and move nothing: the log decides."""
    for payment in row.payments.select_related("asset_network"):
        contract = payment.asset_network.contract.lower()
        if (
            contract
            and payment.units
            and not any(
                r.txid == row.txid
                and r.contract == contract
                and r.recipient == payment.address.lower()
                and r.units == payment.units
                for r in received
            )
        ):
            return False
    return True


def _move_balances(network: Network, block: Block, mine: dict[str, Ours]) -> None:
    listed = {
        row.contract.lower(): row.pk
        for row in AssetNetwork.objects.filter(network=network).select_related("asset")
        if row.contract or row.asset.code == network.native_asset
    }
    changes: dict[tuple[int, int], int] = {}

    def move(key: str, contract: str, units: int) -> None:
        if key in mine and contract in listed:
            place = (mine[key].address_id, listed[contract])
            changes[place] = changes.get(place, 0) + units

    for r in block.received:
        move(r.recipient, r.contract, r.units)
        move(r.sender, r.contract, -r.units)
    for s in block.sent:
        move(s.sender, "", -s.fee_units)
    for (address_id, asset_network_id), units in sorted(changes.items()):
        balance, _ = AccountBalance.objects.get_or_create(
            address_id=address_id,
            asset_network_id=asset_network_id,
            defaults={"height": block.id.height},
        )
        AccountBalance.objects.filter(pk=balance.pk).update(
            units=F("units") + units, height=block.id.height
        )
        BalanceChange.objects.create(
            network=network,
            height=block.id.height,
            address_id=address_id,
            asset_network_id=asset_network_id,
            units=units,
        )
    if changes:
        BalanceChange.objects.filter(
            network=network, height__lt=block.id.height - KEPT_BLOCKS
        ).delete()


def _taken_by_others(
    network: Network, block: Block, mine: dict[str, Ours], explained: set[str]
) -> None:
    """Tokens that left an address of ours in somebody else's transaction (an allowance)."""
    for r in block.received:
        if r.sender in mine and r.txid not in explained and r.units:
            what = f"{r.contract or 'native'} {r.number}"
            _foreign(network, mine[r.sender].address_id, r.txid, what, block.id.height)


# What became of our transactions


def _mined(row: ChainTransaction, block: BlockId, *, fee_units: int, succeeded: bool) -> None:
    row.state = State.CONFIRMED if succeeded else State.FAILED
    row.height, row.block_hash = block.height, block.hash
    row.confirmed_at = clock.now()
    row.fee_units = fee_units
    row.times_mined += 1
    row.last_error = "" if succeeded else "The chain took it and it failed: only the fee was spent."
    row.save()
    costs.post_cost(row)
    outcomes.tell("mined" if succeeded else "failed", row)


def _unmined(row: ChainTransaction) -> None:
    """Back among those that the network still has to take."""
    succeeded = row.state == State.CONFIRMED
    costs.undo_cost(row)
    row.state = State.BROADCAST
    row.height, row.block_hash, row.confirmed_at = None, "", None
    row.last_error = "A fork took away the block that it was in."
    row.checked_at = None
    row.save()
    outcomes.tell("unmined" if succeeded else "unfailed", row)


def _lost(ids: set[int]) -> None:
    """What they would have spent is spent: by one that they replace, or by a stranger."""
    rows = ChainTransaction.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    for row in rows.filter(state__in=OPEN).order_by("id"):
        explained = ChainTransaction.objects.filter(
            pk__in=family_of([row.pk]), state__in=[State.CONFIRMED, State.FAILED]
        ).exists()
        row.state = State.REPLACED
        row.last_error = (
            "The one that it competes with was mined."
            if explained
            else "What it spends was spent by a transaction that is not ours."
        )
        row.save(update_fields=["state", "last_error"])


def _foreign(
    network: Network, address_id: int, txid: str, what: str, height: int, nonce: int | None = None
) -> None:
    ForeignSpend.objects.get_or_create(
        network=network,
        txid=txid,
        what=what,
        defaults={"address_id": address_id, "nonce": nonce, "height": height},
    )
