"""What lies on deposit addresses is gathered once, and gas is given where a token needs it."""

from __future__ import annotations

import pytest

from exchange.core.errors import SwitchedOff
from exchange.core.models import Switch
from tests import factories
from tests.factories import sending as wallets
from tests.factories import wallets as rows
from wallets.addresses import issue, keysets
from wallets.addresses.models import Address, KeySet
from wallets.chains.models import NetworkWatch
from wallets.custody import rebalance, sweep
from wallets.custody.holdings import by_asset_network, holdings
from wallets.custody.models import ColdPayment
from wallets.sending.models import AccountBalance, ChainTransaction

pytestmark = pytest.mark.django_db
BTC = 100_000_000
GWEI = 10**9
State = ChainTransaction.State


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    """What is prepared here is not signed here."""
    from exchange.core import dispatch

    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: None)


def deposit_keys(hot: KeySet, scheme: str) -> KeySet:
    public = wallets.DESCRIPTOR.replace("84h/1h/0h", "84h/1h/1h")
    account = wallets.ROOT.derive("m/84h/1h/1h").to_public().to_base58()
    public = f"wpkh([73c5da0a/84h/1h/1h]{account}/0/*)"
    if scheme == "evm_xpub":
        public = rows.ACCOUNT["cold"]
    return keysets.register(
        network=hot.network,
        name=hot.name.replace("hot", "deposit"),
        role="deposit",
        scheme=scheme,
        public=public,
        signer_key=hot.name.replace("hot", "deposit"),
        actor=factories.SYSTEM,
        reason="tests",
    )


def cold_keys(hot: KeySet, scheme: str = "wsh_multi") -> KeySet:
    from wallets.custody import offline

    publics = [offline.new_key("bitcoin", "regtest", bytes([n]) * 32).public for n in (1, 2, 3)]
    public = offline.cold_descriptor(publics, 2)
    if scheme == "safe":
        public = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
    return keysets.register(
        network=hot.network,
        name=hot.name.replace("hot", "cold"),
        role="cold",
        scheme=scheme,
        public=public,
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )


@pytest.fixture
def bitcoin():
    """Six customers' coins on deposit addresses, and an empty hot wallet."""
    where, hot, what = wallets.hot_bitcoin()
    deposit = deposit_keys(hot, "wpkh")
    for _ in range(6):
        holder = factories.customer()
        address = issue.issue(customer_id=holder.pk, network_id=where.pk, actor=factories.SYSTEM)
        coin = wallets.coin(hot, BTC)
        coin.address = address
        coin.save()
    return where, hot, deposit, what


def prepared(purpose: str) -> list[ChainTransaction]:
    return list(ChainTransaction.objects.filter(purpose=purpose).order_by("pk"))


def test_many_deposits_become_one_coin_of_the_hot_wallet(bitcoin):
    where, hot, deposit, _ = bitcoin
    assert sweep.sweep(network=where, fee_rate=5) == 1

    (row,) = prepared("sweep")
    payment = row.payments.get()
    assert row.key_set == deposit
    assert payment.address == issue.own_address(key_set_id=hot.pk).address
    assert row.inputs.count() == 6
    assert payment.units == 6 * BTC - row.fee_units


def test_a_round_that_is_run_twice_sweeps_once(bitcoin):
    sweep.sweep(network=bitcoin[0], fee_rate=5)
    assert sweep.sweep(network=bitcoin[0], fee_rate=5) == 0
    assert len(prepared("sweep")) == 1


def test_a_sweep_that_was_given_up_is_made_anew(bitcoin):
    from wallets.sending import abandon

    sweep.sweep(network=bitcoin[0], fee_rate=5)
    (first,) = prepared("sweep")
    abandon.abandon(transaction_id=first.pk, actor=factories.SYSTEM, reason="a test")
    assert sweep.sweep(network=bitcoin[0], fee_rate=5) == 1
    assert [row.state for row in prepared("sweep")] == [State.ABANDONED, State.PREPARED]


def test_with_enough_hot_it_goes_to_cold(bitcoin):
    where, hot, _, _ = bitcoin
    cold = cold_keys(hot)
    wallets.coin(hot, 2 * BTC)
    sweep.sweep(network=where, fee_rate=5)
    (row,) = prepared("sweep")
    assert row.payments.get().address == issue.own_address(key_set_id=cold.pk).address


def test_coins_that_are_not_deep_enough_wait(bitcoin):
    NetworkWatch.objects.update(height=50)
    assert sweep.sweep(network=bitcoin[0], fee_rate=5) == 0


def test_a_closed_switch_of_the_wallet_stops_sweeps(bitcoin):
    Switch.objects.create(name="wallet:btc-deposit", closed=True)
    with pytest.raises(SwitchedOff):
        sweep.sweep(network=bitcoin[0], fee_rate=5)
    assert prepared("sweep") == []


