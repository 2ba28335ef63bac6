"""Fixtures of monitoring: members of staff by their role."""

from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
