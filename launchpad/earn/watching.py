"""Addresses that validators pay: watched block by block, and what arrives is suggested or booked.

A follower of the chain after deposits and custody: what it writes commits with the block, and a
fork takes it away again. Booking reads the chain once more (`evidence`).
"""

from __future__ import annotations

import logging
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from exchange.assets.models import AssetNetwork, Network
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.money import from_units
from launchpad.earn import arrivals, evidence
from launchpad.earn.models import Product
from launchpad.earn.sightings import RewardAddress, Sighting
from wallets import chains
from wallets.addresses import queries as addresses
from wallets.chains import watch
from wallets.chains.interface import Block, BlockId, ChainUnavailable
from wallets.chains.models import NetworkWatch
from wallets.custody import reconcile

log = logging.getLogger(__name__)
State = Sighting.State
KEEPER = system("earn.book_seen")
AFTER_CUSTODY, MOST = 60, 50


def register(
    *, product_id: int, network: str, address: str, by_itself: bool, actor: Actor, reason: str
) -> RewardAddress:
    """Watch an address of ours for a product. With `by_itself` what it is paid is booked without
    anybody confirming it, so it must be paid by nobody else.

    Raises PermissionRefused, NotFound, Invalid (address, reason), Conflict.
    """
    actor.require("launchpad.watch_rewards")
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    product = arrivals.arriving(product_id)
    where = Network.objects.filter(code=network).first()
    if where is None or network not in chains.configured():
        raise NotFound(_("There is no node for this network."), field="network")
    key = chains.adapter(network).key_of(address.strip())
    ours = addresses.ours(where.pk, {key}).get(key)
    if ours is None or ours.customer_id is not None:
        raise Invalid(_("This is no address of our own custody."), field="address")
    with transaction.atomic():
        made, new = RewardAddress.objects.get_or_create(
            network=network,
            address=key,
            defaults={
                "product": product,
                "by_itself": by_itself,
                "registered_by": actor.label,
                "registered_at": clock.now(),
            },
        )
        if not new and (made.product_id, made.by_itself) != (product_id, by_itself):
            raise Conflict(_("This address is watched already."), field="address")
        if new:
            record(
                actor=actor,
                verb="earn.watch_rewards",
                target=product,
                reason=reason,
                after={"network": network, "address": key, "by_itself": by_itself},
            )
    return made


def connect(network: Network, block: Block) -> None:
    """Note what a block pays to a watched address."""
    watched = {
        row.address: row
        for row in RewardAddress.objects.filter(network=network.code).select_related("product")
    }
    paid = [each for each in block.received if each.recipient in watched]
    if not paid:
        return
    senders = addresses.ours(network.pk, {each.sender for each in paid} - {""})
    for each in paid:
        row = watched[each.recipient]
        what = AssetNetwork.objects.filter(network=network, asset_id=row.product.asset_id).first()
        if what is None or each.contract != what.contract.lower() or each.sender in senders:
            continue
        Sighting.objects.update_or_create(
            network=network.code,
            txid=each.txid,
            number=each.number,
            defaults={
                "at_address": row,
                "amount": from_units(each.units, what.decimals),
                "height": block.id.height,
                "mined_at": block.id.mined_at,
            },
        )


def disconnect(network: Network, block: BlockId) -> None:
    """A fork took the block away: nothing was seen. What was booked of it is told to staff."""
    rows = Sighting.objects.filter(network=network.code, height=block.height)
    rows.filter(arrival=None).delete()
    if rows.update(state=State.GONE):
        log.error("%s: a fork took back rewards that were booked", network.code)


def confirm(*, sighting_id: int, actor: Actor, day: date | None = None) -> Sighting:
    """Book what was seen, as earned on a day (its block's). Confirming twice is once.

    Raises PermissionRefused, NotFound, NotProven, Conflict (too young, a day that is not over, …),
    ChainUnavailable.
    """
    actor.require("launchpad.book_arrival")
    row = Sighting.objects.select_related("at_address__product__asset").filter(pk=sighting_id)
    seen = row.first()
    if seen is None:
        raise NotFound(_("There is no such payment."), field="sighting")
    if seen.state == State.BOOKED:
        return seen
    if seen.state != State.SEEN:
        raise Conflict(_("It is %(state)s.") % {"state": seen.get_state_display()})
    product = seen.at_address.product
    proof = evidence.of_payment(
        product=product, network=seen.network, txid=seen.txid, number=seen.number
    )
    with transaction.atomic():
        arrival = arrivals.book_proven(
            product_id=product.pk,
            proof=proof,
            amount=seen.amount,
            day=day or seen.mined_at.date(),
            actor=actor,
        )
        row.update(state=State.BOOKED, arrival=arrival, why="")
    seen.refresh_from_db()
    return seen


def ignore(*, sighting_id: int, actor: Actor, reason: str) -> None:
    """Say that a payment is no reward. Raises PermissionRefused, Invalid, Conflict."""
    actor.require("launchpad.book_arrival")
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        rows = Sighting.objects.filter(pk=sighting_id, state=State.SEEN)
        if not rows.update(state=State.IGNORED, why=reason[:300]):
            raise Conflict(_("It is decided already."))
        record(
            actor=actor,
            verb="earn.ignore_reward",
            target=Sighting.objects.get(pk=sighting_id),
            reason=reason,
        )


def book_seen() -> int:
    """Book what was seen at addresses that book by themselves: deep enough, and its day over.

    Safe to run twice and alongside itself. Returns how many. What is refused says why.
    """
    done = 0
    for code, height in NetworkWatch.objects.values_list("network__code", "height"):
        depth = Network.objects.get(code=code).confirmations
        due = Sighting.objects.filter(
            network=code,
            state=State.SEEN,
            at_address__by_itself=True,
            height__lte=height - depth + 1,
            mined_at__date__lt=clock.now().date(),
        )
        for sighting_id in list(due.order_by("pk").values_list("pk", flat=True)[:MOST]):
            try:
                confirm(sighting_id=sighting_id, actor=KEEPER)
                done += 1
            except (Refused, ChainUnavailable) as why:
                Sighting.objects.filter(pk=sighting_id).update(why=str(why)[:300])
    return done


def awaited() -> dict[int, Decimal]:
    """What was seen and is to be booked, by asset. One query over an index of those."""
    rows = Sighting.objects.filter(state=State.SEEN).order_by()
    found = rows.values_list("at_address__product__asset_id").annotate(total=Sum("amount"))
    return dict(found)


def of_product(product: Product, *, limit: int = 30) -> list[Sighting]:
    """The newest payments to a product's reward addresses."""
    rows = Sighting.objects.filter(at_address__product=product).order_by("-pk")
    return list(rows.select_related("at_address")[:limit])


reconcile.awaits("earn", awaited)
watch.follows("earn", connect=connect, disconnect=disconnect, order=AFTER_CUSTODY)
