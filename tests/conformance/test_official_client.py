"""A session with the exchange's official Python client, between a seller and a buyer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from bitmart.api_account import APIAccount
from bitmart.api_contract import APIContract
from bitmart.api_spot import APISpot
from bitmart.api_system import APISystem
from bitmart.lib.cloud_exceptions import APIException

from tests.conformance.venue import Venue, eventually

pytestmark = pytest.mark.server

PAIR = "ETH_USDT"


class Person:
    """The official client of one customer; answers are reduced to their data."""

    def __init__(self, venue: Venue, name: str) -> None:
        key = venue.key(name)
        self.spot = APISpot(key.key, key.secret, key.memo, url=venue.url)
        self.account = APIAccount(key.key, key.secret, key.memo, url=venue.url)

    def wallet(self, currency: str) -> tuple[str, str]:
        (row,) = data(self.account.get_wallet(currency))["wallet"]
        return row["available"], row["frozen"]

    def submit(self, **order: Any) -> str:
        return data(self.spot.post_submit_order(symbol=PAIR, **order))["order_id"]

    def order(self, order_id: str, state: str) -> dict[str, Any]:
        """The order, once it is in that state."""

        def read() -> dict[str, Any]:
            for query_state in ("open", "history"):
                try:
                    return data(self.spot.v4_query_order_by_id(order_id, query_state))
                except APIException:
                    continue
            raise AssertionError(f"order {order_id} is nowhere")

        return eventually(read, lambda order: order["state"] == state)


def data(answer: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    """An answer's data; limits are told with every answer."""
    body, limits = answer
    assert (body["code"], body["message"]) == (1000, "OK")
    assert limits.keys() == {"Remaining", "Limit", "Reset", "Mode"}
    return body["data"]


@pytest.fixture
def seller(venue: Venue) -> Person:
    return Person(venue, "seller")


@pytest.fixture
def buyer(venue: Venue) -> Person:
    return Person(venue, "buyer")


def test_what_anybody_may_ask(venue: Venue) -> None:
    system, spot = APISystem(url=venue.url), APISpot(url=venue.url)
    account, contract = APIAccount(url=venue.url), APIContract(url=venue.url)

    assert abs(data(system.get_system_time())["server_time"] - time.time() * 1000) < 10_000
    assert {s["status"] for s in data(system.get_system_service())["service"]} == {2}
    assert {c["id"] for c in data(spot.get_currencies())["currencies"]} >= {"BTC", "USDT"}
    assert {c["currency"] for c in data(account.get_currencies())["currencies"]} >= {"BTC"}
    assert PAIR in data(spot.get_symbols())["symbols"]
    details = {s["symbol"]: s for s in data(spot.get_symbol_detail())["symbols"]}
    assert details[PAIR]["base_min_size"] == "0.00001"
    assert data(contract.get_details(contract_symbol=PAIR))["symbols"] == []
    assert data(spot.get_v3_ticker(symbol="SOL_USDT"))["symbol"] == "SOL_USDT"
    assert len(data(spot.get_v3_tickers())[0]) == 13
    assert data(spot.get_v3_depth(symbol="SOL_USDT", limit=5))["symbol"] == "SOL_USDT"
    assert data(spot.get_v3_trades(symbol="SOL_USDT")) == []
    assert data(spot.get_v3_latest_kline(symbol="SOL_USDT", step=5)) == []
    assert data(spot.get_v3_history_kline(symbol="SOL_USDT", step=60, limit=10)) == []


