"""A sale's terms in whole numbers, as the draw reads them."""

from __future__ import annotations

from decimal import Decimal

from exchange.core.money import to_units
from launchpad.sales import draw
from launchpad.sales.models import WHOLE_PPM, Sale
from launchpad.sales.states import Mode

MOST_TICKETS = 5_000_000  # the draw gives every ticket a number


def terms_of(sale: Sale) -> draw.Terms:
    """Raises Invalid when a lot's price is no whole number of units."""
    return draw.Terms(
        sale=sale.pk or 0,
        mode=sale.mode,
        lots=sale.lots,
        lot_price=to_units(sale.lot_price, sale.quote.precision),
        ticket_lots=sale.ticket_lots if sale.mode == Mode.TICKETS else 1,
    )


def lots_of(sale: Sale, committed: Decimal) -> int:
    """How many lots an amount asks for."""
    return draw.wanted_lots(terms_of(sale), to_units(committed, sale.quote.precision))


def most_lots(sale: Sale) -> int:
    """How many may be asked for together. Where nobody can step back, first come, first served
    ends with what is there; else a queue behind it fills what is given back."""
    if sale.mode == Mode.TICKETS:
        return MOST_TICKETS * sale.ticket_lots
    if sale.mode == Mode.FIRST_COME:
        return sale.lots if not sale.withdrawable else 3 * sale.lots
    return 10**15


def released(allocated: Decimal, upto_ppm: int, precision: int) -> Decimal:
    """What of an allocation is released when so many millionths are: rounded down, and the last
    release makes it whole."""
    return Decimal(to_units(allocated, precision) * upto_ppm // WHOLE_PPM).scaleb(-precision)
