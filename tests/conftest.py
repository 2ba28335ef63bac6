"""Fixtures that every test may use. One database start serves the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

# Fixtures of more than one room.
pytest_plugins = ["tests.factories.signer"]


@pytest.fixture(autouse=True, scope="session")
def _truncate_despite_the_guards() -> Iterator[None]:
    """Let TransactionTestCase empty the tables whose triggers refuse it to everybody else."""
    teardown = TransactionTestCase._fixture_teardown

    def unguarded(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        try:
            teardown(self)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = DEFAULT")

    TransactionTestCase._fixture_teardown = unguarded
    yield
    TransactionTestCase._fixture_teardown = teardown


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """What one test throttled or cached is not the next one's business."""
    if request.node.get_closest_marker("django_db"):
        cache.clear()
