"""Refusals in the words of the wire: a code, a status, and a message that names field and limit.

Verbs raise `core.errors.Refused` with a stable code of their own; the tables below say what each
means to an integrator. Code numbers are per family: an unknown symbol is 50001 to an order and
70002 to a quotation, and quotations are refused with status 200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from rest_framework.exceptions import APIException

from exchange.core.errors import (
    Conflict,
    Invalid,
    KeyReused,
    NotFound,
    PermissionRefused,
    Refused,
    Restricted,
)
from exchange.core.money import plain


class WireError(APIException):
    """An answer that is an error: raised anywhere under a wire path, sent as an envelope."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.wire_code, self.message, self.status_code = code, message, status


class MissingParameter(Invalid):
    """A parameter that the endpoint cannot do without is absent or empty."""

    code = "missing"


class Unsupported(Invalid):
    """A word that is not one of those the parameter takes. `limit` lists them."""

    code = "unsupported"


class Said(NamedTuple):
    """What an integrator is told. {field} and {limit} stand for those of the refusal."""

    code: int
    message: str
    status: int = 400

    def of(self, refused: Refused) -> Said:
        if refused.limit is None and "{limit}" in self.message:
            return self._replace(message=str(refused))
        limit = plain(refused.limit) if isinstance(refused.limit, Decimal) else refused.limit
        return self._replace(message=self.message.format(field=refused.field, limit=limit))


NOT_FOUND = Said(30000, "Not found", 404)
BAD_REQUEST = Said(50000, "Bad Request", 400)
FORBIDDEN = Said(30019, "You do not have the permissions to perform self operation", 403)
NOT_JSON = Said(30018, "Request Body requires JSON format", 400)
METHOD_NOT_ALLOWED = Said(57001, "Method Not Allowed", 405)
UNSUPPORTED_MEDIA = Said(58001, "Unsupported Media Type", 415)
TOO_LARGE = Said(50000, "Bad Request: the body is too large", 413)
TOO_MANY = Said(30013, "Request too many requests", 429)
UNAVAILABLE = Said(30014, "Service unavailable", 503)
INTERNAL = Said(59002, "Internal Server Error", 500)

MISSING = {
    "size": Said(50010, "RequestParam size is required"),
    "price": Said(50011, "RequestParam price is required"),
    "notional": Said(50012, "RequestParam notional is required"),
}
UNSUPPORTED = {
    "orderMode": Said(52000, "Unsupported OrderMode Type"),
    "type": Said(52001, "Unsupported Trade Type"),
    "side": Said(52002, "Unsupported Side Type"),
    "queryState": Said(52003, "Unsupported Query State Type"),
}
MINIMUM = {
    "size": Said(50006, "Minimum size is {limit}"),
    "price": Said(50008, "Minimum price is {limit}"),
    "notional": Said(51011, "param not match : notional (size * price) >= {limit}"),
}
MAXIMUM = {
    "size": Said(50007, "Maximum size is {limit}"),
    "price": Said(50025, "Maximum price is {limit}"),
    "notional": Said(50021, "Invalid notional: maximum is {limit}"),
}
FINAL = {
    "filled": Said(50031, "Order is already completed"),
    "canceled": Said(50030, "Order is already canceled"),
    "partially_canceled": Said(50030, "Order is already canceled"),
}
QUOTATION_FIELDS = {
    "symbol": Said(70002, "symbol is invalid", 200),
    "after": Said(71001, "after is invalid", 200),
    "before": Said(71002, "before is invalid", 200),
    "limit": Said(71004, "request kline count limit", 200),
    "step": Said(71005, "request step error", 200),
}

Saying = Callable[[Refused], Said]


def _of(code: int, message: str = "", status: int = 400) -> Saying:
    """Always this code; the refusal's own words where no message is prescribed."""
    if not message:
        return lambda refused: Said(code, str(refused), status)
    return Said(code, message, status).of


def _by_field(table: dict[str, Said], code: int, message: str) -> Saying:
    """What the table says of the field at fault; for other fields, this code and message."""
    return lambda refused: table.get(refused.field, Said(code, message)).of(refused)


def _invalid(refused: Refused) -> Said:
    return Said(50021, f"Invalid {refused.field}: {refused}" if refused.field else str(refused))


def _market_closed(refused: Refused) -> Said:
    if refused.limit == "pre-trade":
        return Said(50023, "This Symbol can't place order by api")
    return Said(50040, "Symbol Not Available")


