"""One venue for all clients; each test trades in a market, or with people, of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ccxt
import pytest

from tests.conformance.venue import Venue


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Parallel runs (`--dist loadgroup`) keep these tests together: a venue is dear to start."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("venue"))


@pytest.fixture(scope="session")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    venue = Venue(tmp_path_factory.mktemp("venue"))
    try:
        venue.start()
        yield venue
    finally:
        venue.stop()


@pytest.fixture(scope="session")
def listed(venue: Venue) -> ccxt.bitmart:
    """What ccxt loads before anything else, once for all."""
    exchange = ccxt.bitmart({"urls": {"api": {"spot": venue.url, "swap": venue.url}}})
    exchange.load_markets()
    return exchange


@pytest.fixture
def client(venue: Venue, listed: ccxt.bitmart) -> Callable[..., ccxt.bitmart]:
    """ccxt as anybody would install it, with its address changed and nothing else."""

    def connect(person: str, label: str = "trade", **options: object) -> ccxt.bitmart:
        key = venue.key(person, label)
        exchange = ccxt.bitmart(
            {
                "apiKey": key.key,
                "secret": key.secret,
                "uid": key.memo,
                "urls": {"api": {"spot": venue.url, "swap": venue.url}},
                "enableRateLimit": False,
                **options,
            }
        )
        exchange.set_markets(listed.markets, listed.currencies)
        return exchange

    return connect
