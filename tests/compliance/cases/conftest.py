"""Staff in a browser, and no case drawn for review unless a test says so."""

from __future__ import annotations

import pytest

from compliance.cases import quality
from tests.exchange.portal.conftest import as_role, every_role, root  # noqa: F401


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch):
    monkeypatch.setattr(quality, "SHARE_PERCENT", 0)
