"""What every test of the wire starts from: a market, and an integrator who has money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from exchange.accounts.models import Customer
from exchange.api import throttle
from exchange.markets import queries
from exchange.markets.models import Market
from tests import factories
from tests.factories.integrators import Integrator, integrator


@pytest.fixture(autouse=True)
def _fresh_lists() -> None:
    queries.forget_lists()


@pytest.fixture
def own_limits(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Buckets in a Valkey database that no other test empties, and that may answer slowly."""
    monkeypatch.setattr(throttle, "ANSWER_SECONDS", 30.0)
    settings.REDIS_URL = settings.REDIS_URL.rpartition("/")[0] + "/14"
    throttle._script.cache_clear()
    throttle._Pause.until = 0.0
    yield
    throttle._script.cache_clear()
    throttle._Pause.until = 0.0


@pytest.fixture
def btc_usdt(db: None) -> Market:
    return factories.market("BTC_USDT")


@pytest.fixture
def trader(btc_usdt: Market) -> Customer:
    """Has 1 BTC and 100,000 USDT."""
    holder = factories.customer()
    factories.fund(holder, "BTC", "1")
    factories.fund(holder, "USDT", "100000")
    return holder


@pytest.fixture
def bot(trader: Customer) -> Integrator:
    """The trader's program."""
    return integrator(trader)


@pytest.fixture
def stranger() -> Integrator:
    """Somebody without a key."""
    return Integrator()
