"""The demo's DeFi programme: the exchange's own hot wallet lends to the development chain's vault.

Nothing here has a key: each call asks for the next step, and the signer, the queue and the chain
take the time that they take. Called again and again until all of it has happened.
"""

from __future__ import annotations

from decimal import Decimal

from exchange.assets.models import AssetNetwork
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import NotFound
from exchange.core.money import to_units
from launchpad.earn import lent, vaults
from launchpad.earn.models import Arrival, Product
from wallets.custody.models import VaultMove
from wallets.custody.vaults import move, register
from wallets.demo import lending

ALONE = Decimal(1_000)
REASON = "the demo's own vault"
State = VaultMove.State


def tend(product: Product, amount: Decimal, gain: Decimal, *, actor: Actor) -> int:
    """Deploy and register the vault, lend it an amount, then let it earn and be booked once a day.

    Returns how many steps were taken. Raises NotInPolicy, NotEnoughOnHand and what else stands in
    the way for now, ChainUnavailable, SignerUnavailable.
    """
    what = AssetNetwork.objects.get(asset_id=product.asset_id, network__code=product.network)
    if lending.deploy(network=product.network, asset=product.asset.code):
        return 1
    try:
        vault = lent.vault_of(product)
    except NotFound:
        register.register(asset_network_id=what.pk, address=product.vault, alone=ALONE, actor=actor)
        return 1
    reference = f"demo:{product.slug}"
    first = VaultMove.objects.filter(reference=reference).first()
    if first is None:
        first = vaults.put_in(
            product_id=product.pk, amount=amount, actor=actor, reason=REASON, reference=reference
        )
        move.agree(move_id=first.pk, actor=actor)
        return 1
    if first.state != State.MINED or not product.taken:
        return 0
    today = clock.now().date()
    if Arrival.objects.filter(product=product, at__date=today).exists():
        return 0
    if vault.gained < to_units(gain, what.decimals):
        lending.earn(
            network=product.network, asset=product.asset.code, units=to_units(gain, what.decimals)
        )
        return 1
    return int(vaults.harvest(product_id=product.pk, actor=actor) is not None)
