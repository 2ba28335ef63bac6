"""Preparing: funds are set aside once, and exactly what was asked for is written down."""

from __future__ import annotations

import pytest
from embit import bech32
from embit.psbt import PSBT

from exchange.core.errors import Invalid, KeyReused
from tests.factories import sending as factory
from tests.factories.wallets import asset_network
from wallets.addresses.models import Address
from wallets.sending import evm, spendable
from wallets.sending.errors import NotEnoughOnHand
from wallets.sending.models import ChainTransaction, Coin
from wallets.sending.prepare import Pay, prepare

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain_31337(settings):
    settings.CHAIN_ENVIRONMENT = {"EVM_CHAIN_ID": "31337", "BTC_CHAIN": "regtest"}


def pay_btc(btc, keys, what, units=60_000, *, reference="withdrawals:1", rate=2, **more):
    return prepare(
        network=btc,
        key_set=keys,
        purpose="withdrawal",
        reference=reference,
        payments=[Pay(what.pk, factory.STRANGER, units, "withdrawal:1")],
        fee_rate=rate,
        **more,
    )


def test_a_payment_takes_a_coin_and_brings_the_change_home():
    btc, keys, what = factory.hot_bitcoin()
    coin = factory.coin(keys, 100_000)

    made = pay_btc(btc, keys, what)

    assert (made.state, made.fee_units, made.txid) == ("prepared", 282, "")
    coin.refresh_from_db()
    assert coin.reserved_by == made
    psbt = PSBT.from_string(made.unsigned)
    assert [out.value for out in psbt.tx.vout] == [60_000, 39_718]
    change = Address.objects.get(key_set=keys, change=True)
    assert psbt.tx.vout[1].script_pubkey.data.hex() == ("0014" + change_program(change.address))
    assert [vin.sequence for vin in psbt.tx.vin] == [0xFFFFFFFD]  # can be bumped
    assert psbt.inputs[0].witness_utxo.value == 100_000
    (path,) = psbt.outputs[1].bip32_derivations.values()
    assert path.derivation[-2:] == [1, change.index]


def change_program(address: str) -> str:
    return bytes(bech32.decode("bcrt", address)[1]).hex()


def test_several_payments_are_one_transaction():
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 500_000)

    made = prepare(
        network=btc,
        key_set=keys,
        purpose="withdrawal",
        reference="batch:1",
        payments=[Pay(what.pk, factory.STRANGER, 10_000 * n, f"withdrawal:{n}") for n in (1, 2, 3)],
        fee_rate=1,
    )

    assert [p.units for p in made.payments.order_by("id")] == [10_000, 20_000, 30_000]
    assert [o.value for o in PSBT.from_string(made.unsigned).tx.vout][:3] == [
        10_000,
        20_000,
        30_000,
    ]


def test_the_same_reference_is_the_same_transaction():
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 100_000)
    factory.coin(keys, 100_000)
    first = pay_btc(btc, keys, what)

    assert pay_btc(btc, keys, what) == first
    with pytest.raises(KeyReused):
        pay_btc(btc, keys, what, 60_001)
    assert Coin.objects.filter(reserved_by=None).count() == 1
    assert ChainTransaction.objects.count() == 1


def test_a_coin_is_set_aside_for_one_transaction_only():
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 100_000)
    pay_btc(btc, keys, what)

    with pytest.raises(NotEnoughOnHand) as refused:
        pay_btc(btc, keys, what, 10_000, reference="withdrawals:2")

    assert refused.value.limit == 0
    assert ChainTransaction.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{"spent_height": 99}, {"height": 101}, {"coinbase": True, "height": 2}]
)
def test_coins_that_are_spent_unconfirmed_or_immature_are_left_alone(fields):
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 100_000, **fields)

    with pytest.raises(NotEnoughOnHand):
        pay_btc(btc, keys, what)


def test_everything_leaves_nothing_behind_and_pays_the_fee_itself():
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 100_000)
    factory.coin(keys, 50_000)

    made = pay_btc(btc, keys, what, 0, everything=True)

    (out,) = PSBT.from_string(made.unsigned).tx.vout
    assert out.value == 150_000 - made.fee_units == made.payments.get().units
    assert Coin.objects.filter(reserved_by=made).count() == 2


def test_dust_and_nonsense_are_refused_and_nothing_is_set_aside():
    btc, keys, what = factory.hot_bitcoin()
    factory.coin(keys, 100_000)

    for units in (0, -5, 293):
        with pytest.raises(Invalid):
            pay_btc(btc, keys, what, units)
    with pytest.raises(Invalid):
        prepare(
            network=btc,
            key_set=keys,
            purpose="withdrawal",
            reference="x",
            payments=[Pay(what.pk, factory.STRANGER_EVM, 1_000, "withdrawal:1")],
            fee_rate=1,
        )

    assert not Coin.objects.filter(reserved_by__isnull=False).exists()
    assert not Address.objects.filter(change=True).exists()


def pay_eth(eth, keys, what, source, units, *, reference="withdrawals:1", **more):
    return prepare(
        network=eth,
        key_set=keys,
        purpose="withdrawal",
        reference=reference,
        payments=[Pay(what.pk, factory.STRANGER_EVM, units, "withdrawal:1")],
        fee_rate=10,
        source=source,
        **more,
    )


def test_ether_is_paid_by_value_and_gas_is_set_aside(chain_31337):
    eth, keys, what = factory.hot_ethereum()
    source = factory.holds(keys, what, 1_000_000)

    made = pay_eth(eth, keys, what, source, 300_000)

    assert evm.read(made.unsigned) == {
        "type": 2,
        "chainId": 31337,
        "index": 0,
        "to": factory.STRANGER_EVM,
        "value": 300_000,
        "data": "0x",
        "gas": 60_000,
        "maxFeePerGas": 10,
        "maxPriorityFeePerGas": 1,
    }
    assert spendable.on_account(source, what) == 1_000_000 - 300_000 - 600_000
    with pytest.raises(NotEnoughOnHand):
        pay_eth(eth, keys, what, source, 1, reference="withdrawals:2")


def test_a_token_is_paid_by_a_transfer_and_gas_comes_out_of_ether(chain_31337):
    eth, keys, ether = factory.hot_ethereum()
    token = "0x" + "ab" * 20
    usdt = asset_network("USDT", eth, precision=6, decimals=6, contract=token)
    source = factory.holds(keys, usdt, 5_000_000)
    with pytest.raises(NotEnoughOnHand) as refused:
        pay_eth(eth, keys, usdt, source, 2_000_000)
    assert refused.value.field == "gas"
    factory.holds(keys, ether, 1_200_000)

    made = pay_eth(eth, keys, usdt, source, 2_000_000)

    content = evm.read(made.unsigned)
    assert (content["to"], content["value"], content["gas"]) == (token, 0, 120_000)
    assert content["data"] == (
        "0xa9059cbb"
        "0000000000000000000000005aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
        "00000000000000000000000000000000000000000000000000000000001e8480"
    )
    assert spendable.on_account(source, usdt) == 3_000_000
    assert spendable.on_account(source, ether) == 0


def test_an_account_is_swept_to_the_last_wei(chain_31337):
    eth, keys, what = factory.hot_ethereum()
    source = factory.holds(keys, what, 1_000_000)

    made = pay_eth(eth, keys, what, source, 0, everything=True)

    content = evm.read(made.unsigned)
    assert content["value"] == 1_000_000 - 21_000 * 10
    assert made.payments.get().units == content["value"]
