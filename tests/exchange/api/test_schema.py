"""The description is complete, committed, and what is answered is what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from exchange.accounts.models import Customer
from exchange.api import schema
from exchange.api.endpoints import ENDPOINTS, Endpoint
from tests import factories
from tests.factories import wallets
from tests.factories.blocks import Chain, pays
from tests.factories.integrators import Integrator, integrator
from wallets.addresses import issue
from wallets.deposits.models import Deposit
from wallets.history.queries import FIRST_DEPOSIT_NUMBER

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden" / "schema.json"
# The paths of the official client that belong to spot trading of the first slice.
OFFICIAL = {
    "/system/time", "/system/service", "/account/v1/currencies", "/account/v1/wallet",
    "/spot/v1/currencies", "/spot/v1/symbols", "/spot/v1/symbols/details",
    "/spot/quotation/v3/tickers", "/spot/quotation/v3/ticker", "/spot/quotation/v3/lite-klines",
    "/spot/quotation/v3/klines", "/spot/quotation/v3/books", "/spot/quotation/v3/trades",
    "/spot/v1/wallet", "/spot/v2/submit_order", "/spot/v4/batch_orders", "/spot/v3/cancel_order",
    "/spot/v4/cancel_orders", "/spot/v4/cancel_all", "/spot/v4/query/order",
    "/spot/v4/query/client-order", "/spot/v4/query/open-orders", "/spot/v4/query/history-orders",
    "/spot/v4/query/trades", "/spot/v4/query/order-trades", "/spot/v1/user_fee",
    "/spot/v1/trade_fee", "/contract/public/details",
    "/account/sub-account/main/v1/sub-to-main", "/account/sub-account/sub/v1/sub-to-main",
    "/account/sub-account/main/v1/main-to-sub", "/account/sub-account/main/v1/sub-to-sub",
    "/account/sub-account/main/v1/transfer-list", "/account/sub-account/v1/transfer-history",
    "/account/sub-account/main/v1/wallet", "/account/sub-account/main/v1/subaccount-list",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _routes() -> None:
    """Importing the routes is what declares the endpoints."""
    assert get_resolver().url_patterns


def described() -> dict[str, Any]:
    return json.loads(json.dumps(schema.document()))


def test_the_description_is_the_committed_one() -> None:
    """After a change that is meant: `python -m tests.exchange.api.golden.write`."""
    assert described() == json.loads(GOLDEN.read_text("utf8"))


def test_it_is_served_to_programs_and_to_people() -> None:
    served = Client().get("/api/schema.json")
    assert served["Content-Type"] == "application/json"
    assert served.json() == described()

    page = Client().get("/api/docs").content.decode()
    assert "/spot/v2/submit_order" in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_every_path_of_the_official_client_is_there() -> None:
    assert OFFICIAL <= described()["paths"].keys()


def test_every_endpoint_says_what_it_is_for() -> None:
    for endpoint in ENDPOINTS:
        assert endpoint.answer.__doc__, endpoint.path
        assert endpoint.gives is not None


def misfits(shape: Any, value: Any, at: str) -> list[str]:
    """Where a value is not of its declared shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or shape.keys() != value.keys():
            return [f"{at}: fields {sorted(shape)} are {value!r}"]
        return [bad for name in shape for bad in misfits(shape[name], value[name], f"{at}.{name}")]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at}: is no list"]
        return [bad for n, row in enumerate(value) for bad in misfits(shape[0], row, f"{at}[{n}]")]
    kind = {"string": str, "integer": int, "boolean": bool}[shape]
    return [] if type(value) is kind else [f"{at}: {value!r} is no {shape}"]


