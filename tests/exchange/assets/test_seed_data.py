"""What the written-down coins, networks and pairs must hold true. Reads the files; no database."""

from __future__ import annotations

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

EXCHANGE = Path(__file__).resolve().parents[3] / "exchange"
ASSETS_CSV = EXCHANGE / "assets" / "data" / "assets.csv"
NETWORKS_CSV = EXCHANGE / "assets" / "data" / "networks.csv"
ASSET_NETWORKS_CSV = EXCHANGE / "assets" / "data" / "asset_networks.csv"
MARKETS_CSV = EXCHANGE / "markets" / "data" / "markets.csv"
FILES = [ASSETS_CSV, NETWORKS_CSV, ASSET_NETWORKS_CSV, MARKETS_CSV]

COLUMNS = {
    ASSETS_CSV: "code name precision kind status rank",
    NETWORKS_CSV: "code name family native_asset confirmations memo_required memo_name",
    ASSET_NETWORKS_CSV: "asset network contract decimals deposit_enabled withdraw_enabled "
    "withdraw_min withdraw_fee deposit_min",
    MARKETS_CSV: "symbol base quote price_precision size_precision min_notional min_size max_size "
    "maker_rate taker_rate fee_class status reference_price liquid",
}
LEDGER_SCALE = 18
LEDGER_LARGEST = Decimal(10) ** 20  # numeric(38,18) has twenty digits before the point
LARGEST_BIGINT = 2**63 - 1
RATES = {"A": "0.0010", "B": "0.0020", "C": "0.0025", "D": "0.0040"}
LIQUID = {
    "BTC_USDT",
    "ETH_USDT",
    "SOL_USDT",
    "XRP_USDT",
    "BNB_USDT",
    "ADA_USDT",
    "DOGE_USDT",
    "LINK_USDT",
    "LTC_USDT",
    "BMX_USDT",
    "ETH_BTC",
    "USDC_USDT",
}
PLAIN_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
PLAIN_COUNT = re.compile(r"0|[1-9][0-9]*")


def rows(path: Path) -> list[dict[str, str]]:
    """Every line of a file by column name."""
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


ASSETS = {row["code"]: row for row in rows(ASSETS_CSV)}
NETWORKS = {row["code"]: row for row in rows(NETWORKS_CSV)}
ASSET_NETWORKS = rows(ASSET_NETWORKS_CSV)
MARKETS = {row["symbol"]: row for row in rows(MARKETS_CSV)}


def decimal(text: str) -> Decimal:
    """A number as the files may write it: digits and a point, no sign, no exponent."""
    assert PLAIN_DECIMAL.fullmatch(text), f"{text!r} is not a plain decimal"
    return Decimal(text)


def places(text: str) -> int:
    """Digits after the point that count."""
    return max(0, -int(decimal(text).normalize().as_tuple().exponent))


def network_name(row: dict[str, str]) -> str:
    return f"{row['asset']} on {row['network']}"


# --- the files themselves


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_has_its_columns_unix_lines_and_no_stray_spaces(path: Path) -> None:
    raw = path.read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert not raw.endswith(b"\n\n")
    found = rows(path)
    assert list(found[0]) == COLUMNS[path].split()
    assert [
        row
        for row in found
        if None in row or any(value is None or value != value.strip() for value in row.values())
    ] == []


# --- assets


def test_at_least_a_thousand_assets_each_ticker_and_each_name_once() -> None:
    listed = rows(ASSETS_CSV)
    assert len(listed) >= 1000
    for column in ("code", "name"):
        counted = Counter(row[column].casefold() for row in listed)
        assert [value for value, times in counted.items() if times > 1] == []


def test_tickers_are_short_upper_case_letters_and_digits() -> None:
    assert [code for code in ASSETS if not re.fullmatch(r"[A-Z0-9]{1,15}", code)] == []
    assert [code for code, row in ASSETS.items() if not 1 <= len(row["name"]) <= 100] == []


def test_assets_stand_in_order_of_rank_with_the_best_known_first() -> None:
    assert [row["rank"] for row in ASSETS.values()] == [str(n + 1) for n in range(len(ASSETS))]
    assert list(ASSETS)[:7] == ["BTC", "ETH", "USDT", "USDC", "BNB", "XRP", "SOL"]


