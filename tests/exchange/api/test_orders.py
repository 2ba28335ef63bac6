"""Orders over the wire: what is accepted, what is refused and how, and that nothing moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchange.accounts.models import Customer, Restriction
from exchange.core.models import Switch
from exchange.ledger.models import LedgerEntry
from exchange.markets.models import Market
from exchange.trading import place
from exchange.trading.models import MatchCommand, SpotOrder
from tests import factories
from tests.factories.integrators import Integrator, integrator

pytestmark = pytest.mark.django_db

SUBMIT = "/spot/v2/submit_order"
LIMIT = {"symbol": "BTC_USDT", "side": "buy", "type": "limit", "size": "0.1", "price": "50000"}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in LIMIT.items() if name not in names}


def everything() -> tuple[int, int, int]:
    """Counts that grow with anything that moves."""
    return (
        SpotOrder.objects.count(),
        MatchCommand.objects.count(),
        LedgerEntry.objects.count(),
    )


def test_a_limit_buy_is_durable_and_its_funds_are_held(bot: Integrator, trader: Customer) -> None:
    answer = bot.post(SUBMIT, LIMIT)

    assert (answer.status, answer.code) == (200, 1000)
    order = SpotOrder.objects.get(pk=int(answer.data["order_id"]))
    assert (order.customer_id, order.state) == (trader.pk, "new")
    assert factories.held(trader, "USDT") == Decimal("5010")  # 5,000 and the taker's 0.2 %
    assert factories.available(trader, "USDT") == Decimal("94990")
    assert MatchCommand.objects.filter(order_id=order.pk).count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"size": 0.1, "price": 50000},
        {"Size": "0.10000", "PRICE": "50000.0", "size": "", "price": None},
        {"symbol": "btc_usdt", "side": "BUY", "type": "LIMIT"},
        {"triggerPrice": "1", "stopLossPrice": "x", "marginMode": "isolated", "notional": "NaN"},
        {"type": "limit_maker"},
        {"type": "ioc"},
        {"type": "fok"},
        {"clientOrderId": "mine1"},
        {"client_order_id": "mine1", "stpMode": "cancel_both"},
        {"clientOrderId": "", "stpMode": ""},
        {"type": "market", "notional": "5000", "size": "junk"},
        {"side": "sell", "type": "market", "price": "junk"},
    ],
)
def test_forms_that_clients_send_are_understood(bot: Integrator, changed: dict[str, Any]) -> None:
    answer = bot.post(SUBMIT, {**LIMIT, **changed})

    assert (answer.status, answer.code, answer.message) == (200, 1000, "OK")


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    (without("symbol"), 50028, "symbol"),
    (without("side"), 50028, "side"),
    (without("type"), 50028, "type"),
    (without("size"), 50010, "size"),
    (without("price"), 50011, "price"),
    ({**LIMIT, "type": "market", "size": "1"}, 50012, "notional"),
    ({**without("size"), "side": "sell", "type": "market"}, 50010, "size"),
    ({**LIMIT, "symbol": "NO_SUCH"}, 50001, "Symbol"),
    ({**LIMIT, "symbol": "BTCUSDT"}, 50001, "Symbol"),
    ({**LIMIT, "symbol": ["BTC_USDT"]}, 50021, "symbol"),
    ({**LIMIT, "side": "hold"}, 52002, "Side"),
    ({**LIMIT, "type": "stop"}, 52001, "Type"),
    ({**LIMIT, "stpMode": "never"}, 50021, "stpMode"),
    ({**LIMIT, "size": "-0.1"}, 50021, "size"),
    ({**LIMIT, "size": "NaN"}, 50021, "size"),
    ({**LIMIT, "size": "Infinity"}, 50021, "size"),
    ({**LIMIT, "size": "1e-1"}, 50021, "size"),
    ({**LIMIT, "price": "5e4"}, 50021, "price"),
    ({**LIMIT, "price": "0"}, 50021, "price"),
    ({**LIMIT, "price": {"a": 1}}, 50021, "price"),
    ({**LIMIT, "size": "0.000001"}, 50021, "size"),
    ({**LIMIT, "price": "50000.001"}, 50021, "price"),
    ({**LIMIT, "size": "1001"}, 50007, "1000"),
    ({**LIMIT, "size": "99999999999999999999"}, 50007, "size"),
    ({**LIMIT, "price": "99999999999999999999"}, 50025, "price"),
    ({**LIMIT, "size": "0.00001"}, 51011, ">= 5"),
    ({**LIMIT, "type": "market", "notional": "4.99"}, 51012, ">= 5"),
    ({**LIMIT, "size": "10"}, 50020, "Balance not enough"),
    ({**LIMIT, "side": "sell", "size": "2"}, 50020, "Balance not enough"),
    ({**LIMIT, "clientOrderId": "a" * 33}, 50037, "32"),
    ({**LIMIT, "clientOrderId": "no-dashes"}, 50038, "numbers and letters"),
]


@pytest.mark.parametrize(("body", "code", "told"), REFUSALS)
def test_a_refused_order_names_what_was_wrong_and_moves_nothing(
    bot: Integrator, trader: Customer, body: dict[str, Any], code: int, told: str
) -> None:
    before = everything()

    answer = bot.post(SUBMIT, body)

    assert (answer.status, answer.code) == (400, code)
    assert told in answer.message
    assert everything() == before
    assert factories.available(trader, "USDT") == 100_000
    assert factories.available(trader, "BTC") == 1


def test_a_size_below_the_minimum_names_the_minimum(trader: Customer) -> None:
    factories.market("ETH_USDT", min_size=Decimal("0.01"))

    answer = integrator(trader).post(
        SUBMIT, {**LIMIT, "symbol": "ETH_USDT", "size": "0.00999", "price": "3000"}
    )

    assert (answer.status, answer.code, answer.message) == (400, 50006, "Minimum size is 0.01")


def test_a_key_without_the_trade_permission_moves_nothing(trader: Customer) -> None:
    reader, before = integrator(trader, can_trade=False), everything()

    assert reader.post(SUBMIT, LIMIT).code == 30012
    assert everything() == before


def test_an_order_costs_two_queries_before_its_verb(
    bot: Integrator, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(place, "place", lambda **_: 7)
    bot.post(SUBMIT, LIMIT)

    with django_assert_num_queries(2):  # the key with all about it, and the kill switch
        assert bot.post(SUBMIT, LIMIT).data == {"order_id": "7"}


def test_a_retry_with_the_same_client_order_id_is_one_order(
    bot: Integrator, trader: Customer
) -> None:
    first = bot.post(SUBMIT, {**LIMIT, "client_order_id": "once"})
    again = bot.post(SUBMIT, {**LIMIT, "client_order_id": "once"})

    assert first.code == 1000
    assert (again.status, again.code) == (400, 50042)
    assert SpotOrder.objects.filter(client_order_id="once").count() == 1
    assert factories.held(trader, "USDT") == Decimal("5010")
    found = bot.post("/spot/v4/query/client-order", {"clientOrderId": "once"})
    assert found.data["orderId"] == first.data["order_id"]


def test_another_customer_may_use_the_same_client_order_id(bot: Integrator) -> None:
    other = factories.customer()
    factories.fund(other, "USDT", "10000")

    assert bot.post(SUBMIT, {**LIMIT, "client_order_id": "once"}).code == 1000
    assert integrator(other).post(SUBMIT, {**LIMIT, "client_order_id": "once"}).code == 1000


@pytest.mark.parametrize(
    ("status", "code"),
    [("halted", 50040), ("cancel-only", 50040), ("delisted", 50040), ("pre-trade", 50023)],
)
def test_a_market_that_does_not_trade_takes_no_orders(
    bot: Integrator, btc_usdt: Market, status: str, code: int
) -> None:
    Market.objects.filter(pk=btc_usdt.pk).update(status=status)
    before = everything()

    assert bot.post(SUBMIT, LIMIT).code == code
    assert everything() == before


def test_a_restricted_customer_is_told_what_they_may_be_told(
    bot: Integrator, trader: Customer
) -> None:
    Restriction.objects.create(
        customer=trader,
        kind=Restriction.Kind.TRADING,
        reason="suspected layering",
        customer_message="Trading is paused. Please write to support.",
        imposed_by="tests",
    )

    answer = bot.post(SUBMIT, LIMIT)

    assert (answer.status, answer.code) == (403, 53000)
    assert answer.message == "Trading is paused. Please write to support."


def test_the_closed_trading_switch_is_maintenance(bot: Integrator) -> None:
    Switch.objects.update_or_create(
        name="trading", defaults={"closed": True, "customer_message": "Drill."}
    )

    answer = bot.post(SUBMIT, LIMIT)

    assert (answer.status, answer.code, answer.message) == (200, 30016, "Drill.")
    services = bot.get("/system/service").data["service"]
    assert {s["service_type"]: s["status"] for s in services} == {"spot": 1, "account": 2}


class TestBatch:
    BATCH = "/spot/v4/batch_orders"

    def test_orders_come_back_in_the_order_they_were_asked_for(self, bot: Integrator) -> None:
        prices = ["40000", "41000", "42000"]

        answer = bot.post(
            self.BATCH,
            {"symbol": "BTC_USDT", "orderParams": [{**LIMIT, "price": p} for p in prices]},
        )

        assert answer.code == 1000
        assert (answer.data["code"], answer.data["msg"]) == (0, "success")
        ids = answer.data["data"]["orderIds"]
        rows = SpotOrder.objects.in_bulk([int(i) for i in ids])
        assert [rows[int(i)].price for i in ids] == [4000000, 4100000, 4200000]

    def test_a_refused_order_keeps_its_place_and_does_not_stop_the_others(
        self, bot: Integrator
    ) -> None:
        orders = [LIMIT, {**LIMIT, "size": "x"}, {**LIMIT, "size": "10"}, LIMIT]

        answer = bot.post(self.BATCH, {"symbol": "BTC_USDT", "orderParams": orders})

        assert answer.code == 1000
        first, second, third, fourth = answer.data["data"]["orderIds"]
        assert first
        assert fourth
        assert [second, third] == [None, None]
        errors = answer.data["data"]["errors"]
        assert [(e["index"], e["code"]) for e in errors] == [(1, 50021), (2, 50020)]
        assert SpotOrder.objects.count() == 2

    def test_a_batch_that_is_refused_whole_is_an_error(self, bot: Integrator) -> None:
        before = everything()

        answer = bot.post(
            self.BATCH, {"symbol": "BTC_USDT", "orderParams": [{**LIMIT, "size": "10"}] * 2}
        )

        assert (answer.status, answer.code) == (400, 50020)
        assert everything() == before

    @pytest.mark.parametrize(
        ("orders", "code"),
        [([], 50033), ([LIMIT] * 11, 50033), (None, 50028), ("x", 50021), ([1], 50021)],
    )
    def test_what_is_no_batch_is_refused(self, bot: Integrator, orders: Any, code: int) -> None:
        answer = bot.post(self.BATCH, {"symbol": "BTC_USDT", "orderParams": orders})

        assert answer.code == code


class TestCancel:
    CANCEL = "/spot/v3/cancel_order"

    def test_an_order_of_somebody_else_is_not_there(self, bot: Integrator) -> None:
        order_id = bot.post(SUBMIT, LIMIT).data["order_id"]
        stranger = integrator()

        answer = stranger.post(self.CANCEL, {"symbol": "BTC_USDT", "order_id": order_id})

        assert (answer.status, answer.code) == (400, 50005)
        assert stranger.post("/spot/v4/query/order", {"orderId": order_id}).code == 50005
        assert MatchCommand.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 50039),
            ({"order_id": "", "client_order_id": ""}, 50039),
            ({"order_id": "12345"}, 50005),
            ({"order_id": "what"}, 50005),
            ({"client_order_id": "nobodys"}, 50005),
        ],
    )
    def test_what_names_no_order_is_refused(
        self, bot: Integrator, body: dict[str, str], code: int
    ) -> None:
        answer = bot.post(self.CANCEL, {"symbol": "BTC_USDT", **body})

        assert (answer.status, answer.code) == (400, code)

    def test_an_order_of_another_pair_stays(self, bot: Integrator) -> None:
        factories.market("ETH_USDT")
        order_id = bot.post(SUBMIT, LIMIT).data["order_id"]

        answer = bot.post(self.CANCEL, {"symbol": "ETH_USDT", "order_id": order_id})

        assert answer.code == 50005
        assert MatchCommand.objects.count() == 1

    @pytest.mark.parametrize(
        ("state", "code"), [("filled", 50031), ("canceled", 50030), ("partially_canceled", 50030)]
    )
    def test_a_final_order_says_how_it_ended(self, bot: Integrator, state: str, code: int) -> None:
        order_id = bot.post(SUBMIT, LIMIT).data["order_id"]
        SpotOrder.objects.filter(pk=int(order_id)).update(state=state)

        answer = bot.post(self.CANCEL, {"symbol": "BTC_USDT", "order_id": order_id})

        assert (answer.status, answer.code) == (400, code)


@pytest.mark.django_db(transaction=True)
class TestMatched:
    """With the matcher at work: each request commits, and its task runs at once."""

    def test_a_trade_is_seen_alike_from_both_sides(self, trader: Customer) -> None:
        maker, taker = integrator(trader), integrator(other := factories.customer())
        factories.fund(other, "USDT", "10000")

        resting = maker.post(SUBMIT, {**LIMIT, "side": "sell", "size": "0.2"}).data["order_id"]
        taking = taker.post(SUBMIT, {**LIMIT, "price": "50001", "client_order_id": "t1"})

        (sold,) = maker.post("/spot/v4/query/trades", {}).data
        (bought,) = taker.post(
            "/spot/v4/query/order-trades", {"orderId": taking.data["order_id"]}
        ).data
        shared = ("tradeId", "symbol", "price", "size", "notional", "feeCoinName", "createTime")
        assert {k: sold[k] for k in shared} == {k: bought[k] for k in shared}
        assert (bought["price"], bought["size"], bought["notional"]) == ("50000", "0.1", "5000")
        assert (sold["side"], sold["tradeRole"], sold["fee"]) == ("sell", "maker", "5")
        assert (bought["side"], bought["tradeRole"], bought["fee"]) == ("buy", "taker", "10")
        assert bought["clientOrderId"] == "t1"
        order = maker.post("/spot/v4/query/order", {"orderId": resting, "queryState": "open"}).data
        assert order | {"createTime": 0, "updateTime": 0} == {
            "orderId": resting,
            "clientOrderId": "",
            "symbol": "BTC_USDT",
            "side": "sell",
            "orderMode": "spot",
            "type": "limit",
            "state": "partially_filled",
            "cancelSource": "",
            "stpMode": "cancel_maker",
            "price": "50000",
            "priceAvg": "50000",
            "size": "0.2",
            "filledSize": "0.1",
            "notional": "10000",
            "filledNotional": "5000",
            "createTime": 0,
            "updateTime": 0,
        }
        wallet = {row["id"]: row for row in taker.get("/spot/v1/wallet").data["wallet"]}
        assert (wallet["USDT"]["available"], wallet["USDT"]["frozen"]) == ("4990", "0")
        assert wallet["BTC"]["available"] == "0.1"

    def test_cancelled_is_said_when_it_is_so(self, bot: Integrator, trader: Customer) -> None:
        order_id = bot.post(SUBMIT, {**LIMIT, "client_order_id": "c1"}).data["order_id"]

        answer = bot.post("/spot/v3/cancel_order", {"symbol": "BTC_USDT", "client_order_id": "c1"})

        assert answer.data == {"result": True}
        assert factories.held(trader, "USDT") == 0
        order = bot.post("/spot/v4/query/order", {"orderId": order_id}).data
        assert (order["state"], order["cancelSource"]) == ("canceled", "user")
        again = bot.post("/spot/v3/cancel_order", {"symbol": "BTC_USDT", "order_id": order_id})
        assert again.code == 50030

    def test_several_cancels_tell_apart_what_was_there(self, bot: Integrator) -> None:
        ids = [bot.post(SUBMIT, LIMIT).data["order_id"] for _ in range(3)]
        gone = ids.pop()
        bot.post("/spot/v3/cancel_order", {"symbol": "BTC_USDT", "order_id": gone})

        answer = bot.post(
            "/spot/v4/cancel_orders", {"symbol": "BTC_USDT", "orderIds": [*ids, gone, "77"]}
        )

        assert answer.data == {
            "successIds": ids,
            "failIds": [gone, "77"],
            "totalCount": 4,
            "successCount": 2,
            "failedCount": 2,
        }

    def test_cancel_all_keeps_to_its_pair_and_side(self, bot: Integrator, trader: Customer) -> None:
        factories.market("ETH_USDT")
        bot.post(SUBMIT, LIMIT)
        bot.post(SUBMIT, {**LIMIT, "side": "sell", "price": "60000"})
        bot.post(SUBMIT, {**LIMIT, "symbol": "ETH_USDT", "price": "3000"})

        def left() -> int:
            return len(bot.post("/spot/v4/query/open-orders", {}).data)

        bot.post("/spot/v4/cancel_all", {"symbol": "BTC_USDT", "side": "sell"})
        assert left() == 2
        bot.post("/spot/v4/cancel_all", {"symbol": "BTC_USDT"})
        assert left() == 1
        bot.post("/spot/v4/cancel_all", {})
        assert left() == 0
        assert factories.held(trader, "USDT") == factories.held(trader, "BTC") == 0

    def test_lists_are_filtered_and_newest_first(self, bot: Integrator) -> None:
        ids = [bot.post(SUBMIT, LIMIT).data["order_id"] for _ in range(3)]
        first = bot.post("/spot/v4/query/order", {"orderId": ids[0]}).data
        listing = "/spot/v4/query/open-orders"

        def listed(**filters: Any) -> list[str]:
            return [row["orderId"] for row in bot.post(listing, filters).data]

        assert listed() == ids[::-1]
        assert listed(limit=2) == [ids[2], ids[1]]
        assert listed(symbol="BTC_USDT", orderMode="spot") == ids[::-1]
        assert listed(symbol="ETH_USDT") == []
        assert listed(orderMode="iso_margin") == []
        assert listed(endTime=first["createTime"] - 1000) == []
        assert ids[0] in listed(startTime=first["createTime"] - 1000)
        assert bot.post(listing, {"startTime": 2000, "endTime": 1000}).code == 52004
        assert bot.post("/spot/v4/query/history-orders", {}).data == []

    def test_the_state_that_is_asked_for_must_be_the_orders(self, bot: Integrator) -> None:
        order_id = bot.post(SUBMIT, LIMIT).data["order_id"]
        query = "/spot/v4/query/order"

        assert bot.post(query, {"orderId": order_id, "queryState": "open"}).code == 1000
        assert bot.post(query, {"orderId": order_id, "queryState": "history"}).code == 50005

    def test_the_older_list_pages_by_state(self, bot: Integrator) -> None:
        ids = [bot.post(SUBMIT, LIMIT).data["order_id"] for _ in range(3)]
        bot.post("/spot/v3/cancel_order", {"symbol": "BTC_USDT", "order_id": ids[0]})

        def page(**query: Any) -> list[tuple[str, str]]:
            encoded = "&".join(f"{k}={v}" for k, v in {"symbol": "BTC_USDT", **query}.items())
            response = bot.client.get(
                f"/spot/v3/orders?{encoded}", headers=bot.signed(encoded.encode())
            )
            rows = bot.answer(response).data["orders"]
            return [(row["order_id"], row["status"]) for row in rows]

        assert page(status=8) == [(ids[0], "8")]
        assert page(status=9) == [(ids[2], "4"), (ids[1], "4")]
        assert page(status=9, N=1, offset=2) == [(ids[1], "4")]
        assert page(status=6) == []

    def test_old_clients_find_their_paths(self, bot: Integrator) -> None:
        order_id = bot.post("/spot/v1/submit_order", {**LIMIT, "clientOrderId": "old1"}).data[
            "order_id"
        ]

        by_name = bot.get("/spot/v2/order_detail", clientOrderId="old1").data
        assert (by_name["order_id"], by_name["status"]) == (order_id, "4")
        assert bot.post("/spot/v2/order_detail", {"order_id": order_id}).data == by_name
        cancelled = bot.post("/spot/v2/cancel_order", {"clientOrderId": "old1"})
        assert cancelled.data == {"result": True}
        assert bot.get("/spot/v2/order_detail", order_id=order_id).data["status"] == "8"
        assert bot.get("/spot/v1/trades", symbol="BTC_USDT", order_id=order_id).data == {
            "trades": []
        }
