"""Staff in their roles, second factor shown."""

from __future__ import annotations

from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
