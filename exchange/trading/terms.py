"""The arithmetic of an order, in whole numbers.

Prices are ticks, sizes lots, and their product counts units of 10^-(price+size precision). Quote
amounts that are held or paid count units of 10^-quote_precision, of which a tick times a lot is
`scale`. So every notional is exact, and only fees are rounded: up, to one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a market's numbers mean. Built from its precisions."""

    price_precision: int
    size_precision: int
    quote_precision: int

    @property
    def scale(self) -> int:
        """Quote units in one tick times one lot."""
        return 10 ** (self.quote_precision - self.price_precision - self.size_precision)


def fee(notional: int, ppm: int) -> int:
    """The fee on a notional in quote units, rounded up to a unit."""
    return -(-notional * ppm // PPM)


def buy_hold(notional: int, ppm: int) -> int:
    """What a buy of that notional sets aside: the notional and the dearest fee it may meet."""
    return notional + fee(notional, ppm)


def most_affordable(available: int, ppm: int) -> int:
    """The largest notional whose hold `available` covers."""
    notional = available * PPM // (PPM + ppm)
    while buy_hold(notional + 1, ppm) <= available:
        notional += 1
    while notional and buy_hold(notional, ppm) > available:
        notional -= 1
    return notional
