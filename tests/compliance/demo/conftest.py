"""The demo's customers, with what their books need."""

from __future__ import annotations

import pytest

from compliance.demo import books
from exchange.accounts.models import Customer
from tests import factories
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401


@pytest.fixture
def _in_a_folder(settings, tmp_path):
    settings.VAR = tmp_path
    for code in ("BTC", "ETH", "SOL", "BMX", "USDT"):
        factories.asset(code)


@pytest.fixture
def maker(_in_a_folder) -> Customer:
    """The demo's market maker, who is on the other side of the everyday trades."""
    holder = factories.customer()
    holder.user.email = books.MAKER
    holder.user.save()
    for code in ("BTC", "ETH", "SOL", "USDT"):
        factories.fund(holder, code, "10000000")
    return holder
