"""Reconciliation finds what was changed behind the guards' back, names it, and cries no wolf."""

from __future__ import annotations

import io
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from exchange.ledger import accounts, reconcile
from exchange.ledger.models import LedgerEntry, Posting, Reconciliation
from exchange.ledger.post import hold, release
from exchange.ledger.reconcile import last
from exchange.ledger.tasks import reconcile as task
from exchange.trading.cancel import replace
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, SpotOrder, Trade
from tests import factories
from tests.factories.tampering import tamper
from tests.factories.trading import himself, limit, market_order, some_trading, trader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep", "in_our_transaction")]


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def traders(btc):
    return some_trading(btc)


def account_of(customer, code: str) -> int:
    asset_id = factories.asset(code).pk
    return accounts.customer_accounts([(customer.pk, asset_id)])[customer.pk, asset_id]


def findings(*, whole: bool = True) -> dict[str, list[str]]:
    """What a reconciliation finds wrong, by check."""
    result = reconcile.reconcile(whole=whole)
    assert result is not None
    assert result.ok == (not any(each["wrong"] for each in result.checks))
    return {each["name"]: each["findings"] for each in result.checks if each["wrong"]}


def test_an_empty_ledger_agrees():
    assert findings() == {}


def test_trading_of_every_kind_agrees(btc, traders):
    seller, buyer = traders
    limit(buyer, "buy", "60000", "0.5", kind="ioc")
    limit(seller, "sell", "61000", "0.5", kind="limit_maker")
    market_order(buyer, "buy", notional="1234.56")
    market_order(seller, "sell", size="0.00777")
    match(market_id=btc.pk)
    limit(buyer, "buy", "39999", "0.01")  # still waits for the matcher

    assert findings() == {}
    assert Trade.objects.count() > 4
    assert MatchCommand.objects.count() == 1


def test_a_replacement_that_waits_counts_with_what_it_set_aside(btc):
    who = trader()
    order_id = limit(who, "buy", "40000", "1")
    match(market_id=btc.pk)
    replace(order_id=order_id, customer_id=who.pk, price=D(45000), size=D(2), actor=himself(who))

    assert MatchCommand.objects.get().held > 0
    assert findings() == {}


def test_a_changed_balance_is_found_and_named_with_the_difference(btc, traders):
    account = account_of(traders[0], "USDT")
    tamper("UPDATE exchange_ledgeraccount SET available = available + 0.01 WHERE id = %s", account)

    wrong = findings()

    assert wrong == {
        "balances": [
            f"account {account} (customer {traders[0].pk}): available is 0.01 USDT too high"
        ],
        "trial balance": ["USDT sums to 0.01 and not to zero"],
    }


def test_money_moved_from_available_to_held_is_found(btc, traders):
    account = account_of(traders[0], "USDT")
    tamper(
        "UPDATE exchange_ledgeraccount SET available = available - 3, held = held + 3"
        " WHERE id = %s",
        account,
    )

    wrong = findings()

    who = f"account {account} (customer {traders[0].pk})"
    assert wrong["balances"] == [f"{who}: available is 3 USDT too low, held is 3 USDT too high"]
    assert wrong["holds"] == [f"{who} holds 3 USDT more than was set aside"]
    assert "trial balance" not in wrong


def test_a_changed_posting_is_found_and_its_entry_named(btc, traders):
    posting = Posting.objects.filter(entry__kind="deposit", available__gt=0).earliest("pk")
    tamper("UPDATE exchange_posting SET available = available - 1 WHERE id = %s", posting.pk)

    wrong = findings()

    assert "available is 1 BTC too high" in wrong["balances"][0]
    entry = LedgerEntry.objects.get(pk=posting.entry_id)
    assert wrong["entries"] == [
        f"entry {entry.pk} (deposit {entry.reference}) does not sum to zero"
    ]


def test_a_deleted_posting_is_found_and_its_entry_named(btc, traders):
    posting = Posting.objects.filter(entry__kind="trade").latest("pk")
    tamper("DELETE FROM exchange_posting WHERE id = %s", posting.pk)

    wrong = findings()

    assert wrong.keys() == {"balances", "entries", "trade entries"}
    assert f"entry {posting.entry_id} " in wrong["entries"][0]