def test_the_ledger_can_keep_every_asset() -> None:
    for code, row in ASSETS.items():
        assert PLAIN_COUNT.fullmatch(row["precision"]), code
        assert 8 <= int(row["precision"]) <= LEDGER_SCALE, code


def test_every_asset_is_active_and_of_a_known_kind() -> None:
    assert {row["status"] for row in ASSETS.values()} == {"active"}
    assert {row["kind"] for row in ASSETS.values()} == {"coin", "token", "stablecoin", "platform"}


def test_bmx_is_the_only_platform_token() -> None:
    assert [code for code, row in ASSETS.items() if row["kind"] == "platform"] == ["BMX"]
    assert ASSETS["BMX"]["name"] == "BMX Token"


def test_a_coin_pays_for_its_own_network_and_a_token_for_none() -> None:
    native = {row["native_asset"] for row in NETWORKS.values()}
    coins = {code for code, row in ASSETS.items() if row["kind"] == "coin"}
    tokens = {code for code, row in ASSETS.items() if row["kind"] == "token"}
    assert coins - native == set()
    assert tokens & native == set()


# --- networks


def test_each_network_is_written_once() -> None:
    listed = rows(NETWORKS_CSV)
    assert len(listed) >= 25
    for column, longest in (("code", 20), ("name", 60)):
        assert len({row[column] for row in listed}) == len(listed)
        assert max(len(row[column]) for row in listed) <= longest


def test_a_network_is_paid_in_a_listed_asset_that_moves_on_it() -> None:
    moves = {(row["asset"], row["network"]) for row in ASSET_NETWORKS}
    for code, row in NETWORKS.items():
        assert row["native_asset"] in ASSETS, code
        pays_elsewhere = row["native_asset"] in {"ETH"}  # roll-ups that charge in ether
        assert pays_elsewhere or (row["native_asset"], code) in moves, code


def test_a_deposit_needs_at_least_one_confirmation() -> None:
    for code, row in NETWORKS.items():
        assert PLAIN_COUNT.fullmatch(row["confirmations"]), code
        assert 1 <= int(row["confirmations"]) <= 10_000, code


@pytest.mark.parametrize("coin", ["XRP", "XLM", "ATOM", "EOS", "TON", "HBAR"])
def test_a_coin_with_shared_addresses_requires_a_memo(coin: str) -> None:
    (home,) = [row for row in NETWORKS.values() if row["native_asset"] == coin]
    assert home["memo_required"] == "true"


def test_a_required_memo_has_a_name_and_an_unrequired_one_has_none() -> None:
    assert {row["memo_required"] for row in NETWORKS.values()} == {"true", "false"}
    for code, row in NETWORKS.items():
        assert (row["memo_required"] == "true") == bool(row["memo_name"]), code
        assert len(row["memo_name"]) <= 30, code


def test_addresses_of_one_owner_each_require_no_memo() -> None:
    alone = [row for row in NETWORKS.values() if row["family"] in {"bitcoin", "evm", "tron"}]
    assert {row["memo_required"] for row in alone} == {"false"}


# --- assets on networks


def test_every_asset_moves_on_at_least_one_network_and_each_network_carries_one() -> None:
    assert {row["asset"] for row in ASSET_NETWORKS} == set(ASSETS)
    assert {row["network"] for row in ASSET_NETWORKS} == set(NETWORKS)


def test_an_asset_is_on_a_network_once_and_the_rows_follow_the_rank() -> None:
    pairs = [(row["asset"], row["network"]) for row in ASSET_NETWORKS]
    assert len(set(pairs)) == len(pairs)
    ranks = [int(ASSETS[asset]["rank"]) for asset, _ in pairs]
    assert ranks == sorted(ranks)


def test_only_networks_with_an_adapter_take_deposits_and_send_withdrawals() -> None:
    opened = {
        (row["asset"], row["network"])
        for row in ASSET_NETWORKS
        if "true" in (row["deposit_enabled"], row["withdraw_enabled"])
    }
    alone = {("BTC", "BTC"), ("LTC", "LTC"), ("BNB", "BSC_BNB")}
    assert alone <= opened
    on_ethereum = opened - alone
    assert {network for _, network in on_ethereum} == {"ERC20"}
    assert {"ETH", "USDT", "USDC", "DAI", "LINK", "UNI", "BMX"} <= {
        asset for asset, _ in on_ethereum
    }
    assert len(on_ethereum) <= 15