def test_nothing_is_swept_on_a_network_that_is_not_followed(bitcoin):
    NetworkWatch.objects.update(state="down")
    with pytest.raises(Exception, match=r"(?i)follow|down|paused|moment"):
        sweep.sweep(network=bitcoin[0], fee_rate=5)


@pytest.fixture
def ethereum():
    """1,000 USDT on a customer's deposit address without gas, 2 ETH hot."""
    where, hot, ether = wallets.hot_ethereum()
    usdt = rows.asset_network("USDT", where, precision=12, decimals=6, contract="0x" + "da" * 20)
    deposit_keys(hot, "evm_xpub")
    source = issue.issue(
        customer_id=factories.customer().pk, network_id=where.pk, actor=factories.SYSTEM
    )
    AccountBalance.objects.create(
        address=source, asset_network=usdt, units=1_000_000_000, height=90
    )
    wallets.holds(hot, ether, 2 * 10**18)
    return where, source, ether, usdt


def give_gas(source: Address, ether, row: ChainTransaction) -> None:
    """The chain took the top-up."""
    ChainTransaction.objects.filter(pk=row.pk).update(state=State.CONFIRMED)
    AccountBalance.objects.create(
        address=source, asset_network=ether, units=row.payments.get().units, height=101
    )


def test_a_token_without_gas_gets_it_first_and_is_swept_then(ethereum):
    where, source, ether, usdt = ethereum
    assert sweep.sweep(network=where, fee_rate=20 * GWEI) == 1
    (gas,) = prepared("gas")
    assert (gas.payments.get().address, prepared("sweep")) == (source.address, [])
    assert sweep.sweep(network=where, fee_rate=20 * GWEI) == 0  # it is coming

    give_gas(source, ether, gas)
    assert sweep.sweep(network=where, fee_rate=20 * GWEI) == 1

    (row,) = prepared("sweep")
    assert (row.source, row.payments.get().asset_network) == (source, usdt)
    assert row.payments.get().units == 1_000_000_000
    assert len(prepared("gas")) == 1


def test_dust_of_a_token_is_left(ethereum):
    where, source, _, _ = ethereum
    AccountBalance.objects.filter(address=source).update(units=99)
    assert sweep.sweep(network=where, fee_rate=20 * GWEI) == 0


# Rebalancing


def spread_of(what):
    return by_asset_network(holdings())[what.pk]


@pytest.fixture
def between():
    where, hot, what = wallets.hot_bitcoin()
    what.refresh_from_db()
    return where, hot, cold_keys(hot), what


def test_above_the_high_mark_hot_pays_the_cold_address_down_to_its_target(between):
    _, hot, cold, what = between
    wallets.coin(hot, 12 * BTC)
    wallets.coin(cold, 88 * BTC)
    assert rebalance.rebalance(what=what, spread=spread_of(what), fee_rate=5) == 1
    assert rebalance.rebalance(what=what, spread=spread_of(what), fee_rate=5) == 0

    (row,) = prepared("rebalance")
    payment = row.payments.get()
    first = Address.objects.filter(key_set=cold, change=False).order_by("index").first()
    assert (payment.address, payment.units) == (first.address, 7 * BTC)


def test_between_its_marks_hot_is_left_alone(between):
    _, hot, cold, what = between
    wallets.coin(hot, 10 * BTC)
    wallets.coin(cold, 90 * BTC)
    assert rebalance.rebalance(what=what, spread=spread_of(what), fee_rate=5) == 0


def test_below_the_low_mark_a_payment_is_drafted_once_and_nothing_moves(between, monkeypatch):
    from wallets.custody.cold.terms import Terms

    monkeypatch.setattr(rebalance.terms, "current", lambda key_set: Terms(5, 0))
    _, hot, cold, what = between
    wallets.coin(hot, BTC // 2)
    wallets.coin(cold, 99 * BTC)
    assert rebalance.rebalance(what=what, spread=spread_of(what)) == 1
    assert rebalance.rebalance(what=what, spread=spread_of(what)) == 0

    payment = ColdPayment.objects.get()
    assert (payment.whose, payment.state) == ("btc-hot", "drafted")
    assert payment.units == 447_500_000  # 5 % of 99.5, less what hot has
    assert payment.transaction.state == State.PREPARED
    assert payment.transaction.signed == ""


def test_a_closed_wallet_is_not_rebalanced(between):
    _, hot, cold, what = between
    wallets.coin(hot, 12 * BTC)
    wallets.coin(cold, 88 * BTC)
    Switch.objects.create(name="wallet:btc-hot", closed=True)
    with pytest.raises(SwitchedOff):
        rebalance.rebalance(what=what, spread=spread_of(what), fee_rate=5)
    assert prepared("rebalance") == []
