"""Withdrawals for integrators: what one costs, and asking for one."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import WITHDRAWALS, Unsupported
from exchange.api.parameters import Amount, Choice, Text
from exchange.api.shapes import integers, strings
from exchange.assets.models import AssetNetwork
from exchange.core.errors import Invalid
from exchange.core.money import ZERO
from wallets.withdrawals import queries, recipients, values
from wallets.withdrawals import request as asking
from wallets.withdrawals.errors import UnknownAsset, UnknownRecipient, WithdrawalsClosed
from wallets.withdrawals.request import NewWithdrawal

room = Room("Funding")

CURRENCY = Text(name="currency", required=True, about="BTC, or with its network: USDT-ERC20.")
AMOUNT = Amount(name="amount", required=True)
DESTINATION = Choice(name="destination", among=["to digital address"], default=None)
ADDRESS = Text(name="address", about="An address of your book, whose waiting time is over.")
MEMO = Text(name="address_memo")
TYPE = Choice(name="type", among=["1", "2", "3"], default=None)
VALUE = Text(name="value", about="With type 1 a customer's number, with 2 an e-mail address.")
AREA_CODE = Text(name="areaCode")
REQUEST_NO = Text(name="requestNo", about="Your own key: the same twice is one withdrawal.")
BY_NUMBER, BY_MAIL = "1", "2"


@room.get(
    "/account/v1/withdraw/charge",
    access=Access.KEYED,
    takes=[CURRENCY],
    gives=strings("today_available_withdraw_BTC min_withdraw withdraw_fee")
    | integers("withdraw_precision"),
    family=WITHDRAWALS,
)
def charge(call: Call) -> dict[str, Any]:
    """What a withdrawal costs, the least it may be, and what may still leave today."""
    row = _way(call.read(CURRENCY))
    quote = queries.quote(customer_id=call.customer_id, row=row)
    in_btc = values.from_usdt("BTC", quote.left_today_usdt) or ZERO
    return {
        "today_available_withdraw_BTC": in_btc.quantize(Decimal("0.00000001")),
        "min_withdraw": quote.least,
        "withdraw_precision": quote.precision,
        "withdraw_fee": quote.fee,
    }


@room.post(
    "/account/v1/withdraw/apply",
    access=Access.WITHDRAW,
    takes=[
        CURRENCY, AMOUNT, DESTINATION, ADDRESS, MEMO, TYPE, VALUE, AREA_CODE, REQUEST_NO,
    ],
    gives={"withdraw_id": "string"},
    family=WITHDRAWALS,
)  # fmt: skip
def apply(call: Call) -> dict[str, Any]:
    """Withdraw to an address of your book, or transfer to another customer (type and value)."""
    currency = call.read(CURRENCY).upper()
    kind, destination = call.read(TYPE), {}
    if kind is not None:
        destination = {"recipient": _recipient(call, kind)}
        asset = currency.partition("-")[0]
    else:
        row = _way(currency)
        asset = row.asset.code
        destination = {
            "network": row.network.code,
            "address": ADDRESS.needed(call.fields),
            "memo": call.read(MEMO) or "",
        }
    made = asking.request(
        new=NewWithdrawal(
            customer_id=call.customer_id,
            asset=asset,
            amount=call.read(AMOUNT),
            request_no=_request_no(call),
            **destination,
        ),
        actor=call.actor,
        api_key_id=call.caller.key_id,
    )
    return {"withdraw_id": str(made.pk)}


def _way(currency: str) -> AssetNetwork:
    """The asset on a network that a currency names. Without a network, the one of its own, else
    the only one. Raises UnknownAsset, WithdrawalsClosed."""
    code, _, network = currency.upper().partition("-")
    listed = AssetNetwork.objects.filter(asset__code=code).exclude(asset__status="delisted")
    if not listed.exists():
        raise UnknownAsset(field="currency")
    rows = queries.networks_of(code)
    if network:
        rows = [row for row in rows if row.network.code == network]
    own = [row for row in rows if row.network.native_asset == code]
    if own or len(rows) == 1:
        return (own or rows)[0]
    raise WithdrawalsClosed(
        f"{code} can't be withdrawn that way; name its network." if rows else "", field="currency"
    )


def _recipient(call: Call, kind: str) -> str:
    recipients.spend_a_try(call.customer_id)
    value = str(VALUE.needed(call.fields))
    if kind == BY_MAIL and "@" not in value:
        raise UnknownRecipient(field="value")
    if kind == BY_NUMBER and not value.isdigit():
        raise UnknownRecipient(field="value")
    if kind not in (BY_NUMBER, BY_MAIL):
        raise Unsupported("Customers are known by number or e-mail address.", field="type")
    return value


def _request_no(call: Call) -> str:
    """The integrator's own, kept apart from those of pages; else one of ours, used once."""
    given = call.read(REQUEST_NO)
    if given is None:
        return f"api-{secrets.token_hex(12)}"
    if len(given) > 50:
        raise Invalid("requestNo has at most 50 characters.", field="requestNo", limit=50)
    return f"own-{given}"


urlpatterns = room.urlpatterns()
