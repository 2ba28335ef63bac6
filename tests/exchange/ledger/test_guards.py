"""What PostgreSQL refuses, whoever asks: the superuser first, then the application's own role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal as D

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from exchange.ledger import accounts
from exchange.ledger.models import LedgerAccount, LedgerEntry, Posting
from exchange.ledger.post import transfer
from tests import factories

pytestmark = pytest.mark.django_db


class Books:
    """One customer with 10 BTC and 1,000 USDT, and the house; balances by account."""

    def __init__(self) -> None:
        factories.market("BTC_USDT")
        self.who = factories.customer()
        factories.fund(self.who, "BTC", "10")
        factories.fund(self.who, "USDT", "1000")
        self.btc, self.usdt = (self.account(code) for code in ("BTC", "USDT"))
        self.custody = accounts.house_account(
            asset_id=factories.asset("BTC").pk, purpose=accounts.CUSTODY
        )
        self.before = self.all()
        self.moved = False

    def account(self, code: str) -> int:
        asset_id = factories.asset(code).pk
        return accounts.customer_accounts([(self.who.pk, asset_id)])[self.who.pk, asset_id]

    def all(self) -> tuple[object, ...]:
        """Every row of the ledger."""
        return tuple(
            list(model.objects.order_by("pk").values_list())
            for model in (LedgerAccount, LedgerEntry, Posting)
        )


@pytest.fixture
def books() -> Iterator[Books]:
    """A refused statement has changed nothing; a test that does move something says so."""
    books = Books()
    yield books
    assert books.moved or books.all() == books.before


def sql(statement: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def entry(reference: str = "x") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_ledgerentry (kind, reference) VALUES ('test', %s) RETURNING id",
            [reference],
        )
        return cursor.fetchone()[0]


def posting(entry_id: int, *legs: tuple[int, str, str]) -> None:
    """Insert (account, available, held) postings by one statement."""
    values = ", ".join(["(%s, %s, %s, %s)"] * len(legs))
    sql(
        f"INSERT INTO exchange_posting (entry_id, account_id, available, held) VALUES {values}",
        *(value for leg in legs for value in (entry_id, *leg)),
    )


@contextmanager
def refused(by: str) -> Iterator[None]:
    """The statement is refused by the constraint, or with the words, that `by` names."""
    with pytest.raises(DatabaseError) as told, transaction.atomic():
        yield
    cause = told.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert by in (cause.diag.constraint_name or "", *str(cause).split(": "), *str(cause).split())


# Sums -------------------------------------------------------------------------------------------


def test_one_posting_alone_does_not_balance(books):
    with refused(by="entry_balances"):
        posting(entry(), (books.btc, "1", "0"))


def test_legs_that_do_not_cancel_do_not_balance(books):
    with refused(by="entry_balances"):
        posting(entry(), (books.custody, "-1", "0"), (books.btc, "1.000000000000000001", "0"))


def test_legs_that_cancel_across_assets_do_not_balance(books):
    """A zero sum over all is not enough: one USDT is not one BTC."""
    with refused(by="entry_balances"):
        posting(entry(), (books.btc, "1", "0"), (books.usdt, "-1", "0"))


def test_entries_that_cancel_one_another_do_not_balance(books):
    with refused(by="entry_balances"):
        first, second = entry("a"), entry("b")
        sql(
            "INSERT INTO exchange_posting (entry_id, account_id, available, held)"
            " VALUES (%s, %s, 1, 0), (%s, %s, -1, 0)",
            first, books.btc, second, books.custody,
        )  # fmt: skip


def test_one_unbalanced_entry_among_a_thousand_takes_the_statement_with_it(books):
    with refused(by="entry_balances"):
        sql(
            "WITH e AS (INSERT INTO exchange_ledgerentry (kind, reference)"
            "           SELECT 'test', 'n' || n FROM generate_series(1, 1000) n RETURNING id)"
            " SELECT count(*) FROM e"
        )
        sql(
            "INSERT INTO exchange_posting (entry_id, account_id, available, held)"
            " SELECT id, %s, 0.001, 0 FROM exchange_ledgerentry WHERE reference LIKE 'n%%'"
            " UNION ALL SELECT id, %s, CASE reference WHEN 'n777' THEN -0.0011 ELSE -0.001 END, 0"
            "  FROM exchange_ledgerentry WHERE reference LIKE 'n%%'",
            books.btc, books.custody,
        )  # fmt: skip


def test_copy_is_checked_like_any_other_statement(books):
    with refused(by="entry_balances"):
        made = entry()
        with connection.cursor() as cursor, connection.wrap_database_errors:
            with cursor.copy(
                "COPY exchange_posting (entry_id, account_id, available, held) FROM STDIN"
            ) as copy:
                copy.write(f"{made}\t{books.btc}\t5\t0\n{made}\t{books.custody}\t-4\t0\n")


def test_the_two_halves_of_an_entry_must_come_in_one_statement(books):
    with refused(by="entry_balances"):
        made = entry()
        posting(made, (books.btc, "1", "0"))
        posting(made, (books.custody, "-1", "0"))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_not_a_number_is_refused(books, amount):
    with pytest.raises(DatabaseError), transaction.atomic():
        posting(entry(), (books.btc, amount, "0"), (books.custody, amount, "0"))


# Below zero -------------------------------------------------------------------------------------


def test_more_than_there_is_cannot_be_taken(books):
    with refused(by="ledger_account_not_overdrawn"):
        posting(
            entry(),
            (books.btc, "-10.000000000000000001", "0"),
            (books.custody, "10.000000000000000001", "0"),
        )  # noqa: E501


def test_what_is_held_cannot_go_below_zero_though_the_sum_stays_positive(books):
    with refused(by="ledger_account_not_overdrawn"):
        posting(entry(), (books.btc, "5", "-5"))


def test_an_account_may_dip_below_zero_within_an_entry_but_not_after_it(books):
    """Legs of one account are added up first; what counts is where they end."""
    with transaction.atomic():
        posting(entry(), (books.btc, "-12", "0"), (books.btc, "12", "0"))
        transaction.set_rollback(True)
    with refused(by="ledger_account_not_overdrawn"):
        posting(entry(), (books.btc, "-12", "0"), (books.btc, "1", "0"), (books.custody, "11", "0"))


def test_a_customer_cannot_be_made_one_who_may_go_negative(books):
    with refused(by="customers_never_negative"):
        sql(
            "INSERT INTO exchange_ledgeraccount (owner_kind, owner_id, purpose, asset_id,"
            " available, held, may_be_negative) VALUES ('customer', 9, 'spot', %s, 0, 0, true)",
            factories.asset("BTC").pk,
        )


# Old entries and missing accounts ---------------------------------------------------------------


def test_nothing_is_posted_to_an_account_that_is_not_there(books):
    with refused(by="posting_names_an_account"):
        posting(entry(), (10**15, "1", "0"), (10**15, "-1", "0"))


def test_nothing_is_posted_to_an_entry_that_is_not_there(books):
    with refused(by="posting_belongs_to_new_entry"):
        posting(10**15, (books.btc, "1", "0"), (books.custody, "-1", "0"))


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_an_entry_of_an_earlier_transaction(books):
    old = LedgerEntry.objects.latest("pk").pk
    with refused(by="posting_belongs_to_new_entry"):
        posting(old, (books.btc, "1", "0"), (books.custody, "-1", "0"))


@pytest.mark.django_db(transaction=True)
def test_an_entry_cannot_be_backdated_into_this_transaction(books):
    """The column that says which transaction made an entry is as immutable as the rest."""
    old = LedgerEntry.objects.latest("pk").pk
    with refused(by="UPDATE refused"):
        sql("UPDATE exchange_ledgerentry SET posted_in = pg_current_xact_id() WHERE id = %s", old)


# Written once -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["exchange_posting", "exchange_ledgerentry"])
@pytest.mark.parametrize(
    ("statement", "verb"),
    [
        ("UPDATE {table} SET id = id", "UPDATE"),
        ("DELETE FROM {table}", "DELETE"),
        ("TRUNCATE {table} CASCADE", "TRUNCATE"),
    ],
)
def test_what_is_written_is_not_changed(books, table, statement, verb):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with refused(by=f"{verb} refused"):
        sql(statement.format(table=table))


@pytest.mark.parametrize(
    ("statement", "verb"),
    [
        ("UPDATE exchange_ledgeraccount SET available = available + 1", "UPDATE"),
        ("UPDATE exchange_ledgeraccount SET held = 0", "UPDATE"),
        ("UPDATE exchange_ledgeraccount SET owner_id = 1", "UPDATE"),
        ("UPDATE exchange_ledgeraccount SET may_be_negative = true", "UPDATE"),
        ("DELETE FROM exchange_ledgeraccount", "DELETE"),
        ("TRUNCATE exchange_ledgeraccount CASCADE", "TRUNCATE"),
    ],
)
def test_balances_move_only_by_postings(books, statement, verb):
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with refused(by=f"{verb} refused"):
        sql(statement)


def test_an_upsert_is_an_update_too(books):
    with refused(by="UPDATE refused"):
        sql(
            "INSERT INTO exchange_ledgeraccount (id, owner_kind, owner_id, purpose, asset_id,"
            " available, held, may_be_negative) SELECT id, owner_kind, owner_id, purpose,"
            " asset_id, 0, 0, may_be_negative FROM exchange_ledgeraccount"
            " ON CONFLICT (id) DO UPDATE SET available = exchange_ledgeraccount.available + 1"
        )


def test_a_merge_is_an_update_too(books):
    with refused(by="UPDATE refused"):
        sql(
            "MERGE INTO exchange_ledgeraccount a USING (SELECT 1) one ON a.owner_id > 0"
            " WHEN MATCHED THEN UPDATE SET available = a.available + 1"
        )


@pytest.mark.parametrize("balance", [("1", "0"), ("0", "1"), ("-1", "1")])
def test_an_account_opens_empty(books, balance):
    with refused(by="INSERT refused"):
        sql(
            "INSERT INTO exchange_ledgeraccount (owner_kind, owner_id, purpose, asset_id,"
            " available, held, may_be_negative) VALUES ('house', 0, 'gift', %s, %s, %s, true)",
            factories.asset("BTC").pk,
            *balance,
        )


# The application's role -------------------------------------------------------------------------


@pytest.fixture
def as_the_application(books) -> Iterator[None]:
    """Only the privileges that the application connects with."""
    sql(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'holdfast_app')"
        " THEN CREATE ROLE holdfast_app; END IF; END $$"
    )
    sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO holdfast_app")
    sql("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO holdfast_app")
    for table in WRITTEN_ONCE:
        sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM holdfast_app")
    sql("REVOKE UPDATE, DELETE, TRUNCATE ON exchange_ledgeraccount FROM holdfast_app")
    sql("GRANT UPDATE (id) ON exchange_ledgeraccount TO holdfast_app")
    sql("SET ROLE holdfast_app")
    try:
        yield
    finally:
        sql("RESET ROLE")


WRITTEN_ONCE = (
    "exchange_auditevent",
    "exchange_auditseal",
    "exchange_ledgerentry",
    "exchange_posting",
    "exchange_trade",
    "exchange_matchbatch",
    "exchange_reconciliation",
)


@pytest.mark.parametrize("table", WRITTEN_ONCE)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"],
)
def test_the_application_has_no_privilege_to_change_the_books(as_the_application, table, statement):
    with connection.cursor() as cursor:
        column = connection.introspection.get_table_description(cursor, table)[1].name
    with refused(by="permission denied for table " + table):
        sql(statement.format(table=table, column=column))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exchange_ledgeraccount SET available = 1",
        "UPDATE exchange_ledgeraccount SET may_be_negative = true",
        "DELETE FROM exchange_ledgeraccount",
        "TRUNCATE exchange_ledgeraccount",
        "ALTER TABLE exchange_posting DISABLE TRIGGER ALL",
        "DROP TRIGGER postings_move_balances ON exchange_posting",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_get_round_the_guards(as_the_application, statement):
    with pytest.raises(DatabaseError, match="permission denied|must be owner"):
        with transaction.atomic():
            sql(statement)


@pytest.mark.parametrize("column", ["id", "available", "may_be_negative"])
def test_a_trigger_of_the_applications_own_is_no_way_round(books, as_the_application, column):
    """Balances are moved from within a trigger, and whoever may make a table may make one."""
    value = {"id": "id + 1000000", "available": "available + 1", "may_be_negative": "true"}[column]
    sql("CREATE TEMP TABLE bait (id int)")
    sql(
        "CREATE FUNCTION pg_temp.steal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f"  UPDATE exchange_ledgeraccount SET {column} = {value}; RETURN NULL; END $$"
    )
    sql(
        "CREATE TRIGGER steal AFTER INSERT ON bait"
        " FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.steal()"
    )
    with pytest.raises(DatabaseError, match="UPDATE refused|permission denied"):
        with transaction.atomic():
            sql("INSERT INTO bait VALUES (1)")


def test_the_application_can_post_and_lock(books, as_the_application):
    books.moved = True
    accounts.locked_available([books.btc])
    transfer(kind="test", reference="t", source=books.btc, destination=books.custody, amount=D(1))
    assert factories.available(books.who, "BTC") == 9


def test_the_application_cannot_post_what_does_not_balance(books, as_the_application):
    with refused(by="entry_balances"):
        posting(entry(), (books.btc, "1", "0"))


# The control ------------------------------------------------------------------------------------


def test_without_its_trigger_the_same_unbalanced_posting_goes_through(books):
    """The control: it is the guard that refuses, and not something before it."""
    books.moved = True
    sql("ALTER TABLE exchange_posting DISABLE TRIGGER postings_move_balances")
    posting(entry(), (books.btc, "1", "0"))
    assert Posting.objects.latest("pk").available == 1
    assert factories.available(books.who, "BTC") == 10
