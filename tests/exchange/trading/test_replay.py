"""Replay: an untouched log gives the same digests and the same book; a touched one is named."""

from __future__ import annotations

import io
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from exchange.matching import commands
from exchange.trading import live
from exchange.trading.cancel import cancel, reduce, replace
from exchange.trading.match import match
from exchange.trading.models import MatchBatch, SpotOrder, Trade
from exchange.trading.replay import traded_markets, verify_market
from tests import factories
from tests.factories.tampering import tamper
from tests.factories.trading import (
    asleep,  # noqa: F401
    himself,
    limit,
    market_order,
    some_trading,
    trader,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asleep", "in_our_transaction")]


@pytest.fixture
def btc():
    return factories.market("BTC_USDT")


@pytest.fixture
def traders(btc):
    """Three batches of trading."""
    return some_trading(btc)


def ask_everything(market, seller, buyer) -> None:
    """One batch with every kind of command and of order."""
    resting = limit(buyer, "buy", "45000", "1")
    match(market_id=market.pk)
    reduce(order_id=resting, customer_id=buyer.pk, new_size=D("0.4"), actor=himself(buyer))
    replace(
        order_id=resting, customer_id=buyer.pk, price=D(45001), size=D("0.9"), actor=himself(buyer)
    )
    limit(seller, "sell", "45001", "0.1", kind="ioc")
    limit(seller, "sell", "45001", "5", kind="fok")
    limit(seller, "sell", "45001", "1", kind="limit_maker")
    limit(seller, "buy", "60000", "0.2", stp="cancel_both")
    market_order(buyer, "buy", notional="777.77")
    market_order(seller, "sell", size="0.01")
    gone = limit(buyer, "buy", "44000", "1")
    match(market_id=market.pk)
    cancel(order_id=gone, customer_id=buyer.pk, actor=himself(buyer), wait_seconds=0)
    match(market_id=market.pk)


def difference(market) -> str:
    result = verify_market(market.pk)
    assert result.agrees == (result.difference is None)
    return str(result.difference or "")


def test_a_market_that_never_traded_agrees(btc):
    result = verify_market(btc.pk)
    assert (result.agrees, result.versions, result.open_orders) == (True, 0, 0)


def test_everything_that_can_be_asked_replays_to_the_same_book(btc, traders):
    ask_everything(btc, *traders)

    result = verify_market(btc.pk)

    assert result.agrees, result.difference
    assert result.versions == MatchBatch.objects.count() == 6
    assert result.commands == sum(MatchBatch.objects.values_list("command_count", flat=True))
    assert result.trades == Trade.objects.count()
    assert result.open_orders == SpotOrder.objects.filter(state__in=SpotOrder.OPEN_STATES).count()


def test_orders_that_still_wait_are_not_missed_in_the_book(btc, traders):
    limit(traders[0], "sell", "70000", "1")
    assert difference(btc) == ""


def test_progress_counts_up_to_the_last_version(btc, traders):
    seen: list[tuple[int, int]] = []
    verify_market(btc.pk, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(3, 3)]


@pytest.mark.parametrize("forgets", [True, False])
def test_a_book_rebuilt_midway_continues_the_same_chain(btc, traders, forgets):
    """A worker that starts anew and one that never stopped write the same log."""
    for number in range(3):
        limit(traders[0], "sell", f"{50_010 + number}", "0.2")
        limit(traders[1], "buy", f"{50_010 + number}", "0.1")
        if forgets:
            live.forget(btc.pk)
        match(market_id=btc.pk)
    assert verify_market(btc.pk).versions == 6
    assert difference(btc) == ""


def test_a_book_rebuilt_midway_keeps_the_places_of_replaced_and_late_orders(btc):
    """Places that differ from the order of ids are where a rebuild could go wrong."""
    first, second, third = trader(), trader(), trader()
    early = limit(first, "sell", "50000", "1")
    late = limit(second, "sell", "50000", "1")
    match(market_id=btc.pk)
    replace(
        order_id=early, customer_id=first.pk, price=D(50000), size=D("1.5"), actor=himself(first)
    )
    match(market_id=btc.pk)
    live.forget(btc.pk)
    limit(third, "buy", "50000", "0.5")
    match(market_id=btc.pk)

    assert Trade.objects.get().maker_order_id == late
    assert difference(btc) == ""


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_command_changed_in_the_log_is_named_by_its_version(btc, traders, version):
    batch = MatchBatch.objects.get(market=btc, version=version)
    changed = commands.unpack(bytes(batch.commands))
    changed[0] = changed[0]._replace(size=changed[0].size + 1)
    tamper(
        "UPDATE exchange_matchbatch SET commands = %s WHERE id = %s",
        commands.pack(changed),
        batch.pk,
    )
    assert difference(btc).startswith(f"version {version}: its digest is {batch.digest.hex()}")


def test_a_command_left_out_of_the_log_is_named_by_its_version(btc, traders):
    batch = MatchBatch.objects.get(market=btc, version=2)
    tamper(
        "UPDATE exchange_matchbatch SET commands = %s WHERE id = %s",
        commands.pack(commands.unpack(bytes(batch.commands))[:-1]),
        batch.pk,
    )
    assert difference(btc).startswith("version 2: its digest is ")


def test_a_broken_byte_in_the_log_is_named_by_its_version(btc, traders):
    tamper("UPDATE exchange_matchbatch SET commands = substr(commands, 2) WHERE version = 2")
    assert difference(btc).startswith("version 2: its commands can't be read")


def test_a_changed_digest_is_named(btc, traders):
    tamper("UPDATE exchange_matchbatch SET digest = sha256(digest) WHERE version = 3")
    assert difference(btc).startswith("version 3: its digest is ")


def test_a_missing_batch_is_named(btc, traders):
    tamper("DELETE FROM exchange_matchbatch WHERE version = 2")
    assert difference(btc) == "version 3: it follows version 1: batches are missing"


def test_a_log_cut_off_at_its_end_is_noticed_by_the_open_orders(btc, traders):
    tamper("DELETE FROM exchange_matchbatch WHERE version = 3")
    assert difference(btc).startswith("open order 1: replay gives order ")


def test_a_log_cut_off_where_no_order_was_left_is_noticed_by_the_trades(btc):
    seller, buyer = trader(), trader()
    limit(seller, "sell", "50000", "1")
    limit(buyer, "buy", "50000", "1")
    match(market_id=btc.pk)
    tamper("DELETE FROM exchange_matchbatch")
    assert difference(btc) == "the log made 0 trades, 1 are written"


@pytest.mark.parametrize(
    "change",
    ["price = price + 1", "size = size + 1", "priority = priority - 1000000", "side = 1 - side"],
)
def test_an_open_order_changed_in_the_database_is_named(btc, traders, change):
    order = SpotOrder.objects.filter(state="new").latest("priority")
    tamper(f"UPDATE exchange_spotorder SET {change} WHERE id = %s", order.pk)
    assert f"the database has order {order.pk} of customer {order.customer_id}" in difference(btc)


def test_an_open_order_that_vanished_from_the_database_is_named(btc, traders):
    order = SpotOrder.objects.filter(state="new").latest("priority")
    tamper("DELETE FROM exchange_spotorder WHERE id = %s", order.pk)
    told = difference(btc)
    assert f"replay gives order {order.pk} " in told
    assert told.endswith("the database has none")


# The command ------------------------------------------------------------------------------------


def test_the_command_replays_one_market_or_all_that_traded(btc, traders):
    eth = factories.market("ETH_USDT")
    factories.market("SOL_USDT")
    some_trading(eth)
    assert traded_markets() == [btc.pk, eth.pk]

    out = io.StringIO()
    call_command("replay_market", "ETH_USDT", stdout=out)
    assert out.getvalue().startswith("ETH_USDT: 3 versions, 9 commands, ")
    out = io.StringIO()
    call_command("replay_market", all=True, stdout=out)
    assert [line.endswith(": agrees") for line in out.getvalue().splitlines()] == [True, True]


def test_the_command_fails_naming_the_first_differing_version(btc, traders):
    tamper("UPDATE exchange_matchbatch SET digest = sha256(digest) WHERE version = 2")
    with pytest.raises(CommandError, match="BTC_USDT DIFFERS: version 2: ") as refused:
        call_command("replay_market", "BTC_USDT", stdout=io.StringIO())
    assert refused.value.returncode == 1


def test_the_command_says_that_there_is_no_such_market():
    with pytest.raises(CommandError, match="no market XYZ_USDT"):
        call_command("replay_market", "XYZ_USDT")
