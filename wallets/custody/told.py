"""What this room tells those who watch (`core.facts`): what left a wallet of ours for outside.

About a wallet, not a customer: whose withdrawals they are is told by withdrawals. One fact a
transaction, wallet and asset, in the block that has it; a fork that takes the block away and gives
it back tells the same fact again, which is none. What nobody asked for is told as well: that no
approved withdrawal explains it is what the watchers look for.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.assets.models import AssetNetwork, Network
from exchange.core import facts
from exchange.core.facts import FactKind, NewFact
from exchange.core.money import from_units
from wallets.addresses.models import KeySet
from wallets.chains.interface import Block
from wallets.custody.models import WHOLE
from wallets.custody.outflow import JUDGED, Left, Paid
from wallets.sending import queries as sending
from wallets.sending.models import Payment
from wallets.withdrawals import pay, states, values
from wallets.withdrawals.models import Withdrawal

# A withdrawal that left nobody approved, or somebody had refused.
NOT_APPROVED = (states.State.REQUESTED, states.State.HELD, states.State.REFUSED)


def paid(network: Network, block: Block, paid: Mapping[Paid, int]) -> None:
    """Tell what a block took out of hot, warm and deposit wallets. Part of the block's commit."""
    wallets = KeySet.objects.filter(
        pk__in={each.left.key_set_id for each in paid}, role__in=JUDGED
    ).in_bulk()
    found = {each: units for each, units in paid.items() if each.left.key_set_id in wallets}
    if not found:
        return
    assets = (
        AssetNetwork.objects.filter(pk__in={each.left.asset_network_id for each in found})
        .select_related("asset")
        .in_bulk()
    )
    before = _before(wallets, found)
    explained = _approved(network, {each.txid for each in found})
    new = [
        _fact(block, each, units, wallets, assets, before[each.left], each.txid in explained)
        for each, units in sorted(found.items())
    ]
    for start in range(0, len(new), facts.MOST_AT_ONCE):
        facts.report_many(new[start : start + facts.MOST_AT_ONCE])


def _fact(
    block: Block,
    each: Paid,
    units: int,
    wallets: Mapping[int, KeySet],
    assets: Mapping[int, AssetNetwork],
    before: int,
    approved: bool,
) -> NewFact:
    what, wallet = assets[each.left.asset_network_id], wallets[each.left.key_set_id]
    amount = from_units(units, what.decimals)
    # In whole hundredths of a percent, rounded up: what empties a wallet is never 99.99 % of it.
    share = WHOLE if before <= 0 else min(WHOLE, -(-units * WHOLE // before))
    return NewFact(
        kind=FactKind.HOT_WALLET_PAYMENT,
        customer_id=None,
        at=block.id.mined_at,
        reference=f"{wallet.pk}:{what.pk}:{each.txid}",
        asset=what.asset.code,
        amount=amount,
        usd=values.in_usdt(what.asset.code, amount),
        extra={
            "subject": f"wallet:{wallet.name}",
            "txid": each.txid,
            "wallet_share": f"{share // WHOLE}.{share % WHOLE:04d}",
            "approved": approved,
        },
    )


def _before(wallets: Mapping[int, KeySet], paid: Mapping[Paid, int]) -> dict[Left, int]:
    """What each wallet held of each asset before the block."""
    after = {pk: sending.on_chain(key_set=wallet) for pk, wallet in wallets.items()}
    found: dict[Left, int] = {}
    for each, units in paid.items():
        held = after[each.left.key_set_id].get(each.left.asset_network_id, 0)
        found[each.left] = found.get(each.left, held) + units
    return found


def _approved(network: Network, txids: set[str]) -> set[str]:
    """Transactions of ours that pay nothing but withdrawals which people, or the rules, let go."""
    rows = Payment.objects.filter(transaction__network=network, transaction__txid__in=txids)
    pays: dict[str, list[str]] = {}
    for txid, reference in rows.values_list("transaction__txid", "reference"):
        pays.setdefault(txid, []).append(reference)
    numbers = {
        int(number)
        for references in pays.values()
        for kind, _, number in (each.partition(":") for each in references)
        if kind == pay.KIND and number.isdigit()
    }
    good = {
        f"{pay.KIND}:{pk}"
        for pk in Withdrawal.objects.filter(pk__in=numbers)
        .exclude(state__in=NOT_APPROVED)
        .values_list("pk", flat=True)
    }
    return {txid for txid, references in pays.items() if set(references) <= good}
