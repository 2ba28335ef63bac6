"""All tables of a first migration are made at once, and data made step by step goes on."""

from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from exchange.core.tables import MakeTables

pytestmark = pytest.mark.django_db

ID = ("id", models.BigAutoField(primary_key=True))


def shelf_and_book() -> list[migrations.CreateModel]:
    """Each refers to the other, so neither could be made first."""
    favourite = models.ForeignKey("tests.Book", models.PROTECT, null=True, related_name="+")
    shelf = models.ForeignKey("tests.Shelf", models.PROTECT)
    number = models.IntegerField()
    once = models.UniqueConstraint(fields=["shelf", "number"], name="one_book_a_number")
    return [
        migrations.CreateModel("Shelf", [ID, ("favourite", favourite)]),
        migrations.CreateModel(
            "Book", [ID, ("shelf", shelf), ("number", number)], {"constraints": [once]}
        ),
    ]


def tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def test_tables_that_refer_to_each_other_are_made_with_what_ties_them_and_taken_away_again():
    make, before, after = MakeTables(shelf_and_book()), ProjectState(), ProjectState()
    make.state_forwards("tests", after)

    with connection.schema_editor() as editor:
        make.database_forwards("tests", editor, before, after)

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "tests_book")
        back = connection.introspection.get_constraints(cursor, "tests_shelf")
    assert found["one_book_a_number"]["columns"] == ["shelf_id", "number"]
    tied = [c["foreign_key"] for c in [*found.values(), *back.values()] if c["foreign_key"]]
    assert sorted(tied) == [("tests_book", "id"), ("tests_shelf", "id")]

    with connection.schema_editor() as editor:
        make.database_backwards("tests", editor, after, before)
    assert not tables() & {"tests_book", "tests_shelf"}


def test_what_is_made_at_once_is_remembered_as_if_made_one_by_one():
    at_once, one_by_one = ProjectState(), ProjectState()
    assert at_once.apps  # as in the middle of a migration
    MakeTables(shelf_and_book()).state_forwards("tests", at_once)
    for table in shelf_and_book():
        table.state_forwards("tests", one_by_one)

    assert at_once.models == one_by_one.models
    assert at_once.apps.get_model("tests", "book")._meta.get_field("shelf").related_model


def taken_at_once() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """First migrations that stand for the steps before them."""
    ours = ("exchange", "compliance", "wallets", "launchpad")
    disk = MigrationLoader(None).disk_migrations
    return {key: each.replaces for key, each in disk.items() if key[0] in ours and each.replaces}


def test_data_made_step_by_step_needs_nothing():
    rows = MigrationRecorder.Migration.objects
    for (app, name), steps in taken_at_once().items():
        rows.filter(app=app, name=name).delete()
        rows.bulk_create(MigrationRecorder.Migration(app=a, name=n) for a, n in steps)

    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ("exchange", "0001_squashed_0019"),
        ("launchpad", "0001_squashed_0008"),
        ("wallets", "0001_squashed_0014"),
    ],
)
def test_data_that_stopped_between_the_steps_is_refused_and_not_taken_for_whole(app, name):
    steps = taken_at_once()[app, name]
    rows = MigrationRecorder.Migration.objects
    rows.filter(app=app).delete()
    rows.bulk_create(MigrationRecorder.Migration(app=a, name=n) for a, n in steps[:-1])

    with pytest.raises(NodeNotFoundError, match="some of the replaced migrations are already"):
        MigrationLoader(connection)
