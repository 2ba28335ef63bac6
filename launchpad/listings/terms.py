"""Terms of a new market: what is sensible at a price, and what is never allowed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

from django.utils.translation import gettext as _

from exchange.assets.models import Asset
from exchange.core.errors import Invalid
from exchange.core.money import SCALE, plain
from exchange.markets.models import Market
from launchpad.listings.states import AssetClass

FEE_CLASS = "C"
PRICE_DIGITS = 5  # that move when the price moves by a hundredth of a per cent
MOST_PRECISION = 8
LEAST_NOTIONAL, LARGEST_NOTIONAL = Decimal(5), Decimal(250_000)
WITHDRAWAL_COST = Decimal(1)  # of the quote: what a token transfer costs us, with a margin
DEFAULT_RATE = Decimal("0.0025")
MOST_RATE = Decimal("0.01")
LEAST_PRICE, HIGHEST_PRICE = Decimal("1e-10"), Decimal("1e7")
KINDS = {AssetClass.COIN: Asset.Kind.COIN, AssetClass.STABLECOIN: Asset.Kind.STABLECOIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A market's and an asset's numbers, as they are proposed, approved and written down."""

    reference_price: Decimal
    precision: int
    price_precision: int
    size_precision: int
    min_size: Decimal
    max_size: Decimal
    min_notional: Decimal
    maker_rate: Decimal
    taker_rate: Decimal
    deposit_min: Decimal
    withdraw_min: Decimal
    withdraw_fee: Decimal

    def as_json(self) -> dict[str, str]:
        return {each.name: plain_of(getattr(self, each.name)) for each in fields(self)}


def plain_of(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def from_json(values: dict[str, Any]) -> Terms:
    """What `as_json` made. Raises Invalid for what is no number."""
    made: dict[str, Any] = {}
    for each in fields(Terms):
        try:
            value = Decimal(str(values[each.name]))
        except (KeyError, ArithmeticError):
            raise Invalid(_("A number is missing."), field=each.name) from None
        made[each.name] = int(value) if each.name.endswith("precision") else value
    return Terms(**made)


def suggest(*, price: Decimal, decimals: int, quote: Asset) -> Terms:
    """What we would choose at a price: five digits of it, lots of a few cents, fees as others have.

    Raises Invalid for a price outside what a market can have.
    """
    if not price.is_finite() or not LEAST_PRICE <= price <= HIGHEST_PRICE:
        raise Invalid(_("This is no price we could quote."), field="price")
    size = price.adjusted()  # 250 is 2, 0.0123 is -2
    precision = min(decimals, MOST_PRECISION)
    price_precision = min(max(0, PRICE_DIGITS - 1 - size), quote.precision)
    size_precision = min(max(0, size + 2), precision, quote.precision - price_precision)
    maker, taker = _usual_rates(quote)
    fee = _round(WITHDRAWAL_COST / price, precision)
    return Terms(
        reference_price=price.quantize(Decimal(1).scaleb(-price_precision), ROUND_HALF_EVEN)
        or price,
        precision=precision,
        price_precision=price_precision,
        size_precision=size_precision,
        min_size=_round(LEAST_NOTIONAL / price / 5, size_precision),
        max_size=_round(LARGEST_NOTIONAL / price, size_precision),
        min_notional=LEAST_NOTIONAL,
        maker_rate=maker,
        taker_rate=taker,
        deposit_min=_round(WITHDRAWAL_COST / price / 2, precision),
        withdraw_min=_round(3 * WITHDRAWAL_COST / price, precision),
        withdraw_fee=fee,
    )


def refuse_unsound(terms: Terms, *, decimals: int, quote: Asset) -> None:
    """Raise Invalid, naming the field, for terms that a market or the ledger can't have."""
    whole = {
        "precision": min(decimals, SCALE),
        "price_precision": quote.precision,
        "size_precision": terms.precision,
    }
    for field, most in whole.items():
        if not 0 <= getattr(terms, field) <= most:
            raise Invalid(_("Between 0 and %(most)s.") % {"most": most}, field=field, limit=most)
    if terms.price_precision + terms.size_precision > quote.precision:
        raise Invalid(
            _("Price and size digits together are at most %(most)s, so that amounts are exact.")
            % {"most": quote.precision},
            field="size_precision",
            limit=quote.precision,
        )
    for field in ("reference_price", "min_size", "max_size", "min_notional", "withdraw_min"):
        if getattr(terms, field) <= 0:
            raise Invalid(_("Above zero."), field=field, limit=0)
    for field in ("deposit_min", "withdraw_fee"):
        if getattr(terms, field) < 0:
            raise Invalid(_("Not below zero."), field=field, limit=0)
    if not 0 <= terms.maker_rate <= terms.taker_rate <= MOST_RATE:
        raise Invalid(
            _("The maker's rate is at most the taker's, and that at most 1 %."),
            field="taker_rate",
            limit=MOST_RATE,
        )
    if terms.min_size >= terms.max_size:
        raise Invalid(_("The largest size is above the least."), field="max_size")
    if terms.withdraw_fee >= terms.withdraw_min:
        raise Invalid(_("The least withdrawal is more than its fee."), field="withdraw_min")
    for field, places in (
        ("min_size", terms.size_precision),
        ("max_size", terms.size_precision),
        ("reference_price", terms.price_precision),
        ("withdraw_fee", terms.precision),
        ("withdraw_min", terms.precision),
        ("deposit_min", terms.precision),
    ):
        value = getattr(terms, field)
        if value != value.quantize(Decimal(1).scaleb(-places)):
            raise Invalid(
                _("At most %(n)s digits after the point.") % {"n": places},
                field=field,
                limit=places,
            )


def _usual_rates(quote: Asset) -> tuple[Decimal, Decimal]:
    """What most small pairs of this quote cost."""
    row = (
        Market.objects.filter(quote=quote, fee_class=FEE_CLASS)
        .order_by("rank")
        .values_list("maker_rate", "taker_rate")
        .first()
    )
    return row or (DEFAULT_RATE, DEFAULT_RATE)


def _round(amount: Decimal, places: int) -> Decimal:
    """Up to two telling digits, and never to nothing: 0.0031 of it, 140, 2100000."""
    least = Decimal(1).scaleb(-places)
    step = max(least, Decimal(1).scaleb(amount.adjusted() - 1))
    return max(least, (amount / step).to_integral_value(ROUND_CEILING) * step)
