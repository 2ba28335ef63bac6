"""Amounts: Decimal off the chain, whole units on it, and a named direction for every rounding.

The ledger keeps numeric(38,18). An asset's precision says how many digits after the point it
really uses; every amount is quantised to it before it is posted. Rounding never favours the
customer by accident: what they pay is rounded up, what they receive is rounded down.
"""

from __future__ import annotations

import decimal
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from django.db import models

from exchange.core.errors import Invalid

MAX_DIGITS = 38
SCALE = 18
ZERO = Decimal(0)

# The default context keeps 28 digits; a ledger sum needs all 38, and an inexact step must not pass
# silently where exactness is meant (see `exact`).
decimal.DefaultContext.prec = 60
decimal.setcontext(decimal.Context(prec=60))


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # not subscriptable at run time
    """numeric(38,18): an amount, a price or a size of any asset."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", MAX_DIGITS)
        kwargs.setdefault("decimal_places", SCALE)
        super().__init__(*args, **kwargs)


def step(precision: int) -> Decimal:
    """The smallest unit at that many digits: step(2) is 0.01."""
    return Decimal(1).scaleb(-precision)


def charged(amount: Decimal, precision: int) -> Decimal:
    """What a customer pays: rounded up to the asset's precision."""
    return amount.quantize(step(precision), rounding=ROUND_UP)


def received(amount: Decimal, precision: int) -> Decimal:
    """What a customer gets: rounded down to the asset's precision."""
    return amount.quantize(step(precision), rounding=ROUND_DOWN)


def parse(text: object, *, field: str, precision: int = SCALE) -> Decimal:
    """A positive amount written by a stranger.

    Plain notation only: no exponent, sign, space, NaN or infinity; at most `precision` digits
    after the point and 20 before it. Raises Invalid naming `field`.
    """
    written = format(text, "f") if isinstance(text, Decimal) else str(text)
    whole, point, fraction = written.partition(".")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or not whole or (point and not fraction):
        raise Invalid(f"{field} must be a plain positive number.", field=field)
    if len(whole.lstrip("0")) > MAX_DIGITS - SCALE:
        raise Invalid(f"{field} is too large.", field=field, limit=f"1e{MAX_DIGITS - SCALE}")
    if len(fraction.rstrip("0")) > precision:
        raise Invalid(
            f"{field} may have at most {precision} digits after the point.",
            field=field,
            limit=precision,
        )
    amount = Decimal(written)
    if amount <= 0:
        raise Invalid(f"{field} must be greater than zero.", field=field, limit=0)
    return amount


def plain(amount: Decimal) -> str:
    """Plain notation without trailing zeros: 0.5, 12, 0."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(amount: Decimal) -> str:
    """1,975,000.5: nobody counts zeros, and no digit is left out."""
    whole, point, fraction = plain(abs(amount)).partition(".")
    return f"{'−' if amount < 0 else ''}{int(whole):,}{point}{fraction}"


def to_units(amount: Decimal, precision: int) -> int:
    """A Decimal as whole units of 10^-precision. Raises Invalid when it does not fit exactly."""
    units = amount.scaleb(precision)
    if units != units.to_integral_value():
        raise Invalid("The amount has too many digits.", limit=precision)
    return int(units)


def from_units(units: int, precision: int) -> Decimal:
    return Decimal(units).scaleb(-precision)


class UnitsField(models.DecimalField):  # type: ignore[type-arg]  # not subscriptable at run time
    """numeric(78,0): an on-chain amount in base units (satoshi, wei), an int in Python."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 78)  # 2^256 has 78 digits
        kwargs.setdefault("decimal_places", 0)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Decimal | None, *_: object) -> int | None:
        return None if value is None else int(value)
