"""What integrators send is read forgivingly in its form and strictly in its numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchange.api import errors
from exchange.api.errors import WireError
from exchange.api.parameters import (
    Amount,
    Choice,
    ClientOrderId,
    Fields,
    Many,
    Moment,
    OrderId,
    Parameter,
    Symbol,
    Text,
    Whole,
    body_fields,
)
from exchange.core.errors import Refused

SIZE = Amount(name="size")


def read(parameter: Parameter, body: str) -> Any:
    return parameter.read(body_fields(body.encode()))


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ('{"size": "0.5"}', "0.5"),
        ('{"size": 0.5}', "0.5"),
        ('{"size": 3}', "3"),
        ('{"size": " 2 "}', "2"),
        ('{"size": 0.1000000000000000055}', None),
        ('{"size": 0.123456789012345678}', "0.123456789012345678"),
        ('{"size": "12345678901234567890.000000000000000001"}',
         "12345678901234567890.000000000000000001"),
    ],
)  # fmt: skip
def test_an_amount_is_what_was_written_and_never_a_float(body: str, size: str | None) -> None:
    if size is None:
        with pytest.raises(Refused):
            read(SIZE, body)
    else:
        assert read(SIZE, body) == Decimal(size)


@pytest.mark.parametrize(
    "value",
    [
        '"NaN"', "NaN", '"Infinity"', "Infinity", "-Infinity", '"-1"', "-1", "-0.5", '"+1"',
        "1e5", "1E-5", '"1e5"', '"1e-05"', '"0x10"', '"1,5"', '"1_000"', '"1 000"', '".5"', '"5."',
        '"٣"', '"0"', "0", '"0.000"', '"abc"', "true", "[]", "{}", '["1"]',
        '"0.0000000000000000001"', '"123456789012345678901"', '"1\\u0000"', '"\\ud800"',
        '"' + "9" * 5000 + '"', "9" * 5000,
    ],
)  # fmt: skip
def test_an_amount_in_another_notation_is_refused_naming_the_field(value: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(SIZE, f'{{"size": {value}}}')

    said = errors.said_of(refusal.value)
    assert (said.code, said.status) == (50021, 400)
    assert "size" in said.message
    assert len(said.message) < 300


@pytest.mark.parametrize("value", ['""', '"  "', "null"])
def test_an_empty_value_is_an_absent_one(value: str) -> None:
    assert read(SIZE, f'{{"size": {value}}}') is None


@pytest.mark.parametrize(
    "name", ["clientOrderId", "client_order_id", "clientorderid", "CLIENT_ORDER_ID"]
)
def test_camel_case_and_snake_case_are_one_name(name: str) -> None:
    assert read(ClientOrderId(name="clientOrderId"), f'{{"{name}": "abc1"}}') == "abc1"


@pytest.mark.parametrize(
    ("parameter", "value", "read_as"),
    [
        (Symbol(name="symbol"), '"btc_usdt"', "BTC_USDT"),
        (Whole(name="limit", least=1, most=50, clamp=True), "500", 50),
        (Whole(name="limit", least=1, most=50, clamp=True), '"0"', 1),
        (Choice(name="side", among=["buy", "sell"]), '"BUY"', "buy"),
        (OrderId(name="orderId"), "17", 17),
        (OrderId(name="orderId"), '"17"', 17),
        (Moment(name="startTime"), "1700000000123",
         datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)),
        (Moment(name="after", unit_ms=1000), '"1700000000"',
         datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (Many(name="ids", of=OrderId(name="ids")), '["1", 2]', [1, 2]),
        (Text(name="note"), '"as it is"', "as it is"),
    ],
)  # fmt: skip
def test_other_kinds(parameter: Parameter, value: str, read_as: Any) -> None:
    assert read(parameter, f'{{"{parameter.name}": {value}}}') == read_as


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [
        (Symbol(name="symbol"), '"BTCUSDT"', 50001),
        (Symbol(name="symbol"), '"BTC_USDT;--"', 50001),
        (Choice(name="side", among=["buy", "sell"]), '"hold"', 52002),
        (Choice(name="type", among=["limit"]), '"stop"', 52001),
        (Choice(name="orderMode", among=["spot"]), '"cross"', 52000),
        (Choice(name="queryState", among=["open"]), '"all"', 52003),
        (Choice(name="stpMode", among=["none"]), '"never"', 50021),
        (ClientOrderId(name="clientOrderId"), '"' + "a" * 33 + '"', 50037),
        (ClientOrderId(name="clientOrderId"), '"a-b"', 50038),
        (ClientOrderId(name="clientOrderId"), '"ä"', 50038),
        (OrderId(name="orderId"), '"12ab"', 50005),
        (OrderId(name="orderId"), '"' + "9" * 30 + '"', 50005),
        (Moment(name="startTime"), '"yesterday"', 50021),
        (Moment(name="startTime"), "99999999999999999", 50021),
        (Whole(name="limit", most=5), "6", 50021),
        (Many(name="orderParams", of=[SIZE], most=2), "[{}, {}, {}]", 50033),
        (Many(name="orderParams", of=[SIZE], most=2), "[]", 50033),
        (Many(name="orderParams", of=[SIZE]), '{"0": {}}', 50021),
        (Many(name="orderParams", of=[SIZE]), "[1]", 50021),
    ],
)
def test_what_is_wrong_has_its_code(parameter: Parameter, value: str, code: int) -> None:
    with pytest.raises(Refused) as refusal:
        read(parameter, f'{{"{parameter.name}": {value}}}')

    assert errors.said_of(refusal.value).code == code


@pytest.mark.parametrize(
    ("name", "code"), [("size", 50010), ("price", 50011), ("notional", 50012), ("symbol", 50028)]
)
def test_what_is_missing_has_its_code(name: str, code: int) -> None:
    with pytest.raises(Refused) as refusal:
        Text(name=name, required=True).read(Fields({}))

    said = errors.said_of(refusal.value)
    assert said.code == code
    assert name in said.message


def test_an_empty_body_is_an_empty_object() -> None:
    assert body_fields(b"").raw("anything") is None
    with pytest.raises(WireError):
        body_fields(b"no")
