"""Many hands on the same accounts: posted once, never overdrawn, never in a circle of waiting."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D

import pytest
from django.db import OperationalError, connection, transaction

from exchange.core.errors import InsufficientFunds, KeyReused
from exchange.ledger import accounts
from exchange.ledger.models import LedgerEntry
from exchange.ledger.post import hold, transfer
from exchange.ledger.queries import trial_balance
from tests import factories
from tests.concurrency.together import together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 20


@pytest.fixture
def who():
    holder = factories.customer()
    factories.fund(holder, "USDT", "100")
    return holder


@pytest.fixture
def usdt(who) -> int:
    asset_id = factories.asset("USDT").pk
    return accounts.customer_accounts([(who.pk, asset_id)])[who.pk, asset_id]


@pytest.fixture
def fees(usdt) -> int:
    return accounts.house_account(asset_id=factories.asset("USDT").pk, purpose=accounts.FEES)


def test_twenty_threads_posting_the_same_reference_post_once(who, usdt, fees):
    def pay():
        return transfer(kind="fee", reference="a", source=usdt, destination=fees, amount=D(3)).pk

    outcomes = together([pay] * THREADS)

    assert set(outcomes) == {LedgerEntry.objects.get(reference="a").pk}
    assert factories.available(who, "USDT") == 97


def test_without_a_shared_reference_the_same_threads_post_twenty_times(who, usdt, fees):
    """The control: the reference is what makes it once."""
    together(
        [
            lambda n=n: transfer(
                kind="fee", reference=f"a{n}", source=usdt, destination=fees, amount=D(3)
            )
            for n in range(THREADS)
        ]
    )
    assert factories.available(who, "USDT") == 40


def test_of_twenty_amounts_under_one_reference_one_is_posted_and_the_others_refused(
    who, usdt, fees
):
    outcomes = together(
        [
            lambda n=n: transfer(
                kind="fee", reference="a", source=usdt, destination=fees, amount=D(n)
            )
            for n in range(1, THREADS + 1)
        ]
    )
    assert Counter(type(o) for o in outcomes) == {LedgerEntry: 1, KeyReused: THREADS - 1}
    (posted,) = [n for n, o in enumerate(outcomes, start=1) if isinstance(o, LedgerEntry)]
    assert factories.available(who, "USDT") == 100 - posted


def test_a_race_for_the_last_money_has_as_many_winners_as_it_pays_for(who, usdt):
    outcomes = together(
        [
            lambda n=n: hold(reference=f"w:{n}", account_id=usdt, amount=D(30))
            for n in range(THREADS)
        ]
    )
    assert Counter(type(o) for o in outcomes) == {LedgerEntry: 3, InsufficientFunds: THREADS - 3}
    assert (factories.available(who, "USDT"), factories.held(who, "USDT")) == (10, 90)


def test_one_account_opened_by_twenty_threads_at_once_is_one_account(who):
    asset_id = factories.asset("DOGE").pk
    found = together(
        [lambda: accounts.customer_accounts([(who.pk, asset_id)])[who.pk, asset_id]] * THREADS
    )
    assert len(set(found)) == 1


# Opposite orders --------------------------------------------------------------------------------

MANY = 60


@pytest.fixture
def crowd() -> list[int]:
    """Accounts of one asset with a little in each."""
    coin = factories.asset("USDT")
    holders = [factories.customer() for _ in range(MANY)]
    for holder in holders:
        factories.fund(holder, "USDT", "5")
    found = accounts.customer_accounts([(h.pk, coin.pk) for h in holders])
    return sorted(found.values())


@pytest.fixture
def unordered(crowd):
    """A copy of the tables whose trigger moves balances in the order in which postings came."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('ledger_apply_postings()'::regprocedure)")
        source = cursor.fetchone()[0]
        ordered = (
            "FROM exchange_ledgeraccount WHERE id = ANY(account_ids)\n"
            "      ORDER BY id FOR NO KEY UPDATE"
        )
        assert ordered in source
        as_they_came = (
            "FROM (SELECT account_id FROM new_postings GROUP BY account_id ORDER BY min(id)) n"
            " CROSS JOIN LATERAL (SELECT 1 FROM exchange_ledgeraccount"
            " WHERE id = n.account_id FOR NO KEY UPDATE) locked"
        )
        source = (
            source.replace(ordered, as_they_came)
            .replace("ledger_apply_postings", "copy_apply_postings")
            .replace("exchange_ledgeraccount", "copy_account")
        )
        cursor.execute("CREATE TABLE copy_account (LIKE exchange_ledgeraccount INCLUDING ALL)")
        cursor.execute("INSERT INTO copy_account SELECT * FROM exchange_ledgeraccount")
        cursor.execute("CREATE TABLE copy_posting (LIKE exchange_posting INCLUDING ALL)")
        cursor.execute(source)
        cursor.execute(
            "CREATE TRIGGER move AFTER INSERT ON copy_posting"
            " REFERENCING NEW TABLE AS new_postings"
            " FOR EACH STATEMENT EXECUTE FUNCTION copy_apply_postings()"
        )
    yield "copy_posting"
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE copy_posting; DROP FUNCTION copy_apply_postings; DROP TABLE copy_account"
        )


def post_back_and_forth(table: str, account_ids: list[int], reference: str, rounds: int) -> str:
    """Move a unit between neighbours, all in one statement, in this order, until an error."""
    changes = ["1e-6" if index % 2 else "-1e-6" for index in range(len(account_ids))]
    try:
        for number in range(rounds):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO exchange_ledgerentry (kind, reference) VALUES ('test', %s)"
                    " RETURNING id",
                    [f"{reference}:{number}"],
                )
                cursor.execute(
                    f"INSERT INTO {table} (entry_id, account_id, available, held)"
                    " SELECT %s, a, c, 0 FROM unnest(%s::bigint[], %s::numeric[]) u(a, c)",
                    [cursor.fetchone()[0], account_ids, changes],
                )
    except OperationalError as error:
        return str(error).splitlines()[0]
    return ""


def in_opposite_orders(table: str, crowd: list[int], rounds: int) -> set[str]:
    """What went wrong when one thread posted upwards and another downwards."""
    outcomes = together(
        [
            lambda: post_back_and_forth(table, crowd, "up", rounds),
            lambda: post_back_and_forth(table, crowd[::-1], "down", rounds),
        ]
    )
    return set(outcomes) - {""}


def test_batches_that_touch_the_same_accounts_in_opposite_order_do_not_deadlock(crowd):
    assert in_opposite_orders("exchange_posting", crowd, rounds=60) == set()
    assert all(total == 0 for _, total in trial_balance())


def test_in_the_order_of_the_postings_the_same_batches_do_deadlock(crowd, unordered):
    """The control: the same trigger on a copy of the tables, without its ORDER BY."""
    assert in_opposite_orders(unordered, crowd, rounds=400) == {"deadlock detected"}
