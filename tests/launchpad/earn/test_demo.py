"""The demo's earn: seeded once however often, its past agrees."""

from __future__ import annotations

import pytest

from launchpad.demo import earn
from launchpad.earn.models import Position, Product
from launchpad.earn.recompute import recompute
from launchpad.programmes.models import Payout
from tests import factories
from tests.launchpad.earn.test_positions import books_agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, monkeypatch):
    from compliance.identity.queries import Answer

    settings.DEMO_BOTS = True
    monkeypatch.setattr(earn, "may", lambda *_: Answer(True))
    monkeypatch.setattr(earn, "_has_chain", lambda: False)
    for code, precision in (("USDT", 8), ("BTC", 8), ("ETH", 18), ("BMX", 18)):
        factories.asset(code, precision=precision)
    factories.market("BTC_USDT")
    for name in ("alice", "bob"):
        who = factories.customer()
        type(who.user).objects.filter(pk=who.user_id).update(email=f"{name}@holdfast.example")
        for code in ("USDT", "BTC", "ETH", "BMX"):
            factories.fund(who, code, "100000")


def test_the_seed_tells_a_past_that_agrees_and_seeds_nothing_twice(demo):
    assert earn.seed() > 10
    assert earn.seed() == 0
    assert Product.objects.filter(state="open").count() == 7
    assert Position.objects.filter(state="unbonding").count() == 1
    assert not Payout.objects.exclude(state="paid").exists()
    assert Payout.objects.count() > 30
    assert books_agree()
    for each in Product.objects.all():
        assert recompute(product_id=each.pk).wrong == []
