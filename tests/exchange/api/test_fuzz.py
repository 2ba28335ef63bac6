"""Whatever is sent, the answer is an envelope and never a defect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.accounts.models import Customer
from exchange.api.endpoints import ENDPOINTS, Endpoint
from exchange.api.limits import Limit
from tests.factories.integrators import Answer, Integrator

pytestmark = pytest.mark.django_db

assert get_resolver().url_patterns  # importing the routes declares the endpoints
FEW = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(["", "0", "-0", "1e5", "NaN", "٣", "0x1", " 1 ", "1\x00", "9" * 400, "1."]),
)
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "BTC_USDT",
            "NO_SUCH",
            "buy",
            "sell",
            "limit",
            "market",
            "ioc",
            "\ud800",
            "\x00",
            "a" * 300,
        ]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.api.endpoints.limit_of", lambda *_, **__: Limit(10**6, 1))


def body_of(draw: st.DrawFn, endpoint: Endpoint) -> dict[str, Any]:
    """Fields of that endpoint with values that are nearly right, and some it never heard of."""
    names = [parameter.name for parameter in endpoint.takes]
    right = {"symbol": "BTC_USDT", "side": "buy", "type": "limit", "size": "0.1", "price": "50000"}
    body = {name: right[name] for name in names if name in right and draw(st.booleans())}
    for name in names:
        if draw(st.booleans()):
            body[name] = draw(VALUES)
    return body | draw(st.dictionaries(st.text(max_size=10), VALUES, max_size=2))


@st.composite
def calls(draw: st.DrawFn) -> tuple[Endpoint, dict[str, Any]]:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    return endpoint, body_of(draw, endpoint)


def sound(answer: Answer) -> None:
    assert answer.status < 500
    assert answer.message
    assert isinstance(answer.code, int)
    assert answer.status == 200 or answer.code != 1000


@settings(FEW, max_examples=400)
@given(call=calls())
def test_no_fields_make_a_defect(
    call: tuple[Endpoint, dict[str, Any]], bot: Integrator, trader: Customer
) -> None:
    endpoint, body = call
    if endpoint.method == "GET":
        written = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        query = {
            k.encode("utf-8", "replace").decode(): v.encode("utf-8", "replace").decode()
            for k, v in written.items()
        }
        sound(bot.get(endpoint.path, **{k: v for k, v in query.items() if k != "path"}))
    else:
        sound(bot.post(endpoint.path, json.dumps(body).encode()))


@FEW
@given(body=st.binary(max_size=200), path=st.sampled_from([e.path for e in ENDPOINTS]))
def test_no_bytes_make_a_defect(body: bytes, path: str, bot: Integrator) -> None:
    sound(bot.post(path, body))


@FEW
@given(key=st.text(max_size=80), timestamp=st.text(max_size=30), sign=st.text(max_size=80))
def test_no_headers_make_a_defect_or_a_login(
    key: str, timestamp: str, sign: str, bot: Integrator
) -> None:
    def header(text: str) -> str:
        """As a server decodes what came over the wire: one character a byte."""
        return text.encode("utf-8", "replace").decode("latin-1")

    headers = {"key": header(key), "timestamp": header(timestamp), "sign": header(sign)}
    answer = bot.post("/spot/v4/cancel_all", **headers)

    sound(answer)
    assert answer.status == 401
    known = bot.post("/spot/v4/cancel_all", **{**headers, "key": bot.key})
    assert known.status == 401
