"""The demo's earn: seeded once however often, its past agrees, its vault is a real contract."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core import clock
from launchpad.demo import earn, vault
from launchpad.earn import arrivals, vaults
from launchpad.earn.models import Position, Product, VaultMove
from launchpad.earn.recompute import recompute
from launchpad.programmes import payouts
from launchpad.programmes.models import Payout
from tests import factories
from tests.factories import wallets as rows
from tests.launchpad.earn.conftest import DAY, product, put_in
from tests.launchpad.earn.test_positions import books_agree
from tests.wallets.conftest import evm_node, evm_process  # noqa: F401
from wallets.demo import tokens

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


def test_a_vault_takes_gives_back_and_shares_out_what_it_really_earned(evm_node):  # noqa: F811
    network = rows.network(evm_node.network)
    usdt = rows.asset_network("USDT", network, precision=6, decimals=6)
    tokens.place_all(network=network.code, actor=factories.SYSTEM)
    tokens.deploy_all(network=network.code)
    vault.deploy(network=network.code, asset="USDT")
    now = clock.now()
    with clock.held_at(now - DAY * 3):
        made = product(
            "vault", kind="vault", earns="arrivals", tiers=(), budget="0", commission_bps=1000,
            network=network.code, vault=vault.address(),
        )  # fmt: skip
        holder = factories.customer()
        put_in(holder, made, "1000")
    assert vaults.Vault(made).asset() == tokens.address_of_token("USDT")

    assert vault.fill(made, D(1000), actor=factories.SYSTEM)
    vault.earn(made, D(100))
    moved = vaults.read(product_id=made.pk, actor=factories.SYSTEM)
    assert moved.shares == 1000 * 10**usdt.decimals
    assert moved.worth == 1_099_999_999  # a share's rounding is the vault's
    vaults.take_out(product_id=made.pk, amount=D(400), actor=factories.SYSTEM)
    arrival = vaults.harvest(product_id=made.pk, actor=factories.SYSTEM)
    assert vaults.harvest(product_id=made.pk, actor=factories.SYSTEM) is None

    payouts.sweep()
    assert arrival is not None
    assert D("99.9999") < arrival.amount <= 100
    assert factories.available(holder, "USDT") == arrival.amount - arrival.commission
    assert [each.kind for each in VaultMove.objects.exclude(kind="reading").order_by("id")] == [
        "deposit", "withdraw",
    ]  # fmt: skip
    assert arrivals.bonded(made) == 1000