@pytest.mark.django_db(transaction=True)
def test_every_answer_has_the_declared_shape(
    trader: Customer, stranger: Integrator, settings: Any
) -> None:
    """Each endpoint is called once, after orders that rest, trade and were cancelled."""
    bot = integrator(trader)
    order = {"symbol": "BTC_USDT", "side": "buy", "type": "limit", "size": "0.01", "price": "49000"}

    children = [Customer.objects.create(parent=trader, name=n) for n in ("child", "second")]
    factories.fund(children[0], "USDT", "10")

    def submit(**changed: str) -> str:
        return bot.post("/spot/v2/submit_order", {**order, **changed}).data["order_id"]

    submit(clientOrderId="mine")
    gone, gone2 = submit(), submit()
    bot.post("/spot/v3/cancel_order", {"order_id": gone2})
    submit(side="sell", price="51000")
    traded = submit(price="51000", stpMode="none")
    ids = {"orderId": traded, "clientOrderId": "mine", "symbol": "BTC_USDT"}
    inputs: dict[str, dict[str, Any]] = {
        "/spot/v2/submit_order": order,
        "/spot/v1/submit_order": order,
        "/spot/v4/batch_orders": {"symbol": "BTC_USDT", "orderParams": [order]},
        "/spot/v3/cancel_order": {"order_id": gone},
        "/spot/v2/cancel_order": {"clientOrderId": "mine"},
        "/spot/v4/cancel_orders": {"orderIds": [traded, "7"]},
        "/spot/v4/cancel_all": {"symbol": "ETH_USDT"},
        "/spot/v4/query/open-orders": {},
        "/spot/v4/query/history-orders": {},
        "/spot/v4/query/trades": {},
        "/spot/v2/order_detail": {"orderId": traded},
        "/spot/v1/trades": {},
    }
    move = {"amount": "1", "currency": "USDT", "subAccount": "child"}
    sub = "/account/sub-account"
    for number, path in enumerate(("main/v1/main-to-sub", "main/v1/sub-to-main")):
        inputs[f"{sub}/{path}"] = {**move, "requestNo": str(number)}
    inputs[f"{sub}/main/v1/sub-to-sub"] = {
        **move, "fromAccount": "child", "toAccount": "second", "requestNo": "s2s"
    }  # fmt: skip
    inputs[f"{sub}/main/v1/wallet"] = {"subAccount": "child"}
    inputs[f"{sub}/main/v1/transfer-list"] = inputs[f"{sub}/v1/transfer-history"] = {"N": 5}

    erc20 = wallets.evm_keys(wallets.network("ERC20")).network
    listed = wallets.asset_network("ETH", erc20, precision=18, decimals=18)
    inputs["/account/v1/deposit/address"] = {"currency": "ETH"}
    settings.CHAIN_ENVIRONMENT = {"EVM_RPC_URL": "http://127.0.0.1:9", "EVM_CHAIN_ID": "31337"}
    inputs["/account/v1/withdraw/charge"] = {"currency": "ETH"}
    own = issue.issue(customer_id=trader.pk, network_id=erc20.pk, actor=factories.SYSTEM)
    Chain(erc20).mine(pays(own, "1", listed))
    inputs["/account/v2/deposit-withdraw/history"] = {"operation_type": "deposit"}
    number = FIRST_DEPOSIT_NUMBER + Deposit.objects.get().pk
    inputs["/account/v1/deposit-withdraw/detail"] = {"id": number}

    def answered(endpoint: Endpoint) -> Any:
        body = inputs.get(endpoint.path, ids)
        if endpoint.path == "/spot/v3/orders":
            query = "symbol=BTC_USDT&status=8"
            response = bot.client.get(
                f"{endpoint.path}?{query}", headers=bot.signed(query.encode())
            )
            return bot.answer(response)
        if endpoint.method == "GET":
            return bot.get(endpoint.path, **body)
        return bot.post(endpoint.path, body)

    # Of a child, of a key that may withdraw, of staff: conformance and compliance have those.
    elsewhere = {
        "/account/sub-account/sub/v1/sub-to-main",
        "/account/v1/withdraw/apply",
        "/compliance/v1/screen_name",
    }
    checked = [
        endpoint
        for endpoint in ENDPOINTS
        # The launchpad's rooms check theirs beside their own tests, where there is something to do.
        if endpoint.path not in elsewhere and not endpoint.path.startswith("/launchpad/")
    ]
    for endpoint in sorted(checked, key=lambda e: "cancel" in e.path):
        answer = answered(endpoint)
        assert answer.code == 1000, (endpoint.path, answer.message)
        assert misfits(endpoint.gives, answer.data, endpoint.path) == []
        assert answer.data is not None


def test_a_number_of_a_refusal_means_one_thing_in_every_room() -> None:
    """And none is one that the wire uses for something else."""
    means: dict[int, set[str]] = {}
    for endpoint in ENDPOINTS:
        for kind, number in endpoint.refusals.items():
            means.setdefault(number, set()).add(kind.code)
    assert means
    assert [number for number, codes in means.items() if len(codes) > 1] == []
    assert all(54000 < number < 54500 for number in means)


def test_refusals_with_numbers_are_described_and_explained() -> None:
    told = described()["paths"]["/launchpad/v1/sales/commit"]["post"]["x-refusals"]

    assert {"code": 54105, "means": "More than the customer's tier allows."} in told
    assert all(each["means"] for each in told)
