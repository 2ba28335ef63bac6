"""Why an order is refused."""

from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict, Invalid, NotFound, Refused


class UnknownMarket(NotFound):
    code = "unknown_market"
    message = _("There is no such market.")


class MarketClosed(Refused):
    """The market does not take new orders now. `limit` is its status."""

    code = "market_closed"
    message = _("This market does not take orders at the moment.")


class BelowMinimum(Invalid):
    """`field` is size or notional; `limit` the least there may be, in base or quote."""

    code = "below_minimum"


class AboveMaximum(Invalid):
    """`field` is size, price or notional; `limit` the most there may be."""

    code = "above_maximum"


class TooPrecise(Invalid):
    """`field` has more digits after the point than the market keeps; `limit` is how many."""

    code = "too_precise"


class DuplicateClientOrderId(Invalid):
    code = "duplicate_client_order_id"
    message = _("An order with this client order id exists.")


class OrderNotFound(NotFound):
    code = "order_not_found"
    message = _("There is no such order.")


class OrderFinal(Conflict):
    """The order is filled or cancelled already. `limit` is its state."""

    code = "order_final"
    message = _("This order is already final.")
