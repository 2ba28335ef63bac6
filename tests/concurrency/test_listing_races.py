"""Two sweeps that find the same listing due at once open it once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core import clock
from launchpad.listings import opening, road
from launchpad.listings.models import Listing
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.factories import wallets as rows
from tests.launchpad.listings import conftest as made

pytestmark = pytest.mark.django_db(transaction=True)


def two_sweeps(monkeypatch: pytest.MonkeyPatch) -> int:
    """How often deposits were announced, and whether both sweeps say that they opened something."""
    rows.network("ERC20")
    usdt = factories.asset("USDT", precision=12)
    listing = made.scheduled(factories.customer(), usdt, made.manager())
    at = clock.now() + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(opening.road, "move", Meeting().before(road.move))

    def sweep() -> int:
        with clock.held_at(at):
            return opening.open_one(listing.pk)

    taken = together([sweep, sweep])
    assert all(isinstance(each, int) for each in taken), taken
    assert Listing.objects.get(pk=listing.pk).stage == "deposits"
    assert sum(taken) == listing.events.filter(kind="deposits").count()
    return sum(taken)


def test_two_sweeps_at_once_open_deposits_once(monkeypatch):
    assert two_sweeps(monkeypatch) == 1


def test_without_the_listing_s_lock_both_open_them(monkeypatch):
    """The control."""
    monkeypatch.setattr(road, "locked", road.found)
    assert two_sweeps(monkeypatch) == 2
