"""Fixtures for races."""

from tests.factories.trading import asleep  # noqa: F401
