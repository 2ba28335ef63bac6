"""Dates that are kept, moved in the open, and the end of the road."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.core import clock, outbox
from exchange.core.errors import Invalid, Restricted
from exchange.markets.models import Candle, Market
from exchange.trading.match import match
from exchange.trading.models import SpotOrder
from launchpad.listings import criteria, delist, opening, schedule, warn
from launchpad.listings.models import HolderNotice, Listing
from launchpad.listings.states import Stage
from tests import factories
from tests.factories.trading import asleep, limit  # noqa: F401
from tests.launchpad.listings import conftest as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(project, usdt):
    return made.scheduled(project, usdt, made.manager(), deposits=1, trading=2, withdrawals=3)


def open_until(listing: Listing, hours: int) -> int:
    with clock.held_at(clock.now() + timedelta(hours=hours, minutes=1)):
        return opening.open_due()


def network_row() -> AssetNetwork:
    return AssetNetwork.objects.get(asset__code="HRB")


def test_nothing_opens_before_its_time(listing):
    assert opening.open_due() == 0
    assert network_row().deposit_enabled is False


def test_what_is_late_is_caught_up_in_its_order_and_once(listing):
    assert open_until(listing, 5) == 3
    assert open_until(listing, 5) == 0
    row, market = network_row(), Market.objects.get(symbol="HRB_USDT")
    assert (row.deposit_enabled, row.withdraw_enabled, market.status, market.tag) == (
        True, True, "trading", "new",
    )  # fmt: skip
    kinds = list(listing.events.filter(public=True).order_by("id").values_list("kind", flat=True))
    assert kinds == ["scheduled", "deposits", "trading", "withdrawals"]


def test_after_its_first_days_it_is_listed_and_insiders_are_free(listing):
    assert open_until(listing, 80) == 4
    market = Market.objects.get(symbol="HRB_USDT")
    assert (Listing.objects.get(pk=listing.pk).stage, market.guarded_until, market.tag) == (
        "listed", None, "",
    )  # fmt: skip


def test_moved_dates_are_published_with_the_reason_and_the_old_ones_do_nothing(listing):
    who, second = made.manager(), made.treasurer()
    made.free(listing, who, second)
    later = made.dates(deposits=10, trading=20, withdrawals=30)
    proposal = schedule.move(
        listing_id=listing.pk, reason="The audit takes longer.", actor=who, **later
    )
    assert proposals.approve(proposal_id=proposal.pk, actor=second).state == "executed"
    listing.refresh_from_db()
    assert (listing.schedule.version, listing.schedule.trading_at) == (2, later["trading_at"])
    assert open_until(listing, 5) == 0
    moved = listing.events.get(kind="moved")
    assert moved.public
    assert "The audit takes longer." in moved.words
    assert listing.market.guarded_until is not None


def test_a_date_that_has_come_is_not_moved(listing):
    open_until(listing, 1)
    listing.refresh_from_db()
    was = listing.schedule.deposits_at
    who, second = made.manager(), made.treasurer()
    made.free(listing, who, second)
    proposal = schedule.move(
        listing_id=listing.pk, reason="later", actor=who,
        **made.dates(deposits=5, trading=20, withdrawals=30),
    )  # fmt: skip
    assert proposals.approve(proposal_id=proposal.pk, actor=second).state == "executed"
    listing.schedule.refresh_from_db()
    assert listing.schedule.deposits_at == was


def test_an_insider_can_not_trade_in_the_first_hours_and_others_can(listing, project):
    open_until(listing, 2)
    for who in (project, factories.customer()):
        factories.fund(who, "HRB", "100")
        if who == project:
            with pytest.raises(Restricted):
                limit(who, "sell", "0.5", "50", symbol="HRB_USDT")
        else:
            assert limit(who, "sell", "0.5", "50", symbol="HRB_USDT")
    Market.objects.update(guarded_until=None)
    assert limit(project, "sell", "0.5", "50", symbol="HRB_USDT")


def test_an_insider_is_kept_out_with_a_sub_account_too(listing, project):
    open_until(listing, 2)
    sub = factories.customer(parent=project)
    factories.fund(sub, "HRB", "100")
    with pytest.raises(Restricted):
        limit(sub, "sell", "0.5", "50", symbol="HRB_USDT")


def test_what_fails_for_a_week_is_tagged_and_holders_are_told_once(listing, project):
    open_until(listing, 80)
    holder = factories.customer()
    factories.fund(holder, "HRB", "5")
    start = clock.now() + timedelta(days=40)
    for day in range(8):
        with clock.held_at(start + timedelta(days=day)):
            criteria.measure_all()
            criteria.measure_all()
    listing.refresh_from_db()
    assert listing.measurements.count() == 8
    assert (listing.stage, listing.market.tag) == ("warned", "special")
    outbox.deliver()
    outbox.deliver()
    assert [n.customer_id for n in HolderNotice.objects.all()] == [holder.pk]
    told = [m for m in mail.outbox if m.to == [holder.user.email]]
    assert [m.subject for m in told] == ["HRB is under special treatment"]


def test_a_young_market_is_measured_and_not_judged(listing):
    open_until(listing, 80)
    start = clock.now() + timedelta(days=5)
    for day in range(9):
        with clock.held_at(start + timedelta(days=day)):
            criteria.measure_all()
    listing.refresh_from_db()
    assert (listing.stage, listing.measurements.count()) == ("listed", 9)


def test_thirty_days_of_trading_meet_the_criterion(listing):
    open_until(listing, 80)
    market = Market.objects.get(symbol="HRB_USDT")
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    one = Decimal(1)
    Candle.objects.create(
        market=market, minutes=1440, opened_at=today, open=one, high=one, low=one, close=one,
        base_volume=60_000, quote_volume=Decimal("30000"), trades=300,
    )  # fmt: skip
    criteria.measure_all()
    row = listing.measurements.get()
    assert (row.volume_30d, row.trades_a_day) == (Decimal(30_000), Decimal("10.0"))
    assert "volume_30d" not in row.failed
    assert "spread_bps" in row.failed


def test_a_delisting_gives_a_week_of_notice(listing):
    open_until(listing, 80)
    who = made.manager()
    made.free(listing, who)
    now = clock.now()
    with pytest.raises(Invalid) as refused:
        delist.propose(
            listing_id=listing.pk, trading_closes_at=now + timedelta(days=6),
            withdrawals_close_at=now + timedelta(days=60), reason_code="criteria",
            words="too little trade", actor=who,
        )  # fmt: skip
    assert refused.value.field == "trading_closes_at"


def test_a_delisting_cancels_orders_and_leaves_a_window_for_withdrawals(listing, asleep):  # noqa: F811
    open_until(listing, 80)
    holder = factories.customer()
    factories.fund(holder, "HRB", "100")
    limit(holder, "sell", "0.5", "50", symbol="HRB_USDT")
    match(market_id=listing.market_id)
    who, second = made.manager(), made.treasurer()
    made.free(listing, who, second)
    now = clock.now()
    proposal = delist.propose(
        listing_id=listing.pk, trading_closes_at=now + timedelta(days=8),
        withdrawals_close_at=now + timedelta(days=40), reason_code="criteria",
        words="Nobody trades it.", actor=who,
    )  # fmt: skip
    assert proposals.approve(proposal_id=proposal.pk, actor=second).state == "executed"
    assert delist.close_due() == 0

    with clock.held_at(now + timedelta(days=8, minutes=1)):
        delist.close_due()
        listing.refresh_from_db()
        assert (listing.stage, listing.market.status) == ("closed", "delisted")
        match(market_id=listing.market_id)
        assert delist.close_due() == 1
    listing.refresh_from_db()
    assert listing.stage == Stage.WINDOW
    assert SpotOrder.objects.get().state == "canceled"
    assert (factories.available(holder, "HRB"), factories.held(holder, "HRB")) == (100, 0)
    row = network_row()
    assert (row.deposit_enabled, row.withdraw_enabled) == (False, True)

    with clock.held_at(now + timedelta(days=34)):
        assert delist.close_due() == 1  # holders are told that these are the last days
        assert delist.close_due() == 0
    with clock.held_at(now + timedelta(days=41)):
        assert delist.close_due() == 1
    listing.refresh_from_db()
    listing.asset.refresh_from_db()
    assert (listing.stage, listing.asset.status) == ("delisted", "delisted")
    assert network_row().withdraw_enabled is False
    assert factories.available(holder, "HRB") == 100


def test_the_tag_goes_when_staff_say_why(listing):
    open_until(listing, 80)
    who = made.manager()
    made.free(listing, who)
    warn.warn(listing_id=listing.pk, words="An audit is open.", actor=who)
    warn.lift(listing_id=listing.pk, words="The audit is closed.", actor=who)
    listing.refresh_from_db()
    assert (listing.stage, listing.market.tag) == ("listed", "")
