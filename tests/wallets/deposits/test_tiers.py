"""What a tier brings in: above it a deposit waits, and a higher tier lets it through."""

from __future__ import annotations

import pytest

from compliance.identity.models import PepReview
from exchange.core import outbox
from tests import factories
from tests.factories import wallets as made
from tests.factories.blocks import Chain, pays
from tests.factories.identity import identified
from wallets.deposits import gate, tiers, told, worth
from wallets.deposits.models import Deposit, DepositCheck

pytestmark = pytest.mark.django_db
State = Deposit.State


@pytest.fixture(autouse=True)
def price(monkeypatch):
    """A bitcoin is worth 20,000 USDT; who sent it is the travel rule's tests' business."""
    monkeypatch.setattr(gate, "_gates", {k: v for k, v in gate._gates.items() if "travel" not in k})
    monkeypatch.setattr(worth, "worth_usdt", lambda asset, amount: amount * 20_000)
    for module in (tiers, gate, told, worth):
        monkeypatch.setattr(module, "worth_usdt", worth.worth_usdt)


def states():
    return list(Deposit.objects.order_by("id").values_list("state", flat=True))


def test_without_an_identity_five_thousand_a_day_come_in_and_the_rest_waits(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.2", btc, name="a"))
    chain.mine()
    chain.credit()
    chain.mine(pays(hers, "0.06", btc, name="b"), pays(hers, "0.04", btc, name="c"))
    chain.mine()
    chain.credit()

    assert states() == [State.CREDITED, State.HELD, State.CREDITED]
    held = DepositCheck.objects.get(verdict="hold")
    assert (held.gate, held.code) == ("tier", "over_tier")
    assert held.message == (
        "4000 and 1200 USD within 24 hours are more than tier 0 brings in (5000)"
    )


def test_verified_what_waited_for_it_comes_in_by_itself(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()
    assert states() == [State.HELD]

    identified(anna, tier=1)
    outbox.deliver()
    chain.credit()

    assert states() == [State.CREDITED]


def test_verified_what_is_held_for_another_reason_stays_held(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()
    deposit = Deposit.objects.get()
    DepositCheck.objects.create(
        deposit=deposit, round=deposit.round, gate="sanctions", verdict="hold", code="sanctioned"
    )
    identified(anna, tier=1)
    outbox.deliver()
    assert states() == [State.HELD]


def test_a_sub_account_brings_in_on_its_main_account_s_limit(chain, anna, hers, btc):
    sub = factories.customer(parent=anna)
    address = made.address(hers.key_set, key="bcrt1qsub", customer_id=sub.pk)
    chain.mine(pays(hers, "0.2", btc, name="a"))
    chain.mine()
    chain.credit()
    chain.mine(pays(address, "0.1", btc, name="b"))
    chain.mine()
    chain.credit()
    assert states() == [State.CREDITED, State.HELD]


def test_a_large_deposit_starts_the_clock_on_public_offices(chain: Chain, anna, hers, btc):
    identified(anna, tier=3)
    chain.mine(pays(hers, "4", btc))  # 80,000 USD
    chain.mine()
    chain.credit()
    outbox.deliver()
    outbox.deliver()
    review = PepReview.objects.get()
    assert (review.customer_id, review.amount_cad) == (anna.pk, 116_000)