def test_a_switch_is_true_or_false() -> None:
    switches = {
        row[name] for row in ASSET_NETWORKS for name in ("deposit_enabled", "withdraw_enabled")
    }
    assert switches == {"true", "false"}


def test_an_enabled_token_has_its_contract_and_a_native_coin_has_none() -> None:
    for row in ASSET_NETWORKS:
        native = NETWORKS[row["network"]]["native_asset"] == row["asset"]
        if native:
            assert row["contract"] == "", network_name(row)
        elif row["deposit_enabled"] == "true":
            assert row["contract"] != "", network_name(row)


def test_a_contract_has_the_shape_of_its_network_and_is_used_once() -> None:
    shapes = {
        "evm": r"0x[0-9a-fA-F]{40}",
        "tron": r"T[1-9A-HJ-NP-Za-km-z]{33}",
        "solana": r"[1-9A-HJ-NP-Za-km-z]{32,44}",
        "ton": r"EQ[A-Za-z0-9_-]{46}",
    }
    known = [row for row in ASSET_NETWORKS if row["contract"]]
    assert len(known) >= 100
    for row in known:
        shape = shapes[NETWORKS[row["network"]]["family"]]
        assert re.fullmatch(shape, row["contract"]), network_name(row)
    places_used = Counter((row["network"], row["contract"].lower()) for row in known)
    assert [place for place, times in places_used.items() if times > 1] == []


@pytest.mark.parametrize(
    ("asset", "network", "contract", "decimals"),
    [
        ("USDT", "ERC20", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "6"),
        ("USDC", "ERC20", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "6"),
        ("DAI", "ERC20", "0x6B175474E89094C44Da98b954EedeAC495271d0F", "18"),
        ("WBTC", "ERC20", "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599", "8"),
        ("USDT", "TRC20", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "6"),
    ],
)
def test_the_best_known_contracts_are_the_published_ones(
    asset: str, network: str, contract: str, decimals: str
) -> None:
    (row,) = [r for r in ASSET_NETWORKS if (r["asset"], r["network"]) == (asset, network)]
    assert (row["contract"], row["decimals"]) == (contract, decimals)


def test_the_ledger_keeps_every_digit_that_an_open_network_can_deliver() -> None:
    for row in ASSET_NETWORKS:
        assert PLAIN_COUNT.fullmatch(row["decimals"]), network_name(row)
        if row["deposit_enabled"] == "true":
            kept = int(ASSETS[row["asset"]]["precision"])
            assert kept >= int(row["decimals"]), network_name(row)


def test_a_withdrawal_of_the_minimum_leaves_something_after_the_fee() -> None:
    for row in ASSET_NETWORKS:
        assert 0 < decimal(row["withdraw_fee"]) < decimal(row["withdraw_min"]), network_name(row)
        assert 0 < decimal(row["deposit_min"]) < LEDGER_LARGEST, network_name(row)


def test_fees_and_minimums_can_be_sent_and_kept_to_the_digit() -> None:
    for row in ASSET_NETWORKS:
        digits = min(int(row["decimals"]), int(ASSETS[row["asset"]]["precision"]))
        for column in ("withdraw_min", "withdraw_fee", "deposit_min"):
            assert places(row[column]) <= digits, f"{network_name(row)}: {column}"


# --- markets


def test_at_least_fifteen_hundred_pairs_each_once_and_none_turned_around() -> None:
    assert len(rows(MARKETS_CSV)) == len(MARKETS) >= 1500
    turned = {f"{row['quote']}_{row['base']}" for row in MARKETS.values()}
    assert turned & set(MARKETS) == set()


def test_a_symbol_is_its_base_and_its_quote_both_listed() -> None:
    for symbol, row in MARKETS.items():
        assert symbol == f"{row['base']}_{row['quote']}"
        assert row["base"] in ASSETS
        assert row["quote"] in ASSETS
        assert row["base"] != row["quote"]


