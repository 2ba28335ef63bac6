"""The audit log can be read by many, appended to by the exchange, and changed by nobody unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from exchange.audit import chain, seal
from exchange.audit.chain import Head
from exchange.audit.models import AuditEvent, AuditSeal, AuditWaiting
from exchange.audit.record import record
from exchange.audit.verify import verify
from exchange.core.locks import Lock, hold
from tests.factories import SYSTEM

pytestmark = pytest.mark.django_db


def events(count: int) -> list[AuditEvent]:
    return [
        record(actor=SYSTEM, verb="tests.happen", after={"number": number, "share": 0.1})
        for number in range(count)
    ]


@contextmanager
def as_database_owner() -> Iterator[None]:
    """Tamper as somebody can who owns the server: the guards are off for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def tamper(sql: str, *parameters: object) -> None:
    with as_database_owner(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount == 1


def test_an_untouched_log_verifies_to_its_head():
    events(7)
    assert seal.seal_waiting() == 7

    report = verify()

    assert report.broken is None
    assert report.checked == 7
    assert report.head == chain.head()
    assert AuditWaiting.objects.count() == 0


def test_events_are_sealed_in_the_order_of_their_ids_and_only_once(monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 3)
    written = [event.pk for event in events(8)]

    assert seal.seal_waiting() == 8
    assert seal.seal_waiting() == 0

    assert (
        list(AuditSeal.objects.order_by("position").values_list("event_id", flat=True)) == written
    )
    assert verify().broken is None


def test_one_run_of_the_sealer_takes_a_bounded_number_of_batches(monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 3)
    events(8)

    assert seal.seal_waiting(batches=2) == 6


def test_an_event_that_commits_late_is_sealed_late():
    first, second = events(2)
    AuditWaiting.objects.filter(event=first).delete()  # as if its transaction were still open
    seal.seal_waiting()
    AuditWaiting.objects.create(event=first)
    seal.seal_waiting()

    assert list(AuditSeal.objects.order_by("position").values_list("event_id", flat=True)) == [
        second.pk,
        first.pk,
    ]
    assert verify().broken is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'somebody else'"),
        ("at", "at + interval '1 microsecond'"),
        ("reason", "'a better reason'"),
        ("after", """'{"number": 3, "share": 0.10}'"""),
        ("ip", "'192.0.2.1'"),
        ("user_id", "42"),
    ],
)
def test_a_changed_event_is_named(column, value):
    written = events(6)
    seal.seal_waiting()

    tamper(f"UPDATE exchange_auditevent SET {column} = {value} WHERE id = %s", written[3].pk)

    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.position, broken.event_id) == ("altered event", 4, written[3].pk)


def test_a_removed_event_is_named():
    written = events(6)
    seal.seal_waiting()

    tamper("DELETE FROM exchange_auditevent WHERE id = %s", written[2].pk)

    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.position, broken.event_id) == ("missing event", 3, written[2].pk)


def test_an_event_removed_together_with_its_seal_leaves_a_gap():
    written = events(6)
    seal.seal_waiting()

    tamper("DELETE FROM exchange_auditseal WHERE position = 3")
    tamper("DELETE FROM exchange_auditevent WHERE id = %s", written[2].pk)

    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.position) == ("gap", 3)


def test_a_changed_seal_is_told_apart_from_a_changed_event():
    written = events(6)
    seal.seal_waiting()

    tamper("UPDATE exchange_auditseal SET digest = sha256('x') WHERE position = 3")

    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.position, broken.event_id) == ("altered seal", 3, written[2].pk)


def test_two_events_that_changed_places_are_noticed():
    first, second, *_ = events(4)
    seal.seal_waiting()

    tamper("UPDATE exchange_auditseal SET event_id = 0 WHERE position = 1")
    tamper("UPDATE exchange_auditseal SET event_id = %s WHERE position = 2", first.pk)
    tamper("UPDATE exchange_auditseal SET event_id = %s WHERE position = 1", second.pk)

    broken = verify().broken
    assert broken is not None
    assert broken.position == 1


