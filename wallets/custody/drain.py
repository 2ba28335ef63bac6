"""Drain detection: every followed block is asked whether somebody is emptying our wallets.

Two questions. Did something leave an address of ours that no transaction of ours explains? Then
a key is stolen: everything stops, and the signer is frozen. And is more leaving a wallet than its
own history knows? Then withdrawals of that asset stop until somebody has looked.

A follower of the chain after `sending` and `deposits`: what it writes commits with the block.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Sum

from exchange.assets.models import AssetNetwork, Network
from exchange.core import switches
from exchange.core.money import from_units, plain
from wallets.addresses import queries as addresses
from wallets.addresses.models import KeySet
from wallets.chains.interface import Block, BlockId
from wallets.custody import alarms, outflow, policy, told
from wallets.custody.alarms import Grade, Kind
from wallets.custody.cold import executed
from wallets.custody.models import Outflow, Vault
from wallets.custody.outflow import JUDGED, Left, Paid
from wallets.sending import queries as sending
from wallets.sending.models import AccountBalance, Coin

EVM = "evm"


def connect(network: Network, block: Block) -> None:
    """Look at one block. Called with the network's watch locked, after `sending` has read it."""
    _foreign_spends(network, block)
    paid = _left_by_accounts(network, block) if network.family == EVM else _left(network, block)
    left: dict[Left, int] = {}
    for payment, units in paid.items():
        left[payment.left] = left.get(payment.left, 0) + units
    told.paid(network, block, paid)
    for which, units in sorted(left.items()):
        Outflow.objects.update_or_create(
            network=network,
            height=block.id.height,
            key_set_id=which.key_set_id,
            asset_network_id=which.asset_network_id,
            defaults={"units": units, "at": block.id.mined_at},
        )
        _judge(which, block)


def disconnect(network: Network, block: BlockId) -> None:
    """A fork took the block away. Alarms stay: somebody signed what was in it."""
    Outflow.objects.filter(network=network, height=block.height).delete()
    executed.undo(network, block)


def _foreign_spends(network: Network, block: Block) -> None:
    """One alarm a transaction, with every address of ours that it took from."""
    found: dict[str, list[sending.Unexplained]] = {}
    for spend in sending.unexplained(network=network, height=block.id.height):
        found.setdefault(spend.txid, []).append(spend)
    for txid in sorted(set(found) - executed.by_cosigners(network, block, set(found))):
        key_set = found[txid][0].address.key_set
        alarms.raise_alarm(
            kind=Kind.FOREIGN_SPEND,
            grade=Grade.STOP,
            reference=f"foreign_spend:{network.code}:{txid}",
            says=(
                f"{key_set.name} on {network.code} was spent from by {txid} in block"
                f" {block.id.height}, and no transaction of ours explains it"
            ),
            facts={
                "txid": txid,
                "height": block.id.height,
                "block": block.id.hash,
                "spent": [{"address": s.address.address, "what": s.what} for s in found[txid][:50]],
            },
            network=network,
            key_set=key_set,
            close=[switches.WITHDRAWALS, f"wallet:{key_set.name}"],
            freeze_signer=bool(key_set.signer_key),
        )


def _left(network: Network, block: Block) -> dict[Paid, int]:
    """Coins of ours that the block spends, as far as the same transactions pay others.

    What comes back to us has not left, and neither has a fee: a sweep that empties a wallet into
    another is no drain.
    """
    coins = list(
        Coin.objects.filter(network=network, spent_height=block.id.height)
        .order_by()
        .values_list("spent_in", "address__key_set_id", "units")
    )
    if not coins:
        return {}
    txids = {txid for txid, _, _ in coins}
    ours = addresses.ours(network.pk, {r.recipient for r in block.received if r.txid in txids})
    back: dict[str, int] = {}
    outside: dict[str, int] = {}
    for r in block.received:
        if r.txid in txids:
            side = back if r.recipient in ours else outside
            side[r.txid] = side.get(r.txid, 0) + r.units
    native = _contracts(network)[""]
    left: dict[Paid, int] = {}
    for txid, key_set_id, units in sorted(coins):
        returned = min(int(units), back.get(txid, 0))
        back[txid] = back.get(txid, 0) - returned
        paid = min(int(units) - returned, outside.get(txid, 0))
        outside[txid] = outside.get(txid, 0) - paid
        _add(left, Paid(txid, Left(key_set_id, native)), paid)
    return left