def test_every_asset_trades_against_usdt_and_the_prominent_ones_against_more() -> None:
    against = Counter(row["quote"] for row in MARKETS.values())
    assert set(against) == {"USDT", "USDC", "BTC", "ETH"}
    assert {row["base"] for row in MARKETS.values() if row["quote"] == "USDT"} == set(ASSETS) - {
        "USDT"
    }
    assert all(against[quote] >= 100 for quote in against)


def test_markets_follow_the_rank_of_their_base() -> None:
    ranks = [int(ASSETS[row["base"]]["rank"]) for row in MARKETS.values()]
    assert ranks == sorted(ranks)


def test_a_price_times_a_size_is_exact_in_the_quote() -> None:
    for symbol, row in MARKETS.items():
        ticks, lots = int(row["price_precision"]), int(row["size_precision"])
        assert min(ticks, lots) >= 0, symbol
        assert ticks + lots <= int(ASSETS[row["quote"]]["precision"]), symbol
        assert lots <= int(ASSETS[row["base"]]["precision"]), symbol


def test_the_reference_price_is_a_whole_number_of_fine_ticks() -> None:
    for symbol, row in MARKETS.items():
        price, tick = (
            decimal(row["reference_price"]),
            Decimal(1).scaleb(-int(row["price_precision"])),
        )
        assert price > 0, symbol
        assert price % tick == 0, symbol
        assert Decimal("0.00000001") <= tick / price <= Decimal("0.0001"), symbol


def test_bitcoin_and_ether_have_the_precisions_people_expect() -> None:
    def precisions(symbol: str) -> tuple[str, str]:
        return MARKETS[symbol]["price_precision"], MARKETS[symbol]["size_precision"]

    assert precisions("BTC_USDT") == ("2", "5")
    assert precisions("ETH_USDT") == ("2", "4")


def test_sizes_are_whole_lots_and_the_largest_order_fits_a_counter() -> None:
    for symbol, row in MARKETS.items():
        lot = Decimal(1).scaleb(-int(row["size_precision"]))
        smallest, largest = decimal(row["min_size"]), decimal(row["max_size"])
        assert 0 < smallest < largest < LEDGER_LARGEST, symbol
        assert (smallest % lot, largest % lot) == (0, 0), symbol
        assert largest / lot <= LARGEST_BIGINT, symbol


def test_the_smallest_order_is_about_five_dollars_and_a_lot_is_less() -> None:
    dollars = {"USDT": Decimal(1), "USDC": Decimal(1)} | {
        quote: decimal(MARKETS[f"{quote}_USDT"]["reference_price"]) for quote in ("BTC", "ETH")
    }
    for symbol, row in MARKETS.items():
        notional, price = decimal(row["min_notional"]), decimal(row["reference_price"])
        assert 4 <= notional * dollars[row["quote"]] <= 6, symbol
        assert decimal(row["min_size"]) * price < notional, symbol
        assert places(row["min_notional"]) <= int(ASSETS[row["quote"]]["precision"]), symbol


def test_the_largest_order_is_worth_a_sane_amount() -> None:
    for row in MARKETS.values():
        if row["quote"] == "USDT":
            worth = decimal(row["max_size"]) * decimal(row["reference_price"])
            assert 300_000 <= worth <= 30_000_000, row["symbol"]


def test_fees_are_those_of_the_class() -> None:
    for symbol, row in MARKETS.items():
        rate = RATES[row["fee_class"]]
        assert (row["maker_rate"], row["taker_rate"]) == (rate, rate), symbol
    assert {row["fee_class"] for row in MARKETS.values()} == set(RATES)


def test_the_dozen_liquid_markets_are_these_and_all_are_trading() -> None:
    assert {row["status"] for row in MARKETS.values()} == {"trading"}
    assert {row["liquid"] for row in MARKETS.values()} == {"true", "false"}
    assert {symbol for symbol, row in MARKETS.items() if row["liquid"] == "true"} == LIQUID
    assert len(LIQUID) == 12


def test_the_liquid_cross_agrees_with_its_two_legs() -> None:
    def price(symbol: str) -> Decimal:
        return decimal(MARKETS[symbol]["reference_price"])

    implied = price("ETH_USDT") / price("BTC_USDT")
    assert abs(price("ETH_BTC") - implied) <= Decimal("0.000001")
