"""A sale's terms in whole numbers, as the draw reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchange.core.money import step, to_units
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


def share(sale: Sale, number: int) -> tuple[int, int]:
    """What is released up to a release's number, as a fraction: exact, thirds and sixths too."""
    periods = max(sale.periods, 1)
    rest = WHOLE_PPM - sale.first_ppm
    return sale.first_ppm * periods + rest * number, WHOLE_PPM * periods


def released(sale: Sale, allocated: Decimal, number: int) -> Decimal:
    """What of an allocation is released up to a release's number: rounded down, and the last one
    makes it whole. PostgreSQL computes the same for batches (`RELEASED`)."""
    above, below = share(sale, number)
    precision = sale.asset.precision
    return Decimal(to_units(allocated, precision) * above // below).scaleb(-precision)


# Of whole numbers, so that nothing is rounded but what `div` cuts off.
RELEASED = "div(allocated * %(above)s, %(below)s * %(unit)s) * %(unit)s"


def released_values(sale: Sale, number: int) -> dict[str, Any]:
    """The parameters of `RELEASED`."""
    above, below = share(sale, number)
    return {"above": above, "below": below, "unit": step(sale.asset.precision)}