def _left_by_accounts(network: Network, block: Block) -> dict[Paid, int]:
    """Transfers from our addresses to others. Fees are left out: sending caps them."""
    senders = {r.sender for r in block.received if r.sender}
    ours = addresses.ours(network.pk, senders)
    if not ours:
        return {}
    from_us = [r for r in block.received if r.sender in ours]
    ours |= addresses.ours(network.pk, {r.recipient for r in from_us})
    listed, vaults = _contracts(network), _vaults(network)
    left: dict[Paid, int] = {}
    for r in from_us:
        if r.recipient not in ours and r.recipient not in vaults and r.contract in listed:
            which = Left(ours[r.sender].key_set_id, listed[r.contract])
            _add(left, Paid(r.txid, which), r.units)
    return left


def _judge(which: Left, block: Block) -> None:
    key_set = KeySet.objects.select_related("network").get(pk=which.key_set_id)
    if key_set.role not in JUDGED:
        return
    what = AssetNetwork.objects.select_related("asset").get(pk=which.asset_network_id)
    seen = outflow.measure(
        key_set_id=key_set.pk,
        asset_network_id=what.pk,
        at=block.id.mined_at,
        held=_held(key_set, what),
    )
    verdict = outflow.judge(seen, policy.policy_of(what.asset_id))
    if not verdict.watch:
        return
    grade = Grade.STOP if verdict.stop else Grade.WATCH
    if alarms.standing(
        kind=Kind.OUTFLOW, grade=grade, key_set_id=key_set.pk, asset_id=what.asset_id
    ):
        return
    amount = plain(from_units(seen.units, what.decimals))
    alarms.raise_alarm(
        kind=Kind.OUTFLOW,
        grade=grade,
        reference=f"outflow:{key_set.name}:{what.asset.code}:{block.id.hash}:{grade}",
        says=f"{amount} {what.asset.code} left {key_set.name}: {verdict.why}",
        facts={
            "height": block.id.height,
            "units": str(seen.units),
            "share_bp": seen.share_bp,
            "windows": seen.windows,
            "median": str(seen.median),
            "deviation": str(seen.deviation),
            "deviations": seen.deviations,
        },
        network=key_set.network,
        asset=what.asset,
        key_set=key_set,
        close=[f"withdrawals:asset:{what.asset.code}"] if verdict.stop else [],
    )


def _held(key_set: KeySet, what: AssetNetwork) -> int:
    """What the wallet holds of the asset after this block."""
    if key_set.network.family == EVM:
        balances = AccountBalance.objects.filter(address__key_set=key_set, asset_network=what)
        return int(balances.aggregate(total=Sum("units"))["total"] or 0)
    coins = Coin.objects.filter(address__key_set=key_set, spent_height__isnull=True)
    return int(coins.aggregate(total=Sum("units"))["total"] or 0)


def _contracts(network: Network) -> Mapping[str, int]:
    """Asset-network ids by contract; the network's own asset stands under the empty one."""
    rows = AssetNetwork.objects.filter(network=network).select_related("asset")
    return {
        row.contract.lower(): row.pk
        for row in rows
        if row.contract or row.asset.code == network.native_asset
    }


def _vaults(network: Network) -> set[str]:
    """What is lent stays ours: one that no transaction of ours explains is a foreign spend."""
    rows = Vault.objects.filter(key_set__network=network).values_list("address", flat=True)
    return {address.lower() for address in rows}


def _add(left: dict[Paid, int], which: Paid, units: int) -> None:
    if units > 0:
        left[which] = left.get(which, 0) + units
