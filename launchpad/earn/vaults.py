"""A DeFi programme: the exchange's own wallet lends what customers put in to an ERC-4626 vault.

The coins move through custody (`wallets.custody.vaults`): the hot key, the signer's policy, two
people above a limit. Here is what that means for customers: a gain is booked as a reward and
shared out like a validator's, a loss is proposed as a slash, and what no position holds any more
has to be at hand.
"""

from __future__ import annotations

import logging
import uuid
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.assets.models import AssetNetwork
from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, NotFound, Refused
from exchange.core.money import ZERO, from_units, plain, to_units
from launchpad.earn import arrivals, lent
from launchpad.earn.evidence import Proof
from launchpad.earn.models import Arrival, Product
from wallets.addresses import issue
from wallets.chains.interface import ChainUnavailable
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import move, reading, register
from wallets.sending import spendable
from wallets.sending.errors import SignerUnavailable

log = logging.getLogger(__name__)
Kind = VaultMove.Kind
KEEPER = system("earn.keep_liquid")


def propose_vault(*, product_id: int, alone: Decimal, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let custody lend to a product's vault. Raises NotFound, and what
    `register.propose_vault` does: NotInPolicy above all."""
    actor.require(register.PERMISSION)
    product = arrivals.arriving(product_id)
    what = AssetNetwork.objects.filter(
        asset_id=product.asset_id, network__code=product.network
    ).first()
    if what is None or not product.vault:
        raise NotFound(_("This product has no vault."), field="product")
    return register.propose_vault(
        asset_network_id=what.pk, address=product.vault, alone=alone, actor=actor, reason=reason
    )


def put_in(
    *, product_id: int, amount: Decimal, actor: Actor, reason: str, reference: str = ""
) -> VaultMove:
    """Ask for an amount to be lent to the vault. Raises NotFound, and what `move.ask` does."""
    return _ask(product_id, Kind.DEPOSIT, amount, actor, reason, reference)


def take_out(
    *, product_id: int, amount: Decimal, actor: Actor, reason: str, reference: str = ""
) -> VaultMove:
    """Ask for an amount to be fetched back. Raises as `put_in` does."""
    return _ask(product_id, Kind.WITHDRAW, amount, actor, reason, reference)


def _ask(
    product_id: int, kind: str, amount: Decimal, actor: Actor, reason: str, reference: str
) -> VaultMove:
    actor.require(move.ASK)
    product = arrivals.arriving(product_id)
    return move.ask(
        vault_id=lent.vault_of(product).pk,
        kind=kind,
        amount=amount,
        reference=reference or f"earn:{product.slug}:{uuid.uuid4()}",
        actor=actor,
        reason=reason,
    )


def harvest(*, product_id: int, actor: Actor) -> Arrival | None:
    """Book what the shares gained since they were last counted as a reward of yesterday.

    Returns None when they gained nothing, or lost no more than rounding costs. Raises Conflict on a
    loss, which takes two people (`arrivals.propose_slash`), and what `book_reward` raises.
    """
    actor.require("launchpad.book_arrival")
    product = arrivals.arriving(product_id)
    vault = lent.vault_of(product)
    reading.read(vault.pk)
    with transaction.atomic():
        lent.hold(product)
        vault.refresh_from_db()
        amount = _gained(product, vault)
        if not amount:
            return None
        arrival = arrivals.book_reward(
            product_id=product_id,
            amount=amount,
            day=clock.now().date().fromordinal(clock.now().date().toordinal() - 1),
            source=f"vault {product.vault}"[:120],
            reference=f"block:{vault.read_height}",
            actor=actor,
            proof=Proof(Arrival.Proof.VAULT, product.network, "", vault.read_height),
        )
        reading.change_book(vault_id=vault.pk, units=to_units(amount, vault.asset_network.decimals))
    return arrival


def _gained(product: Product, vault: Vault) -> Decimal:
    """In whole units of the asset's ledger. Raises Conflict on a loss."""
    decimals = vault.asset_network.decimals
    amount = from_units(abs(vault.gained), decimals)
    if vault.gained < 0:
        if -vault.gained <= reading.rounding(vault):
            return ZERO
        raise Conflict(
            _("The vault lost %(amount)s: propose a slash.") % {"amount": plain(amount)},
            limit=amount,
        )
    return amount - amount % Decimal(1).scaleb(-product.asset.precision)


def keep_liquid() -> int:
    """Suggest to fetch back what no position holds any more, where the hot wallet has not as much.

    A person has to agree. One suggestion a vault, and none while a move is under way. Returns how
    many were made; what stands in the way is tried again.
    """
    made = 0
    rows = Product.objects.filter(kind=Product.Kind.VAULT).exclude(state=Product.State.DRAFT)
    for product in rows.select_related("asset"):
        try:
            made += _keep_liquid(product)
        except (Refused, ChainUnavailable, SignerUnavailable) as why:
            log.info("%s is not looked after: %s", product.slug, why)
    return made


def _keep_liquid(product: Product) -> int:
    vault = lent.vault_of(product)
    if VaultMove.objects.filter(vault=vault, state__in=move.OPEN).exists():
        return 0
    decimals = vault.asset_network.decimals
    free = spendable.on_account(issue.own_address(key_set_id=vault.key_set_id), vault.asset_network)
    needed = vault.book - to_units(_rounded_up(product.taken, decimals), decimals)
    missing = min(needed - max(free, 0), vault.worth)
    digits = max(0, decimals - product.asset.precision)
    missing -= missing % 10**digits
    if missing <= 0:
        return 0
    count = VaultMove.objects.filter(vault=vault).count()
    take_out(
        product_id=product.pk,
        amount=from_units(missing, decimals),
        actor=KEEPER,
        reason="customers take out more than the hot wallet has at hand",
        reference=f"liquidity:{vault.pk}:{count}",
    )
    return 1


def _rounded_up(amount: Decimal, decimals: int) -> Decimal:
    unit = Decimal(1).scaleb(-decimals)
    over = amount % unit
    return amount if not over else amount - over + unit
