"""Fixtures of the ledger's tests."""

from tests.factories.trading import asleep, in_our_transaction  # noqa: F401