def test_a_deleted_entry_leaves_postings_that_are_found(btc, traders):
    entry = LedgerEntry.objects.filter(kind="trade").earliest("pk")
    tamper("DELETE FROM exchange_ledgerentry WHERE id = %s", entry.pk)

    wrong = findings()

    assert wrong["entries"] == [f"entry {entry.pk} has postings and does not exist"]
    trade = Trade.objects.earliest("pk")
    assert wrong["trades"] == [
        f"trade {trade.pk} (0.33333 at 50000 in BTC_USDT) has no ledger entry"
    ]


def test_a_deleted_account_is_found(btc, traders):
    account = account_of(traders[0], "BTC")
    tamper("DELETE FROM exchange_ledgeraccount WHERE id = %s", account)

    assert f"account {account} has postings and does not exist" in findings()["balances"]


def test_an_orders_changed_hold_is_found_and_the_account_named(btc, traders):
    buyer = traders[1]
    order = SpotOrder.objects.filter(customer=buyer, state="new").earliest("pk")
    tamper("UPDATE exchange_spotorder SET held = held - 100000000 WHERE id = %s", order.pk)

    assert findings() == {
        "holds": [
            f"account {account_of(buyer, 'USDT')} (customer {buyer.pk}) holds"
            " 1 USDT more than was set aside"
        ]
    }


def test_a_lost_order_is_found_by_what_it_still_holds(btc, traders):
    order = SpotOrder.objects.filter(state="new").earliest("pk")
    tamper("DELETE FROM exchange_spotorder WHERE id = %s", order.pk)

    assert findings().keys() == {"holds"}


def test_an_orders_changed_fill_is_found_and_the_order_named(btc, traders):
    order = SpotOrder.objects.filter(state="filled").earliest("pk")
    tamper("UPDATE exchange_spotorder SET filled_size = filled_size + 1 WHERE id = %s", order.pk)

    (told,) = findings()["orders"]

    assert told == (
        f"order {order.pk} (customer {order.customer_id}): filled size is off by 0.00001,"
        " cannot be filled with what it has filled"
    )


def test_a_final_order_that_still_holds_is_found(btc, traders):
    order = SpotOrder.objects.filter(state="filled").earliest("pk")
    tamper("UPDATE exchange_spotorder SET held = 7 WHERE id = %s", order.pk)

    assert findings() == {
        "orders": [
            f"order {order.pk} (customer {order.customer_id}): is filled and still holds 7 units"
        ]
    }


def test_a_changed_trade_is_found_against_the_ledger_and_against_its_orders(btc, traders):
    trade = Trade.objects.earliest("pk")
    tamper("UPDATE exchange_trade SET price = price + 1 WHERE id = %s", trade.pk)

    wrong = findings()

    assert wrong["trade entries"] == [
        f"trade {trade.pk}, entry {LedgerEntry.objects.get(reference=f'trade:{trade.pk}').pk}:"
        " received is off by -0.33333"
    ]
    assert len(wrong["orders"]) == 2


def test_a_deleted_trade_is_found(btc, traders):
    trade = Trade.objects.earliest("pk")
    tamper("DELETE FROM exchange_trade WHERE id = %s", trade.pk)

    wrong = findings()

    assert wrong["trade entries"][0].endswith(
        f"(trade:{trade.pk}) names a trade that does not exist"
    )
    assert {
        f"order {i} " in line
        for i, line in zip(
            sorted([trade.maker_order_id, trade.taker_order_id]), wrong["orders"], strict=True
        )
    } == {True}


def test_a_trade_of_an_order_that_is_gone_is_found(btc, traders):
    trade = Trade.objects.earliest("pk")
    tamper("DELETE FROM exchange_spotorder WHERE id = %s", trade.taker_order_id)

    assert findings()["orders"] == [f"order {trade.taker_order_id} has trades and does not exist"]


def test_a_command_without_its_order_is_found(btc, traders):
    order_id = limit(traders[0], "sell", "70000", "1")
    tamper("DELETE FROM exchange_spotorder WHERE id = %s", order_id)

    command = MatchCommand.objects.get()
    assert findings()["commands"] == [f"command {command.pk} (place) does not fit order {order_id}"]


def test_an_order_that_points_at_another_customers_account_is_found(btc, traders):
    order = SpotOrder.objects.filter(state="new").earliest("pk")
    stranger = account_of(traders[0], "USDT")
    tamper("UPDATE exchange_spotorder SET quote_account_id = %s WHERE id = %s", stranger, order.pk)

    assert findings()["references"] == [
        f"order {order.pk}: its market, customer {order.customer_id} or accounts do not fit it"
    ]


