"""What anybody may ask: pairs, prices, books, candles; and the fees and balances of a caller."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchange.accounts.models import Customer
from exchange.assets.models import Asset, AssetNetwork, Network
from exchange.core import clock
from exchange.markets import fees
from exchange.markets.models import Market
from tests import factories
from tests.factories.integrators import Integrator, integrator

pytestmark = pytest.mark.django_db

NEVER_TRADED = {
    "symbol": "BTC_USDT", "last": "0", "v_24h": "0", "qv_24h": "0", "open_24h": "0",
    "high_24h": "0", "low_24h": "0", "fluctuation": "0", "bid_px": "0", "bid_sz": "0",
    "ask_px": "0", "ask_sz": "0",
}  # fmt: skip


@pytest.fixture
def usdt_on_networks(db: None) -> Asset:
    usdt = factories.asset("USDT")
    for code, native in (("TRC20", "TRX"), ("ERC20", "ETH")):
        network = Network.objects.create(
            code=code, name=code, family="x", native_asset=native, confirmations=1
        )
        AssetNetwork.objects.create(
            asset=usdt,
            network=network,
            contract=f"0x{code}",
            decimals=6,
            deposit_enabled=code == "ERC20",
            withdraw_enabled=True,
            deposit_min=Decimal(1),
            withdraw_min=Decimal(10),
            withdraw_fee=Decimal("0.000001"),
        )
    return usdt


def test_the_time_is_in_milliseconds(stranger: Integrator) -> None:
    told = stranger.get("/system/time").data["server_time"]

    assert abs(told - clock.now_ms()) < 5000


def test_no_contracts_trade_here_and_clients_may_ask(stranger: Integrator) -> None:
    answer = stranger.get("/contract/public/details")

    assert (answer.code, answer.data) == (1000, {"symbols": []})


def test_a_pair_says_its_terms_so_that_every_client_rounds_alike(
    stranger: Integrator, btc_usdt: Market
) -> None:
    (pair,) = stranger.get("/spot/v1/symbols/details").data["symbols"]

    assert pair == {
        "symbol": "BTC_USDT",
        "symbol_id": btc_usdt.pk,
        "base_currency": "BTC",
        "quote_currency": "USDT",
        "quote_increment": "0.00001",
        "base_min_size": "0.00001",
        "base_max_size": "1000",
        "price_min_precision": 2,
        "price_max_precision": 2,
        "expiration": "NA",
        "min_buy_amount": "5",
        "min_sell_amount": "5",
        "trade_status": "trading",
        "planned_down_time": "",
    }
    assert stranger.get("/spot/v1/symbols").data == {"symbols": ["BTC_USDT"]}


def test_a_halted_pair_is_listed_as_not_trading(stranger: Integrator) -> None:
    factories.market("ETH_USDT", status="halted")
    factories.market("OLD_USDT", status="delisted")

    (pair,) = stranger.get("/spot/v1/symbols/details").data["symbols"]

    assert (pair["symbol"], pair["trade_status"]) == ("ETH_USDT", "pre-trade")


def test_a_currency_is_named_by_its_network_unless_it_is_at_home(
    stranger: Integrator, usdt_on_networks: Asset
) -> None:
    eth = factories.asset("ETH")
    AssetNetwork.objects.create(
        asset=eth,
        network=Network.objects.get(code="ERC20"),
        decimals=18,
        deposit_min=Decimal(0),
        withdraw_min=Decimal("0.01"),
        withdraw_fee=Decimal("0.001"),
    )

    rows = {r["currency"]: r for r in stranger.get("/account/v1/currencies").data["currencies"]}

    assert rows.keys() == {"USDT-TRC20", "USDT-ERC20", "ETH"}
    assert rows["USDT-TRC20"] == {
        "currency": "USDT-TRC20",
        "name": "USDT",
        "contract_address": "0xTRC20",
        "network": "TRC20",
        "withdraw_enabled": True,
        "deposit_enabled": False,
        "withdraw_minsize": "10",
        "withdraw_minfee": "0.000001",
        "withdraw_fee": "0.000001",
        "recharge_minsize": "1",
    }
    only = stranger.get("/account/v1/currencies", currencies="eth,xyz").data["currencies"]
    assert [row["currency"] for row in only] == ["ETH"]


def test_a_suspended_currency_moves_on_no_network(
    stranger: Integrator, usdt_on_networks: Asset
) -> None:
    told = stranger.get("/spot/v1/currencies").data["currencies"]
    assert told == [
        {"id": "USDT", "name": "USDT", "withdraw_enabled": True, "deposit_enabled": True}
    ]

    Asset.objects.filter(pk=usdt_on_networks.pk).update(status=Asset.Status.SUSPENDED)

    told = stranger.get("/spot/v1/currencies").data["currencies"]
    assert [(t["withdraw_enabled"], t["deposit_enabled"]) for t in told] == [(False, False)]


def test_a_pair_that_never_traded_has_a_ticker_of_zeros(
    stranger: Integrator, btc_usdt: Market
) -> None:
    ticker = stranger.get("/spot/quotation/v3/ticker", symbol="BTC_USDT").data
    (row,) = stranger.get("/spot/quotation/v3/tickers").data

    assert ticker.pop("ts").isdigit()
    assert ticker == NEVER_TRADED
    assert row[:-1] == list(NEVER_TRADED.values())
    assert row[-1].isdigit()


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("ticker", {}, 70001),
        ("ticker", {"symbol": ""}, 70001),
        ("ticker", {"symbol": "NO_SUCH"}, 70002),
        ("ticker", {"symbol": "nonsense"}, 70002),
        ("books", {"symbol": "NO_SUCH"}, 70002),
        ("trades", {"symbol": "NO_SUCH"}, 70002),
        ("klines", {"symbol": "NO_SUCH"}, 70002),
        ("klines", {"symbol": "BTC_USDT", "step": "7"}, 71005),
        ("klines", {"symbol": "BTC_USDT", "after": "x"}, 71001),
        ("klines", {"symbol": "BTC_USDT", "before": "-1"}, 71002),
        ("klines", {"symbol": "BTC_USDT", "after": "2000", "before": "1000"}, 71003),
        ("klines", {"symbol": "BTC_USDT", "limit": "many"}, 71004),
        ("lite-klines", {"symbol": "BTC_USDT", "step": "1m"}, 71005),
    ],
)
def test_quotations_are_refused_with_status_200_and_a_code(
    stranger: Integrator, btc_usdt: Market, path: str, query: dict[str, str], code: int
) -> None:
    answer = stranger.get(f"/spot/quotation/v3/{path}", **query)

    assert (answer.status, answer.code) == (200, code)


@pytest.mark.django_db(transaction=True)
def test_after_a_trade_every_quotation_tells_of_it(trader: Customer) -> None:
    bot, other = integrator(trader), factories.customer()
    factories.fund(other, "USDT", "10000")
    order = {"symbol": "BTC_USDT", "type": "limit", "size": "0.1", "price": "50000"}
    bot.post("/spot/v2/submit_order", {**order, "side": "sell", "size": "0.3"})
    bot.post("/spot/v2/submit_order", {**order, "side": "buy", "price": "49000.5"})
    integrator(other).post("/spot/v2/submit_order", {**order, "side": "buy"})

    def told(path: str, **query: Any) -> Any:
        return bot.get(f"/spot/quotation/v3/{path}", symbol="BTC_USDT", **query).data

    ticker = told("ticker")
    assert ticker | {"ts": ""} == {
        "symbol": "BTC_USDT", "last": "50000", "v_24h": "0.1", "qv_24h": "5000",
        "open_24h": "50000", "high_24h": "50000", "low_24h": "50000", "fluctuation": "0",
        "bid_px": "49000.5", "bid_sz": "0.1", "ask_px": "50000", "ask_sz": "0.2", "ts": "",
    }  # fmt: skip
    book = told("books", limit=500)
    assert (book["symbol"], book["asks"], book["bids"]) == (
        "BTC_USDT", [["50000", "0.2"]], [["49000.5", "0.1"]]
    )  # fmt: skip
    ((symbol, ms, *trade),) = told("trades")
    assert (symbol, trade) == ("BTC_USDT", ["50000", "0.1", "buy"])
    assert abs(int(ms) - clock.now_ms()) < 60_000
    for path in ("klines", "lite-klines"):
        opened, *candle = told(path, step=1440, limit=5)[-1]
        assert int(opened) % 86400 == 0
        assert candle == ["50000", "50000", "50000", "50000", "0.1", "5000"]
    (old,) = bot.get("/spot/v1/ticker", symbol="BTC_USDT").data["tickers"]
    assert (old["last_price"], old["best_bid"], old["best_ask"]) == ("50000", "49000.5", "50000")
    legacy_book = bot.get("/spot/v1/symbols/book", symbol="BTC_USDT").data
    assert legacy_book["sells"] == [{"price": "50000", "amount": "0.2"}]
    assert legacy_book["buys"] == [{"price": "49000.5", "amount": "0.1"}]


def test_balances_in_both_shapes(bot: Integrator) -> None:
    bot.post(
        "/spot/v2/submit_order",
        {"symbol": "BTC_USDT", "side": "sell", "type": "limit", "size": "0.25", "price": "60000"},
    )

    spot = {row["id"]: row for row in bot.get("/spot/v1/wallet").data["wallet"]}
    assert spot["BTC"] == {"id": "BTC", "name": "BTC", "available": "0.75", "frozen": "0.25"}
    assert spot["USDT"]["available"] == "100000"
    (btc,) = bot.get("/account/v1/wallet", currency="btc").data["wallet"]
    assert btc == {
        "currency": "BTC",
        "name": "BTC",
        "available": "0.75",
        "frozen": "0.25",
        "unAvailable": "0.25",
        "available_usd_valuation": "",
    }


def test_a_currency_that_was_spent_is_still_listed(bot: Integrator, trader: Customer) -> None:
    factories.fund(trader, "ETH", "1")
    eth = {"symbol": "ETH_USDT", "side": "sell", "type": "limit", "size": "1", "price": "3000"}
    factories.market("ETH_USDT")
    bot.post("/spot/v2/submit_order", eth)

    rows = {row["id"]: row["available"] for row in bot.get("/spot/v1/wallet").data["wallet"]}
    assert rows == {"BTC": "1", "USDT": "100000", "ETH": "0"}


def test_fees_are_told_in_the_words_of_every_client(bot: Integrator) -> None:
    fee = bot.get("/spot/v1/trade_fee", symbol="BTC_USDT").data
    assert fee == {
        "symbol": "BTC_USDT",
        "buy_taker_fee_rate": "0.002",
        "sell_taker_fee_rate": "0.002",
        "buy_maker_fee_rate": "0.001",
        "sell_maker_fee_rate": "0.001",
        "taker_fee_rate": "0.002",
        "maker_fee_rate": "0.001",
    }
    assert bot.get("/spot/v1/trade_fee", symbol="NO_SUCH").code == 50001
    general = bot.get("/spot/v1/user_fee").data
    assert {general[f"taker_fee_rate_{letter}"] for letter in "ABCD"} == {"0.002"}
    assert general["level"] == "LV1"


def test_whoever_has_a_discount_is_told_the_rates_they_pay(
    bot: Integrator, trader: Customer
) -> None:
    fees.grant(
        customer_id=trader.pk,
        source="vip",
        level="LV2",
        maker_discount_ppm=100_000,
        taker_discount_ppm=250_000,
    )

    fee = bot.get("/spot/v1/trade_fee", symbol="BTC_USDT").data
    general = bot.get("/spot/v1/user_fee").data

    assert (fee["maker_fee_rate"], fee["taker_fee_rate"]) == ("0.0009", "0.0015")
    assert (fee["buy_maker_fee_rate"], fee["sell_taker_fee_rate"]) == ("0.0009", "0.0015")
    assert (general["level"], general["maker_fee_rate_C"], general["taker_fee_rate_C"]) == (
        "LV2", "0.0009", "0.0015",
    )  # fmt: skip