def test_a_session_to_the_last_decimal(seller: Person, buyer: Person) -> None:
    fees = data(seller.account.get_actual_trade_fee_rate(PAIR))
    assert (fees["buy_taker_fee_rate"], fees["sell_maker_fee_rate"]) == ("0.002", "0.001")
    assert data(seller.account.get_basic_fee_rate())["level"] == "LV1"
    assert {row["id"] for row in data(buyer.spot.get_wallet())["wallet"]} >= {"ETH", "USDT"}

    ask = seller.submit(side="sell", type="limit", size="2.5", price="3000.33")
    assert seller.wallet("ETH") == ("97.5", "2.5")
    bought = buyer.submit(
        side="buy", type="ioc", size="1.33333", price="3001", client_order_id="sdk1"
    )
    filled = buyer.order(bought, "filled")
    assert (filled["priceAvg"], filled["filledNotional"]) == ("3000.33", "4000.4299989")
    by_name = data(buyer.spot.v4_query_order_by_order_client_id("sdk1", "history"))
    assert by_name["orderId"] == bought
    (trade,) = data(buyer.spot.v4_query_order_trade_list(bought))
    assert (trade["fee"], trade["feeCoinName"], trade["tradeRole"]) == (
        "8.0008599978", "USDT", "taker"
    )  # fmt: skip
    assert buyer.wallet("ETH") == ("101.33333", "0")
    assert buyer.wallet("USDT") == ("995991.5691411022", "0")
    assert seller.wallet("USDT") == ("1003996.4295689011", "0")
    resting = seller.order(ask, "partially_filled")
    assert (resting["filledSize"], resting["size"]) == ("1.33333", "2.5")
    assert [o["orderId"] for o in data(seller.spot.v4_query_open_orders(PAIR))] == [ask]

    data(seller.spot.post_cancel_order_by_orderid(PAIR, ask))
    ended = seller.order(ask, "partially_canceled")
    assert ended["cancelSource"] == "user"
    assert seller.wallet("ETH") == ("98.66667", "0")
    history = data(seller.spot.v4_query_account_orders(symbol=PAIR, limit=5))
    assert [o["orderId"] for o in history] == [ask]
    (sold,) = data(seller.spot.v4_query_account_trade_list(symbol=PAIR))
    assert (sold["tradeId"], sold["fee"], sold["tradeRole"]) == (
        trade["tradeId"], "4.0004299989", "maker"
    )  # fmt: skip


def test_batches_and_cancels(seller: Person) -> None:
    before = seller.wallet("ETH")
    orders = [
        {"side": "sell", "type": "limit", "size": "0.1", "price": str(9000 + n)} for n in range(5)
    ]
    nested = data(seller.spot.post_batch_orders(PAIR, orders, recv_window=10_000))
    assert (nested["code"], nested["msg"]) == (0, "success")
    ids = nested["data"]["orderIds"]
    named = seller.submit(
        side="sell", type="limit_maker", size="0.1", price="9999", client_order_id="sdk2"
    )

    told = data(seller.spot.post_cancel_orders(symbol=PAIR, order_ids=ids[:2]))
    assert (told["successIds"], told["failIds"]) == (ids[:2], [])
    data(seller.spot.post_cancel_order_by_clientid(PAIR, "sdk2"))
    data(seller.spot.post_cancel_all_order(symbol=PAIR, side="sell"))

    assert data(seller.spot.v4_query_open_orders(PAIR)) == []
    assert seller.order(named, "canceled")["clientOrderId"] == "sdk2"
    assert seller.wallet("ETH") == before


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"symbol": "NO_SUCH", "side": "buy", "type": "limit", "size": "1", "price": "1"}, 50001),
        ({"symbol": PAIR, "side": "buy", "type": "limit", "size": "1e9", "price": "1"}, 50021),
        ({"symbol": PAIR, "side": "buy", "type": "limit", "size": "0.001", "price": "10"}, 51011),
        ({"symbol": PAIR, "side": "buy", "type": "market", "notional": "1"}, 51012),
        ({"symbol": PAIR, "side": "buy", "type": "limit", "size": "1"}, 50011),
        ({"symbol": PAIR, "side": "sell", "type": "limit", "size": "500", "price": "3000"}, 50020),
    ],
)
def test_refusals_carry_their_code(seller: Person, order: dict[str, Any], code: int) -> None:
    before = seller.wallet("ETH"), seller.wallet("USDT")

    with pytest.raises(APIException) as refusal:
        seller.spot.post_submit_order(**order)

    assert refusal.value.status_code == 400
    assert f'"code":{code}' in str(refusal.value)
    assert (seller.wallet("ETH"), seller.wallet("USDT")) == before