def test_a_hold_that_no_room_answers_for_is_found_until_it_is_let_go(btc):
    who = trader()
    account = account_of(who, "USDT")
    hold(reference="nobody:1", account_id=account, amount=D(5))
    assert findings()["holds"] == [
        f"account {account} (customer {who.pk}) holds 5 USDT more than was set aside"
    ]

    release(reference="nobody:1", account_id=account, amount=D(5))
    assert findings() == {}


def test_everything_wrong_is_counted_and_twenty_are_named(btc):
    for _ in range(25):
        trader(base="0", quote="10")
    tamper("UPDATE exchange_ledgeraccount SET available = available + 1 WHERE owner_id > 0")

    result = reconcile.reconcile(whole=True)

    (balances,) = [each for each in result.checks if each["name"] == "balances"]
    assert (balances["wrong"], len(balances["findings"])) == (25, 20)


def test_the_task_keeps_each_result_and_returns_how_much_is_wrong(btc, traders):
    assert task() == 0
    tamper("UPDATE exchange_spotorder SET held = held + 1 WHERE state = 'new'")
    assert task() == 2  # several orders, of two accounts

    assert [row.ok for row in Reconciliation.objects.order_by("pk")] == [True, False]
    assert last() == Reconciliation.objects.latest("pk")


# New rows only ----------------------------------------------------------------------------------


def test_a_second_run_looks_at_new_rows_and_finds_what_is_wrong_among_them(
    btc, traders, monkeypatch
):
    monkeypatch.setattr(reconcile, "UNDER_WAY", 0)
    assert findings(whole=False) == {}
    before = Trade.objects.count()
    some_trading(btc)
    made = Trade.objects.count() - before

    again = reconcile.reconcile()
    looked_at = {each["name"]: each["looked_at"] for each in again.checks}
    assert looked_at["trades"] == made > 0
    assert not next(each for each in again.checks if each["name"] == "trades")["whole"]

    some_trading(btc)
    tamper("DELETE FROM exchange_trade WHERE id = %s", Trade.objects.latest("pk").pk)
    assert findings(whole=False).keys() == {"trade entries", "orders"}


def test_what_was_found_stays_found_until_it_is_put_right(btc, traders, monkeypatch):
    monkeypatch.setattr(reconcile, "UNDER_WAY", 0)
    assert findings(whole=False) == {}
    some_trading(btc)
    entry = LedgerEntry.objects.latest("pk")
    tamper("UPDATE exchange_ledgerentry SET reference = 'x' || reference WHERE id = %s", entry.pk)
    first = findings(whole=False)
    assert first != {}
    some_trading(btc)

    assert findings(whole=False) == first

    tamper(
        "UPDATE exchange_ledgerentry SET reference = substr(reference, 2) WHERE id = %s", entry.pk
    )
    assert findings(whole=False) == {}


def test_once_a_day_everything_is_looked_at(btc, traders, monkeypatch):
    monkeypatch.setattr(reconcile, "UNDER_WAY", 0)
    assert findings(whole=False) == {}
    old = Trade.objects.earliest("pk")
    tamper(
        "UPDATE exchange_ledgerentry SET reference = 'x' WHERE reference = %s", f"trade:{old.pk}"
    )
    assert "trades" not in findings(whole=False)

    tamper("UPDATE exchange_reconciliation SET at = at - interval '25 hours'")

    assert "trades" in findings(whole=False)


# The command ------------------------------------------------------------------------------------


def test_the_command_prints_every_check(btc, traders):
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(reconcile.checks()) + 1
    assert lines[-1].startswith("The books agree")


def test_the_command_fails_naming_the_first_wrong_account(btc, traders):
    accounts_of = sorted([account_of(traders[0], "USDT"), account_of(traders[1], "USDT")])
    tamper(
        "UPDATE exchange_ledgeraccount SET available = available - 0.5 WHERE id = ANY(%s)",
        accounts_of,
    )
    with pytest.raises(CommandError) as refused:
        call_command("reconcile", stdout=io.StringIO())
    assert refused.value.returncode == 1
    assert f"account {accounts_of[0]} " in str(refused.value)
    assert "available is 0.5 USDT too low" in str(refused.value)
