"""How often each endpoint may be called: one reviewed table.

A limit is a bucket of `calls` that refills evenly over `seconds`, one for each key, or for each
address where no key is needed. Several times what BitMart allowed, so that a bot written for it
never meets them, and far below what one integrator would need to slow the others down.

Settings may say otherwise: API_RATE_LIMITS = {"/spot/v2/submit_order": (100, 2)} by path, and
API_RATE_LIMIT_FACTOR = 10 for all calls at once.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings


class Limit(NamedTuple):
    calls: int
    seconds: int

    def times(self, factor: float) -> Limit:
        return self._replace(calls=max(1, int(self.calls * factor)))


PUBLIC = Limit(400, 2)
PRIVATE = Limit(200, 2)

BY_PATH = {
    "/account/v1/currencies": Limit(60, 2),
    "/spot/v1/symbols/details": Limit(60, 2),
    "/spot/quotation/v3/tickers": Limit(60, 2),
    "/spot/v2/submit_order": Limit(400, 2),
    "/spot/v1/submit_order": Limit(400, 2),
    "/spot/v3/cancel_order": Limit(400, 2),
    "/spot/v2/cancel_order": Limit(400, 2),
    "/spot/v4/batch_orders": Limit(100, 2),
    "/spot/v4/cancel_orders": Limit(100, 2),
    "/spot/v4/cancel_all": Limit(30, 2),
    "/spot/v4/query/order": Limit(400, 2),
    "/spot/v4/query/client-order": Limit(400, 2),
    # Some hundredths of a second of processor each.
    "/compliance/v1/screen_name": Limit(20, 2),
}

# Requests from one address whose key or signature was wrong, before more of them are refused
# without a look at the database.
FAILED_LOGINS = Limit(300, 10)


def limit_of(path: str, *, private: bool) -> Limit:
    override = getattr(settings, "API_RATE_LIMITS", {}).get(path)
    limit = Limit(*override) if override else BY_PATH.get(path, PRIVATE if private else PUBLIC)
    return limit.times(getattr(settings, "API_RATE_LIMIT_FACTOR", 1))
