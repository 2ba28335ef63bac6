"""Each parameter of each endpoint, one at a time, at its bounds and beyond all sense.

The table is the exchange's own: an endpoint is covered by being declared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver

from exchange.accounts.models import Customer
from exchange.api.endpoints import ENDPOINTS, Endpoint
from exchange.api.limits import Limit
from exchange.api.parameters import (
    MAX_MS,
    Amount,
    Choice,
    Many,
    Moment,
    Parameter,
    Symbol,
    Whole,
)
from exchange.audit.models import AuditEvent
from exchange.core.errors import Refused
from exchange.ledger.models import LedgerEntry
from tests import factories
from tests.factories.integrators import Answer, Integrator, integrator

pytestmark = pytest.mark.django_db

assert get_resolver().url_patterns  # importing the routes declares the endpoints
NONSENSE: tuple[Any, ...] = ("a\x00b", "1e400", [], "٣", "9" * 400, "-1", {"a": 1}, True, "NaN")
MOST = "9" * 20 + "." + "9" * 18


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.api.endpoints.limit_of", lambda *_, **__: Limit(10**6, 1))


@pytest.fixture
def poor(btc_usdt: Any) -> Integrator:
    """A program that may do everything, of somebody who has nothing."""
    networks = ["203.0.113.0/24"]
    return integrator(factories.customer(), can_withdraw=True, allowed_ips=networks)


def right(parameter: Parameter) -> Any:
    """A value that the parameter takes."""
    match parameter:
        case Symbol():
            return "BTC_USDT"
        case Whole():
            return max(parameter.least, 1)
        case Moment():
            return "1"
        case Choice():
            return parameter.among[0]
        case Many():
            of = parameter.of
            return [right(of) if isinstance(of, Parameter) else {p.name: right(p) for p in of}]
    return {"currency": "USDT", "coin": "USDT"}.get(parameter.name, "1")


def bounds(parameter: Parameter) -> tuple[Any, ...]:
    """The largest values that the parameter still takes."""
    match parameter:
        case Whole():
            return (str(min(2**31, parameter.most)), str(parameter.most), str(parameter.least))
        case Amount():
            return (MOST, "0.000000000000000001")
        case Moment():
            return (str(MAX_MS // parameter.unit_ms),)
        case Many():
            return (right(parameter) * parameter.most,)
    return ("🙂" * 200, "x" * 200)


def is_refused(parameter: Parameter, value: Any) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()):
        return False
    try:
        parameter.parse(value)
    except Refused:
        return True
    return False


def calls(endpoint: Endpoint) -> Iterator[tuple[Parameter, Any]]:
    for parameter in endpoint.takes:
        for value in (*NONSENSE, *bounds(parameter)):
            yield parameter, value


def send(bot: Integrator, endpoint: Endpoint, fields: dict[str, Any]) -> Answer:
    if endpoint.method == "POST":
        return bot.post(endpoint.path, fields)
    written = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }
    query = {name: value for name, value in written.items() if name != "path"}
    return bot.answer(
        bot.client.get(
            endpoint.path,
            query,
            headers=bot.signed(b"") if bot.key else {},
            REMOTE_ADDR=bot.ip,
        )
    )


def test_no_value_of_any_parameter_makes_a_defect_or_is_taken_for_another(poor):
    entries, people = LedgerEntry.objects.count(), Customer.objects.count()
    broken, taken = set(), set()
    for endpoint in ENDPOINTS:
        whole = {parameter.name: right(parameter) for parameter in endpoint.takes}
        for parameter, value in calls(endpoint):
            answer = send(poor, endpoint, {**whole, parameter.name: value})
            what = f"{endpoint.bucket} {parameter.name}={str(value)[:12]!r}"
            if answer.status >= 500:
                broken.add(what)
            if endpoint.method == "POST" and answer.code == 1000 and is_refused(parameter, value):
                taken.add(what)
    assert sorted(broken) == []
    assert sorted(taken) == []
    assert (LedgerEntry.objects.count(), Customer.objects.count()) == (entries, people)


def test_what_cannot_be_done_without_is_asked_for_by_name(poor):
    silent = []
    for endpoint in ENDPOINTS:
        for parameter in endpoint.takes:
            if not parameter.required:
                continue
            whole = {each.name: right(each) for each in endpoint.takes}
            del whole[parameter.name]
            answer = send(poor, endpoint, whole)
            if answer.code == 1000 or answer.status >= 500:
                silent.append(f"{endpoint.bucket} without {parameter.name}: {answer.message}")
    assert silent == []


def test_every_address_refuses_the_methods_it_does_not_have(poor):
    by_path: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS:
        by_path.setdefault(endpoint.path, set()).add(endpoint.method)
    for path, methods in by_path.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - methods:
            answer = poor.client.generic(method, path, REMOTE_ADDR=poor.ip)
            assert answer.status_code == 405, f"{method} {path}"


def test_whoever_signs_nothing_or_with_another_key_is_let_in_nowhere(poor):
    stranger = Integrator()
    entries = AuditEvent.objects.count()
    for endpoint in ENDPOINTS:
        if not endpoint.access.is_signed:
            continue
        whole = {parameter.name: right(parameter) for parameter in endpoint.takes}
        payload = json.dumps(whole).encode()
        for told in (
            send(stranger, endpoint, whole),
            poor.post(endpoint.path, payload, sign="0" * 64)
            if endpoint.method == "POST"
            else send(stranger, endpoint, whole),
            poor.post(endpoint.path, payload, timestamp="1")
            if endpoint.method == "POST"
            else send(stranger, endpoint, whole),
        ):
            assert told.status == 401, f"{endpoint.bucket}: {told.message}"
    assert AuditEvent.objects.count() == entries