SPOT: dict[str, Saying] = {
    "invalid": _invalid,
    "missing": _by_field(MISSING, 50028, "Missing parameters [{field}]"),
    "unsupported": _by_field(UNSUPPORTED, 50021, "Invalid {field}"),
    "too_precise": _invalid,
    "below_minimum": _by_field(MINIMUM, 50021, "Invalid {field}: minimum is {limit}"),
    "above_maximum": _by_field(MAXIMUM, 50021, "Invalid {field}: maximum is {limit}"),
    "unknown_market": _of(50001, "Symbol not found"),
    "market_closed": _market_closed,
    "insufficient_funds": _of(50020, "Balance not enough"),
    "duplicate_client_order_id": _of(50042, "clientOrderId is duplicate"),
    "client_order_id_too_long": _of(50037, "The maximum length of clientOrderId cannot exceed 32"),
    "client_order_id_charset": _of(
        50038, "ClientOrderId only allows a combination of numbers and letters"
    ),
    "no_order_id": _of(50039, "Order_id and clientOrderId cannot be empty at the same time"),
    "not_found": _by_field(
        {"symbol": Said(50001, "Symbol not found")}, 50000, "Bad Request: {field} not found"
    ),
    "order_not_found": _of(50005, "Order Id not found"),
    "order_final": lambda refused: FINAL.get(
        str(refused.limit), Said(50036, "Cancel failed, order is not revocable status")
    ),
    "order_count": _of(
        50033, "The order quantity should be greater than 0 and less than or equal to {limit}"
    ),
    "time_range": _of(52004, "End time must be greater than or equal to Start time"),
    "restricted": _of(53000, status=403),
    "switched_off": _of(30016, status=200),
    "permission": _of(30019, "You do not have the permissions to perform self operation", 200),
}
QUOTATION: dict[str, Saying] = {
    **SPOT,
    "missing": _of(70001, "request param can not be null [{field}]", 200),
    "invalid": lambda refused: QUOTATION_FIELDS.get(refused.field, _invalid(refused)),
    "unsupported": lambda refused: QUOTATION_FIELDS.get(refused.field, _invalid(refused)),
    "time_range": _of(71003, "request after or before is invalid", 200),
    "unknown_market": _of(70002, "symbol is invalid", 200),
    "not_found": _by_field(QUOTATION_FIELDS, 70000, "no data"),
}
FUNDING: dict[str, Saying] = {
    **SPOT,
    "missing": _of(60000, "Invalid request [{field} is empty]"),
    "unknown_asset": _of(60002, "currency does not exist"),
    "below_minimum": _of(60005, "Minimum amount is {limit}"),
    "too_precise": _of(60006, "Maximum precision is {limit}"),
    "insufficient_funds": _of(60008, "Balance not enough"),
}
DEPOSITS: dict[str, Saying] = {
    **FUNDING,
    "deposits_closed": _of(60003),
    "switched_off": _of(60003),
    "not_found": _of(60010, "There is no such {field}"),
    "restricted": _of(60020, status=403),
}
WITHDRAWALS: dict[str, Saying] = {
    **FUNDING,
    "invalid": lambda refused: Said(60000, f"Invalid request [{refused.field}: {refused}]"),
    "unsupported": lambda refused: Said(60000, f"Invalid request [{refused.field}: {refused}]"),
    "withdrawals_closed": _of(60004, "currency is not open for withdrawals"),
    "switched_off": _of(60004, "Withdrawals are closed: {field}"),
    "network_paused": _of(60004),
    "not_whitelisted": _of(60007, "Address is not whitelisted"),
    "address_held": _of(60007),
    "unknown_recipient": _of(60010, "Withdraw: the receiving account does not exist"),
    "withdrawal_not_found": _of(60010, "Withdraw id not found"),
    "bad_address": _of(60011),
    "over_limit": _of(60009),
    "key_reused": _of(60000, "Invalid request [requestNo was used with other contents]"),
    "too_many_tries": _of(30013, status=429),
    "restricted": _of(60021, "Withdrawals of this account are forbidden", 403),
    "permission": _of(60021, status=403),
}
SUB_ACCOUNTS: dict[str, Saying] = {
    **FUNDING,
    "insufficient_funds": _of(61001, "Balance not enough"),
    "not_found": _of(61003, "Sub-account not found"),
    "key_reused": _of(61004, "Duplicate requests (such as using an existing requestNo)"),
}


# What the rooms of the launchpad refuse alike; each has numbers of its own beside these.
LAUNCHPAD: Mapping[type[Refused], int] = {NotFound: 54001, Conflict: 54002, KeyReused: 54003}


def numbered(
    numbers: Mapping[type[Refused], int], beside: Mapping[str, Saying] = SPOT
) -> dict[str, Saying]:
    """A family in which each kind of refusal has a number and speaks its own words."""
    forbids = (Restricted, PermissionRefused)
    return {
        **beside,
        **{
            kind.code: _of(number, status=403 if issubclass(kind, forbids) else 400)
            for kind, number in numbers.items()
        },
    }


def said_of(refused: Refused, family: Mapping[str, Saying] = SPOT) -> Said:
    """What a refusal says on the wire. Words of a refusal without an entry are passed on."""
    saying = family.get(refused.code)
    return saying(refused) if saying else Said(50000, str(refused))
