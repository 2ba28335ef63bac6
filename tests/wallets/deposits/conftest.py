"""A customer with an address, and a chain that pays it."""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import wallets as made
from tests.factories.blocks import Chain


@pytest.fixture
def btc():
    """Bitcoin: two confirmations, deposits from 0.0001; a follower's tip at block 100."""
    return made.asset_network("BTC", made.network("BTC", confirmations=2), precision=12)


@pytest.fixture
def chain(btc):
    return Chain(btc.network)


@pytest.fixture
def anna():
    return factories.customer()


@pytest.fixture
def hers(anna, btc):
    return made.address(made.key_set(btc.network), key="bcrt1qanna", customer_id=anna.pk)
