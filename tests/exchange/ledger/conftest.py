"""Fixtures of the ledger's tests."""

from tests.factories.trading import asleep  # noqa: F401
