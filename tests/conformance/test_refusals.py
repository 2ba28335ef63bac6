"""What ccxt makes of every refusal, and that a refused call moved nothing."""

from __future__ import annotations

from collections.abc import Callable

import ccxt
import pytest
import requests

from tests.conformance.venue import Venue

pytestmark = pytest.mark.server

PAIR = "SOL/USDT"
Connect = Callable[..., ccxt.bitmart]


def order(exchange: ccxt.bitmart, amount: float = 1, price: float = 150) -> None:
    exchange.create_order(PAIR, "limit", "buy", amount, price)


@pytest.fixture(autouse=True)
def _nothing_moves(venue: Venue) -> object:
    def everything() -> list[tuple[int, ...]]:
        return venue.rows(
            "SELECT (SELECT count(*) FROM exchange_spotorder),"
            " (SELECT count(*) FROM exchange_ledgerentry),"
            " (SELECT count(*) FROM exchange_matchcommand)"
        )

    before = everything()
    yield
    assert everything() == before


def test_a_wrong_signature(client: Connect) -> None:
    exchange = client("taker")
    exchange.secret = "not the secret"

    with pytest.raises(ccxt.AuthenticationError, match="30005"):
        order(exchange)


def test_a_wrong_memo(client: Connect) -> None:
    exchange = client("taker")
    exchange.uid = "guess"

    with pytest.raises(ccxt.AuthenticationError, match="30005"):
        order(exchange)


@pytest.mark.parametrize("minutes", [-2, 2])
def test_a_clock_that_is_off(client: Connect, minutes: int) -> None:
    exchange = client("taker")
    exchange.options["timeDifference"] = minutes * 60_000

    with pytest.raises(ccxt.AuthenticationError, match="Header X-BM-TIMESTAMP") as refusal:
        order(exchange)
    assert "30007" in str(refusal.value)


def test_an_unknown_key(client: Connect) -> None:
    exchange = client("taker")
    exchange.apiKey = "nobody"

    with pytest.raises(ccxt.AuthenticationError, match="30002"):
        exchange.fetch_balance()


def test_a_key_that_may_only_read(client: Connect) -> None:
    exchange = client("taker", "read")
    assert exchange.fetch_balance()["USDT"]["total"]

    with pytest.raises(ccxt.AuthenticationError, match="30012"):
        order(exchange)


def test_a_key_of_another_address(client: Connect) -> None:
    with pytest.raises(ccxt.PermissionDenied, match="30010"):
        order(client("taker", "elsewhere"))


def test_more_than_one_has(client: Connect) -> None:
    with pytest.raises(ccxt.InsufficientFunds, match="50020"):
        order(client("poor"))


def test_less_than_the_minimum(client: Connect) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="51011"):
        order(client("taker"), amount=0.01)


def test_more_than_the_maximum(client: Connect) -> None:
    with pytest.raises(ccxt.InvalidOrder, match="50007"):
        order(client("taker"), amount=1001)


def test_a_pair_that_does_not_exist(client: Connect) -> None:
    with pytest.raises(ccxt.BadSymbol):
        client("taker").fetch_ticker("NO/SUCH")
    with pytest.raises(ccxt.BadSymbol, match="50001"):
        client("taker").private_post_spot_v2_submit_order(
            {"symbol": "NO_SUCH", "side": "buy", "type": "limit", "size": "1", "price": "1"}
        )


def test_what_does_not_exist_yet_is_an_honest_error(client: Connect) -> None:
    with pytest.raises(ccxt.ExchangeError, match="30000"):
        client("taker").fetch_isolated_borrow_rate("BTC/USDT")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/spot/v9/nothing", 404, 30000),
        ("GET", "/spot/v2/submit_order", 405, 57001),
        ("DELETE", "/system/time", 405, 57001),
        ("POST", "/spot/v2/submit_order", 401, 30001),
    ],
)
def test_every_answer_is_an_envelope(
    venue: Venue, method: str, path: str, status: int, code: int
) -> None:
    answer = requests.request(method, venue.url + path, timeout=10, headers={"Accept": "text/html"})

    assert answer.status_code == status
    body = answer.json()
    assert body["code"] == code
    assert body["message"]
    assert body["trace"] == answer.headers["X-Request-Id"]


def test_a_page_that_is_not_there_is_a_clean_404(venue: Venue) -> None:
    answer = requests.get(venue.url + "/no/such/path.json", timeout=10)

    assert answer.status_code == 404
    assert answer.json()["code"] == 30000
