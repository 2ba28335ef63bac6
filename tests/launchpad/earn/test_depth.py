"""Liquidity mining: minutes are looked at once, both sides count, the budget is shared exactly."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.trading import wake
from launchpad.earn import accrue, depth, queries
from launchpad.earn.models import DepthPoints, DepthSample
from launchpad.programmes import payouts
from tests import factories
from tests.factories.trading import limit, trader
from tests.launchpad.earn.conftest import on_day, product, put_in
from tests.launchpad.earn.test_positions import books_agree

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_day")]


@pytest.fixture
def mined(monkeypatch):
    """BTC_USDT with a book of two makers and somebody who does not take part."""
    monkeypatch.setattr(wake, "wake", lambda market_id: None)
    factories.market("BTC_USDT", status="trading")
    made = product(
        "btc-depth", code="BMX", kind="mining", earns="points", tiers=(), market="BTC_USDT",
        daily_budget="100", band_bps=100,
    )  # fmt: skip
    makers = [trader(), trader()]
    for maker in makers:
        put_in(maker, made, "0")
    for maker, size in zip(makers, ("1", "0.5"), strict=True):
        limit(maker, "buy", "49900", size)
        limit(maker, "sell", "50100", size)
    limit(makers[1], "buy", "40000", "2")  # out of the band
    outsider = trader()
    limit(outsider, "buy", "49950", "1")
    limit(outsider, "sell", "50050", "1")
    return made, makers, outsider


def test_a_minute_is_looked_at_once_and_the_smaller_side_counts(mined):
    made, makers, _ = mined
    with on_day(0, hours=1):
        assert depth.sample_all() == 1
        assert depth.sample_all() == 0
    sample = DepthSample.objects.get()
    assert (sample.mid, sample.makers, sample.bids, sample.asks) == (50000, 2, 74850, 75150)
    assert [each.points for each in DepthPoints.objects.order_by("customer_id")] == [
        4_990_000, 2_495_000,
    ]  # fmt: skip


def test_the_days_budget_is_shared_by_points_and_the_rest_is_rounding(mined):
    made, makers, outsider = mined
    for minute in (0, 1, 2):
        with on_day(0, hours=1 + minute / 60):
            depth.sample_all()
    with on_day(1):
        accrue.accrue_all()
        payouts.sweep()
    assert factories.available(makers[0], "BMX") == D("66.66666666")
    assert factories.available(makers[1], "BMX") == D("33.33333333")
    assert factories.available(outsider, "BMX") == 0
    assert factories.house("BMX", "rounding") == D("0.00000001")
    (held,) = queries.positions(customer_id=makers[0].pk)
    assert (held.paid, held.pending) == (D("66.66666666"), 0)
    assert books_agree()


def test_one_side_alone_counts_nothing(mined, monkeypatch):
    made, _, outsider = mined
    lonely = trader()
    put_in(lonely, made, "0")
    limit(lonely, "buy", "49900", "5")
    with on_day(0, hours=1):
        depth.sample_all()
    assert not DepthPoints.objects.filter(customer_id=lonely.pk).exists()


def test_a_halted_pair_is_not_looked_at_and_a_day_without_points_pays_nobody(mined):
    made, _, _ = mined
    type(factories.market("BTC_USDT")).objects.update(status="halted")
    with on_day(0, hours=1):
        assert depth.sample_all() == 0
    with on_day(1):
        accrue.accrue_all()
    assert made.days.get().payout is None


def test_who_flashes_orders_cannot_know_the_second_of_the_look():
    seconds = set()
    for n in range(40):
        with on_day(0, hours=n / 60) as moment:
            at = depth.look_at(moment)
            assert at == depth.look_at(moment.replace(second=59))  # one a minute, for all workers
            seconds.add(at.second)
            assert 0 <= (at - moment.replace(second=0, microsecond=0)).total_seconds() < 45
    assert len(seconds) > 15
