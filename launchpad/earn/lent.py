"""Which vault of custody's a product's money is lent to, and what of it was lost."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.core.errors import NotFound
from exchange.core.money import to_units
from launchpad.earn.models import Product
from wallets.custody.models import Vault
from wallets.custody.vaults import reading


def vault_of(product: Product) -> Vault:
    """The vault of a product, as custody knows it. Raises NotFound."""
    found = (
        Vault.objects.select_related("key_set__network", "asset_network__asset")
        .filter(
            key_set__network__code=product.network,
            asset_network__asset_id=product.asset_id,
            address__iexact=product.vault,
        )
        .first()
    )
    if found is None:
        raise NotFound(
            _("Custody lends to no such vault yet: it has to be registered first."), field="product"
        )
    return found


def hold(product: Product) -> Vault | None:
    """Keep blocks from coming between a booking and the chain, before anything else is locked.
    None for a product that lends to no vault."""
    if product.kind != Product.Kind.VAULT:
        return None
    vault = vault_of(product)
    reading.hold(vault.pk)
    return vault


def book_loss(vault: Vault | None, amount: Decimal) -> None:
    """A slash was passed on: what custody counts as being in the vault is less by as much."""
    if vault is not None:
        units = to_units(amount, vault.asset_network.decimals)
        reading.change_book(vault_id=vault.pk, units=-units)
