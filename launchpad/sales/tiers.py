"""Who may take part in a sale, with how much, and why: asked by the page and by every commitment.

BMX counts as it was held on average over two days before a published moment, so that coins borrowed
for an hour, or moved from account to account, count once or not at all.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from compliance.identity import queries as identity
from compliance.identity.words import Level, Product
from exchange.accounts import restrictions
from exchange.accounts.models import Customer, Restriction
from exchange.assets.models import Asset
from exchange.core.errors import Refused
from exchange.core.money import ZERO, plain
from launchpad.sales.errors import NotForYou, NotMain, TooLittleHeld
from launchpad.sales.models import Sale, SaleTier
from launchpad.snapshots import queries as snapshots

BMX = "BMX"
AVERAGE_OF = timedelta(days=2)


class Standing(NamedTuple):
    """What a sale's rules make of one customer. `held` is None before the snapshot was taken."""

    held: Decimal | None
    tier: SaleTier | None
    refusal: Refused | None

    @property
    def most(self) -> Decimal:
        return self.tier.most if self.tier else ZERO


def bmx_id() -> int:
    return int(Asset.objects.values_list("pk", flat=True).get(code=BMX))


def standing_of(sale: Sale, customer_id: int) -> Standing:
    """Read where the customer stands. Some ten indexed queries."""
    held = held_of(sale, customer_id)
    tier = None if held is None else tier_for(sale, held)
    return Standing(held, tier, _refusal(sale, customer_id, held, tier))


def held_of(sale: Sale, customer_id: int) -> Decimal | None:
    """BMX held and staked, on average; None before the snapshot was taken."""
    if sale.snapshot is None or not snapshots.is_taken(sale.snapshot):
        return None
    line = snapshots.line(sale.snapshot, customer_id)
    return line.held + line.staked


def tier_for(sale: Sale, held: Decimal) -> SaleTier | None:
    """The highest tier that so much BMX reaches."""
    return sale.tiers.filter(least_held__lte=held).order_by("-least_held").first()


def _refusal(
    sale: Sale, customer_id: int, held: Decimal | None, tier: SaleTier | None
) -> Refused | None:
    customer = Customer.objects.select_related("user").get(pk=customer_id)
    if customer.parent_id is not None:
        return NotMain()
    if customer.pk == sale.project_id or (customer.user and customer.user.is_staff):
        return NotForYou(_("Whoever sells, or works for the exchange, takes no part in a sale."))
    try:
        restrictions.refuse_if_restricted(customer_id, Restriction.Kind.TRADING)
    except Refused as refused:
        return refused
    return _by_identity(sale, customer_id) or _by_tier(sale, held, tier)


def _by_identity(sale: Sale, customer_id: int) -> Refused | None:
    standing = identity.standing_of(customer_id)
    answer = identity.may_standing(standing, Product.SALES)
    if not answer:
        return NotForYou(answer.says, limit=answer.code)
    if standing.tier < sale.kyc_tier:
        level = Level(sale.kyc_tier).label
        return NotForYou(
            _("This sale needs a %(level)s verification of your identity.") % {"level": level},
            limit="tier",
        )
    if standing.country in excluded(sale):
        name = jurisdictions.name_of(standing.country)
        return NotForYou(
            _("This sale is not offered in %(country)s.") % {"country": name}, limit="country"
        )
    return None


def _by_tier(sale: Sale, held: Decimal | None, tier: SaleTier | None) -> Refused | None:
    if held is None or tier is not None:
        return None
    lowest = sale.tiers.order_by("least_held").first()
    least = plain(lowest.least_held) if lowest else "0"
    return TooLittleHeld(
        _("You held %(held)s BMX on average; the lowest tier begins at %(least)s BMX.")
        % {"held": plain(held), "least": least},
        limit=least,
    )


def excluded(sale: Sale) -> set[str]:
    """Codes of countries that the sale's own rules leave out."""
    return {code for code in sale.countries_excluded.replace(" ", "").split(",") if code}
