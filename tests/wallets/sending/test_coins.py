"""Choosing coins: enough and no more than needed, never dust, always in bounded time."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from wallets.sending import coins
from wallets.sending.coins import Selection, Spendable, Terms

P2WPKH = b"\x00\x14" + b"\x11" * 20
INPUT = coins.input_weight(threshold=1, signers=1)


def terms(rate: int = 2, outputs: int = 1) -> Terms:
    return Terms(
        outputs_weight=outputs * coins.output_weight(P2WPKH),
        input_weight=INPUT,
        change_weight=coins.output_weight(P2WPKH),
        fee_rate=rate,
        dust=coins.dust(P2WPKH),
    )


def purse(*units: int) -> list[Spendable]:
    return [Spendable(n, amount) for n, amount in enumerate(units, start=1)]


def test_the_sizes_are_those_of_bitcoin():
    # bitcoinops.org/en/tools/calc-size: P2WPKH 68 vB in (with a 72-byte signature), 31 vB out.
    assert coins.vbytes(INPUT) == 68
    assert coins.vbytes(coins.output_weight(P2WPKH)) == 31
    assert coins.vbytes(coins.input_weight(threshold=2, signers=3)) == 105
    assert coins.dust(P2WPKH) == 294


def test_one_coin_pays_and_the_rest_comes_back_as_change():
    found = coins.select(purse(100_000, 5_000), 60_000, terms(rate=2))

    # 10.5 + 68 + 2 x 31 = 140.25, so 141 vB at 2 sat
    assert found == Selection([Spendable(1, 100_000)], fee=282, change=39_718)


def test_coins_that_fit_exactly_need_no_change():
    exact = 60_000 + coins.vbytes(coins.OVERHEAD + terms().outputs_weight + 2 * INPUT) * 2

    found = coins.select(purse(200_000, 30_000, exact - 30_000), 60_000, terms(rate=2))

    assert found is not None
    assert sorted(c.id for c in found.coins) == [2, 3]
    assert found.change == 0


def test_what_would_come_back_as_dust_goes_to_the_miner():
    found = coins.select(purse(60_500), 60_000, terms(rate=2))

    assert found == Selection([Spendable(1, 60_500)], fee=500, change=0)


def test_too_little_is_too_little_by_one_satoshi():
    exact = 60_000 + terms().fee(1, change=False)

    assert coins.select(purse(exact), 60_000, terms()) is not None
    assert coins.select(purse(exact - 1), 60_000, terms()) is None


def test_a_coin_that_costs_more_than_it_is_worth_is_not_spent():
    assert coins.select(purse(130, 130, 130), 100, terms(rate=2)) is None


def test_everything_is_all_coins_less_the_fee():
    found = coins.everything(purse(50_000, 30_000, 100), terms(rate=2))

    assert found is not None
    assert sorted(c.id for c in found.coins) == [1, 2]  # the third is worth less than its input
    assert found.fee == terms(rate=2).fee(2, change=False)


def test_nobody_waits_for_a_purse_of_two_thousand_coins():
    began = time.monotonic()
    coins.select(purse(*[10_007 + n * 13 for n in range(2_000)]), 3_000_001, terms())

    assert time.monotonic() - began < 30  # trying all of them would take for ever


@given(
    units=st.lists(st.integers(1, 200_000), max_size=30),
    wanted=st.integers(300, 500_000),
    rate=st.integers(1, 50),
)
def test_what_goes_in_comes_out(units, wanted, rate):
    terms_ = terms(rate=rate)

    found = coins.select(purse(*units), wanted, terms_)

    if found is None:
        worth = [u for u in units if u > coins.vbytes(INPUT) * rate]
        assert sum(worth) < wanted + terms_.fee(len(worth), change=False)
        return
    assert sum(c.units for c in found.coins) == wanted + found.fee + found.change
    assert len({c.id for c in found.coins}) == len(found.coins)
    assert found.fee >= terms_.fee(len(found.coins), change=found.change > 0)
    assert found.change == 0 or found.change >= terms_.dust
