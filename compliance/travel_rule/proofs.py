"""Which small payment can prove a wallet: wallets know what is noticed, and say so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from compliance.travel_rule import owners
from compliance.travel_rule.models import AddressOwner
from exchange.core.actors import Actor

# network -> (asset, the least amount that is noticed); None where a chain names no sender.
SmallPayment = Callable[[str], tuple[str, Decimal] | None]
_offers: list[SmallPayment] = []


def offered_by(offer: SmallPayment) -> None:
    _offers[:] = [offer]


def ask(owner: AddressOwner, *, actor: Actor) -> AddressOwner:
    """Give the customer what to sign, and what to pay where that proves something."""
    offer = _offers[0](owner.network) if _offers else None
    if offer is None:
        return owners.ask_proof(owner_id=owner.pk, actor=actor)
    asset, least = offer
    return owners.ask_proof(owner_id=owner.pk, actor=actor, asset=asset, least=least)
