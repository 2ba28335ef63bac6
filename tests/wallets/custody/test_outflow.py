"""When ten minutes of outflow are too much: a thief's are, a busy hour's are not."""

from __future__ import annotations

from random import Random

import pytest

from wallets.custody import outflow
from wallets.custody.models import WalletPolicy

BTC = 100_000_000
POLICY = WalletPolicy()


def week(seed: int = 7) -> list[int]:
    """Ten-minute windows of an ordinary week: mostly small sums, now and then a large one."""
    random = Random(seed)
    windows = [random.randint(BTC // 10, 2 * BTC) for _ in range(400)]
    return windows + [random.randint(5 * BTC, 9 * BTC) for _ in range(10)]


def verdict(units: int, windows: list[int], held: int) -> outflow.Verdict:
    return outflow.judge(outflow.compare(units, windows, held), POLICY)


def test_an_ordinary_window_is_nothing():
    seen = verdict(BTC, week(), 100 * BTC)
    assert (seen.stop, seen.watch) == (False, False)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_busy_hour_does_not_trip(times):
    middle = outflow.compare(0, week(), 0).median
    seen = verdict(times * middle, week(), 100 * BTC)
    assert (seen.stop, seen.watch) == (False, False)


def test_much_more_than_ever_and_a_large_share_stops():
    seen = verdict(30 * BTC, week(), 70 * BTC)
    assert seen.stop
    assert seen.why.startswith("30 % of the wallet in ten minutes, ")


def test_much_more_than_ever_and_a_small_share_is_only_watched():
    seen = verdict(30 * BTC, week(), 970 * BTC)
    assert (seen.stop, seen.watch) == (False, True)


def test_half_of_the_wallet_stops_whatever_history_says():
    calm = [50 * BTC] * 500  # a wallet that is always emptied so
    assert verdict(50 * BTC, calm, 51 * BTC).stop is False
    assert verdict(50 * BTC, calm, 50 * BTC).stop is True


def test_without_a_history_a_quarter_of_the_wallet_stops():
    assert outflow.compare(BTC, [BTC] * 11, 10 * BTC).deviations is None
    assert verdict(24 * BTC, [], 76 * BTC).stop is False
    assert verdict(25 * BTC, [], 75 * BTC).stop is True


def test_one_large_withdrawal_of_the_past_does_not_blunt_it():
    """An average would: with it, the thief's window is less than one deviation above."""
    windows = [BTC] * 30 + [3_000 * BTC]
    seen = outflow.compare(60 * BTC, windows, 240 * BTC)
    mean = sum(windows) // len(windows)
    assert (seen.units - mean) < 0
    assert seen.deviations == 118
    assert outflow.judge(seen, POLICY).stop


def test_a_history_without_any_spread_still_measures():
    """The median distance is 0 then; half of the median takes its place."""
    seen = outflow.compare(4 * BTC, [BTC] * 20, 100 * BTC)
    assert (seen.median, seen.deviation, seen.deviations) == (BTC, BTC // 2, 6)


def test_an_emptied_wallet_is_all_of_it():
    assert outflow.compare(5, [], 0).share_bp == 10_000
    assert outflow.compare(0, [], 0).units == 0