def test_a_noted_head_shows_that_the_end_was_cut_off():
    written = events(6)
    seal.seal_waiting()
    noted = chain.head()

    tamper("DELETE FROM exchange_auditseal WHERE position = 6")
    tamper("DELETE FROM exchange_auditevent WHERE id = %s", written[5].pk)

    assert verify().broken is None  # nothing inside the database can know
    broken = verify(noted=noted).broken
    assert broken is not None
    assert (broken.kind, broken.position) == ("cut off", 6)


def test_a_noted_head_shows_that_the_whole_chain_was_made_anew():
    events(6)
    seal.seal_waiting()
    noted = chain.head()

    with as_database_owner(), connection.cursor() as cursor:
        cursor.execute("UPDATE exchange_auditevent SET actor = 'nobody'")
        cursor.execute("DELETE FROM exchange_auditseal")
        cursor.execute("INSERT INTO exchange_auditwaiting SELECT id FROM exchange_auditevent")
    seal.seal_waiting()

    assert verify().broken is None
    broken = verify(noted=noted).broken
    assert broken is not None
    assert (broken.kind, broken.position) == ("rewritten", 6)


def test_an_old_event_that_was_kept_from_the_sealer_is_named():
    written = events(3)
    AuditWaiting.objects.filter(event=written[1]).delete()
    seal.seal_waiting()
    assert verify().broken is None  # it may still be under way

    tamper(
        "UPDATE exchange_auditevent SET at = at - interval '1 hour' WHERE id = %s", written[1].pk
    )

    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.event_id) == ("unsealed event", written[1].pk)


def test_the_command_ends_with_an_error_that_names_the_row():
    written = events(3)
    seal.seal_waiting()
    call_command("audit_verify", noted=Head(*chain.head()))
    tamper("UPDATE exchange_auditevent SET verb = 'x' WHERE id = %s", written[1].pk)

    with pytest.raises(CommandError, match=rf"altered event at position 2, event {written[1].pk}"):
        call_command("audit_verify")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exchange_auditevent SET reason = 'x'",
        "DELETE FROM exchange_auditevent",
        "TRUNCATE exchange_auditevent CASCADE",
        "UPDATE exchange_auditseal SET digest = '\\x00'",
        "DELETE FROM exchange_auditseal",
    ],
)
def test_the_database_refuses_to_change_the_log_even_for_its_owner(statement):
    events(1)
    seal.seal_waiting()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending, for TRUNCATE
    with pytest.raises(DatabaseError, match="rows of exchange_audit.* are written once"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture
def as_application():
    """The application's role, with the privileges that a real installation gives it."""
    guards = import_module("exchange.migrations._guards")
    with connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN CREATE ROLE holdfast_app; EXCEPTION WHEN duplicate_object THEN END $$"
        )
        cursor.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO holdfast_app;"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO holdfast_app"
        )
        cursor.execute(guards.PRIVILEGES.format(tables=", ".join(guards.WRITTEN_ONCE)))
        cursor.execute("SET LOCAL ROLE holdfast_app")
        yield
        cursor.execute("RESET ROLE")


def test_the_application_can_write_and_seal_the_log(as_application):
    events(2)

    assert seal.seal_waiting() == 2


@pytest.mark.parametrize("table", ["exchange_auditevent", "exchange_auditseal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_has_no_privilege_to_change_the_log(as_application, table, statement):
    statement = statement.format(table)
    if table == "exchange_auditseal":
        statement = statement.replace("id =", "position =")

    with pytest.raises(DatabaseError, match=f"permission denied for table {table}"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE exchange_auditevent DISABLE TRIGGER written_once",
    ],
)
def test_the_application_can_not_switch_the_guards_off(as_application, statement):
    with pytest.raises(DatabaseError, match="permission denied|must be owner"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_event_outside_a_transaction_is_refused(monkeypatch):
    monkeypatch.setattr(connection, "in_atomic_block", False)
    with pytest.raises(RuntimeError, match="belongs to the transaction"):
        record(actor=SYSTEM, verb="tests.happen")


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_stands_aside_while_one_is_at_work():
    from threading import Thread

    with transaction.atomic():
        events(2)
    counts: list[int] = []

    def other_sealer() -> None:
        counts.append(seal.seal_waiting())
        connection.close()

    with transaction.atomic():
        hold(Lock.AUDIT_SEAL)
        thread = Thread(target=other_sealer)
        thread.start()
        thread.join(timeout=5)

    assert counts == [0]
    assert seal.seal_waiting() == 2
