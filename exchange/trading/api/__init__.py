"""Spot trading for integrators: orders in, orders out, and the paths that old clients still use."""

from exchange.trading.api.legacy import room as legacy
from exchange.trading.api.lookups import room as lookups
from exchange.trading.api.orders import room as orders

urlpatterns = [*orders.urlpatterns(), *lookups.urlpatterns(), *legacy.urlpatterns()]
