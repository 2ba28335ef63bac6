"""What each scenario about money says, in numbers, and whom it leaves alone."""

from __future__ import annotations

import pytest

from compliance.monitoring.scenarios import catalogue
from compliance.monitoring.scenarios.definition import UnknownParameter
from tests.compliance.monitoring.histories import account, fact, found, said


def test_the_catalogue_has_all_30_numbers():
    assert {each.number for each in catalogue()} == set(range(1, 31))


def test_deposits_just_below_the_threshold_are_structuring():
    facts = [
        fact("fiat_deposit", "ann", day=day, usd=usd)
        for day, usd in ((1, 8_210), (1.5, 9_940), (2, 9_000), (3, 8_800))
    ]

    assert said(found("structuring", facts)) == [
        (
            "ann",
            "4 deposits of 8,210–9,940 USD in 48 h, together 35,950 USD, "
            "each below 10,000; threshold 4",
        )
    ]


def test_a_desk_that_deposits_above_the_threshold_too_does_not_structure():
    facts = [
        fact("fiat_deposit", "desk", day=day, usd=usd)
        for day, usd in (
            (1, 8_500),
            (1.5, 14_000),
            (2, 9_000),
            (2.5, 22_000),
            (3, 8_800),
            (4, 9_100),
        )
    ]

    assert found("structuring", facts) == []


def test_a_threshold_may_be_another_for_a_country():
    facts = [fact("fiat_deposit", "jo", day=day, usd=2_700) for day in (1, 2, 3, 4)]

    assert found("structuring", facts) == []
    lower = [{"country": "AU", "threshold": 3_000}]
    [one] = found("structuring", facts, [account("jo", country="AU")], overrides=lower)
    assert one.figures["threshold"] == 3_000


def test_a_parameter_nobody_declared_is_refused():
    with pytest.raises(UnknownParameter):
        found("structuring", [fact("fiat_deposit", "x", usd=1)], treshold=5)


def test_many_small_equal_deposits_that_add_up_are_micro_structuring():
    facts = [fact("fiat_deposit", "ann", day=n / 2, usd=1_600 + n) for n in range(12)]

    [one] = found("micro_structuring", facts)

    assert one.explanation == (
        "10 deposits around 1,604 USD (variation 0.00) in 4.5 d, together 16,045 USD; "
        "threshold 10 worth 15,000"
    )


def test_small_deposits_of_very_different_size_are_a_life():
    facts = [fact("fiat_deposit", "bo", day=n / 2, usd=300 if n % 2 else 2_900) for n in range(14)]

    assert found("micro_structuring", facts) == []


def passing(user: str, days: int, to: str | None = None) -> list[dict]:
    facts = []
    for day in range(days):
        facts.append(fact("fiat_deposit", user, day=day, usd=10_000, counterparty="bank"))
        place = to or f"fresh{day}"
        facts.append(
            fact("crypto_withdrawal", user, day=day, hour=2, usd=9_500, counterparty=place)
        )
    return facts


def test_deposits_that_leave_again_within_hours_pass_through():
    assert said(found("pass_through", passing("mule", 3))) == [
        (
            "mule",
            "3 times in 2.1 d a deposit left again within 2.0 h, 28,500 of 30,000 USD (95%); "
            "threshold 3",
        )
    ]


def test_the_same_to_an_address_of_long_standing_is_arbitrage():
    assert found("pass_through", passing("trader", 30, to="venue")) == []


def test_fiat_that_leaves_as_coins_without_a_trade_is_told_once_trades_are_known():
    facts = [
        fact("fiat_deposit", "cy", day=1, usd=5_000),
        fact("crypto_withdrawal", "cy", day=1, hour=5, usd=4_800, counterparty="new"),
    ]
    assert found("fiat_to_crypto", facts) == []

    somebody = fact("trade", "other", day=1, usd=10, side="buy")
    assert said(found("fiat_to_crypto", [*facts, somebody])) == [
        (
            "cy",
            "4,800 USD withdrawn 5.0 h after 5,000 USD came in by bank, 0 USD traded between; "
            "threshold 80% of the deposit",
        )
    ]


def test_a_sleeper_that_wakes_with_large_amounts_is_told():
    facts = [
        fact("login", "sam", day=1),
        fact("login", "sam", day=220),
        fact("crypto_deposit", "sam", day=221, usd=12_000),
    ]

    assert said(found("dormant_reactivated", facts)) == [
        (
            "sam",
            "12,000 USD moved within 24 h after 219 d without activity; "
            "threshold 10,000 USD after 180 d",
        )
    ]


def test_silence_before_our_records_begin_is_no_sleep():
    facts = [fact("crypto_deposit", "old", day=3, usd=50_000)]

    assert found("dormant_reactivated", facts, [account("old", opened=-900)]) == []


def gathering(hub: str, usd: float, senders: int = 6) -> list[dict]:
    return [
        fact("transfer", f"s{n}", day=10 + n / 4, usd=usd, counterparty=hub) for n in range(senders)
    ]


def test_strangers_who_pay_one_account_that_pays_out_are_a_fan_in():
    facts = [*gathering("hub", 1_000), fact("crypto_withdrawal", "hub", day=12, usd=5_700)]

    [one] = found("fan_in", facts)

    assert (one.user, len(one.ring)) == ("hub", 7)
    assert one.explanation == (
        "6 accounts that never paid before sent 6,000 USD in 2.0 d, then 5,700 USD left at once; "
        "threshold 5 senders"
    )


def test_a_merchant_paid_small_sums_by_many_is_no_fan_in():
    facts = [*gathering("shop", 60, 40), fact("fiat_withdrawal", "shop", day=25, usd=2_300)]

    assert found("fan_in", facts) == []


def test_payments_to_accounts_just_opened_are_a_fan_out():
    young = [account(f"y{n}", tier=1, opened=8) for n in range(6)]
    facts = [
        fact("transfer", "src", day=10, hour=n, usd=1_500, counterparty=f"y{n}") for n in range(6)
    ]

    [one] = found("fan_out", facts, young)

    assert one.explanation == (
        "5 accounts received 7,500 USD for the first time in 4 h, 5 of them younger than 21 d; "
        "threshold 5"
    )


def test_a_payroll_to_old_accounts_is_no_fan_out():
    facts = [
        fact("transfer", "firm", day=5, hour=n / 9, usd=2_000, counterparty=f"e{n}")
        for n in range(30)
    ]

    assert found("fan_out", facts) == []


def test_money_that_comes_back_to_its_origin_is_a_cycle():
    ring, usd, facts = ["a", "b", "c", "d"], 10_000.0, []
    for n, payer in enumerate(ring):
        facts.append(fact("transfer", payer, day=n, usd=usd, counterparty=ring[(n + 1) % 4]))
        usd *= 0.96

    [one] = found("cycle", facts)

    assert (one.user, one.ring) == ("a", ("a", "b", "c", "d"))
    assert one.explanation == (
        "10,000 USD left and 8,847 USD came back over 4 accounts in 72 h, each passing on at least "
        "88%; threshold 3 accounts"
    )


def test_a_loan_paid_back_directly_is_no_cycle():
    facts = [
        fact("transfer", "a", day=1, usd=5_000, counterparty="b"),
        fact("transfer", "b", day=3, usd=5_000, counterparty="a"),
    ]

    assert found("cycle", facts) == []


def test_money_split_over_mules_that_meets_again_is_told_about_the_sink():
    facts = []
    for n in range(5):
        facts.append(fact("transfer", "src", day=1, hour=n, usd=3_000, counterparty=f"m{n}"))
        facts.append(fact("transfer", f"m{n}", day=2, hour=n, usd=2_900, counterparty="sink"))

    [one] = found("scatter_gather", facts)

    assert (one.user, one.ring) == ("sink", ("m0", "m1", "m2", "m3", "sink", "src"))
    assert one.explanation == (
        "src sent 12,000 USD to 4 accounts, which passed 11,600 USD on to one, sink, in 27 h; "
        "threshold 4"
    )


def test_an_account_that_collects_and_distributes_is_told_when_little_stays():
    into = [
        fact("transfer", f"s{n}", day=1, hour=n, usd=2_500, counterparty="hub") for n in range(4)
    ]
    out = [
        fact("transfer", "hub", day=2, hour=n, usd=2_400, counterparty=f"r{n}") for n in range(4)
    ]

    [one] = found("gather_scatter", [*into, *out])

    assert one.explanation == (
        "4 accounts sent 10,000 USD and 4 others received 9,600 USD in 27 h, 4% stayed; "
        "thresholds 4 in, 4 out"
    )


def test_two_layers_that_pay_each_other_crosswise_are_a_stack():
    facts = [
        fact("transfer", f"s{a}", day=a, hour=b, usd=2_000, counterparty=f"r{b}")
        for a in range(3)
        for b in range(3)
    ]

    told = {each.user: each.ring for each in found("stack", facts)}

    assert told.pop("s2") == ("s0", "s1", "s2")
    assert set(told) <= {"s0", "s1"}


def test_a_new_account_is_measured_by_its_tier():
    facts = [
        fact("crypto_deposit", who, day=d, usd=9_000) for who in ("one", "three") for d in (2, 3, 4)
    ]
    people = [account("one", tier=1, opened=1), account("three", tier=3, opened=1)]

    assert said(found("new_account_velocity", facts, people)) == [
        (
            "one",
            "3 movements worth 27,000 USD by an account 3.0 d old; "
            "threshold 25,000 USD within 21 d",
        )
    ]


def test_a_month_far_above_the_own_past_deviates_unless_it_was_declared():
    past = [fact("fiat_deposit", "dee", day=d, usd=1_000) for d in range(0, 180, 10)]
    burst = [fact("fiat_deposit", "dee", day=200 + d, usd=40_000) for d in range(3)]

    [one] = found("profile_deviation", [*past, *burst])
    assert one.figures["total"] == 120_000

    declared = account("dee", declared=5_000_000)
    assert found("profile_deviation", [*past, *burst], [declared]) == []


def test_a_login_from_a_country_under_a_call_for_action_is_told_once():
    facts = [
        fact("login", "kim", day=1, ip_country="KP"),
        fact("crypto_withdrawal", "kim", day=1, hour=1, usd=900, ip_country="KP"),
        fact("login", "tom", day=1, ip_country="TR"),
    ]

    assert said(found("high_risk_jurisdiction", facts)) == [
        ("kim", "login from KP, a country of the table")
    ]


def test_travel_faster_than_an_airliner_matters_when_money_goes_somewhere_new():
    holiday = [
        fact("login", "eve", day=1, ip_country="GB"),
        fact("login", "eve", day=1, hour=2, ip_country="AU"),
    ]
    theft = fact(
        "crypto_withdrawal", "eve", day=1, hour=3, usd=4_000, ip_country="AU", counterparty="x"
    )

    assert found("impossible_travel", holiday) == []
    [one] = found("impossible_travel", [*holiday, theft])
    assert 15_000 < one.figures["km"] < 18_000
    assert "km between GB and AU in 2.0 h" in one.explanation
    assert one.explanation.endswith("then 4,000 USD to a new address; threshold 900 km/h")


def test_a_trace_of_a_mixer_is_nothing_and_a_tenth_is_told():
    facts = [
        fact("crypto_deposit", "low", usd=900, mixer_exposure=0.02),
        fact("crypto_deposit", "high", usd=2_000, mixer_exposure=0.4),
    ]

    assert said(found("mixer_exposure", facts)) == [
        ("high", "40.0% of 2,000 USD, 800 USD, came through a mixer; threshold 10%")
    ]


def test_a_sanctioned_address_holds_at_no_or_one_hop():
    facts = [
        fact("crypto_deposit", "at", usd=10, sanctioned_hops=0),
        fact("crypto_withdrawal", "near", usd=10, sanctioned_hops=1),
        fact("crypto_deposit", "far", usd=10, sanctioned_hops=3),
    ]

    told = found("sanctioned_address", facts)

    assert [(each.user, each.action, each.severity) for each in told] == [
        ("at", "hold", 5),
        ("near", "hold", 5),
    ]


def test_withdrawals_that_shrink_slice_by_slice_are_a_peel_chain():
    facts = [
        fact("crypto_withdrawal", "pat", hour=n * 2, usd=10_000 * 0.93**n, counterparty=f"a{n}")
        for n in range(6)
    ]

    [one] = found("peel_chain", facts)

    assert one.explanation == (
        "5 withdrawals in 8 h to new addresses, each 1%–15% less than the one before, "
        "from 10,000 down to 7,481 USD; threshold 5"
    )


def test_most_of_a_month_in_coins_that_hide_their_path_is_told():
    facts = [
        fact("trade", "max", day=1, usd=6_000, side="buy", asset="XMR"),
        fact("trade", "lea", day=1, usd=6_000, side="buy", asset="XMR"),
        fact("trade", "lea", day=0, usd=60_000, side="buy", asset="BTC"),
    ]

    assert [each.user for each in found("privacy_coins", facts)] == ["max"]


def test_withdrawals_kept_below_the_travel_rule_differ_by_country():
    def three(user: str, usd: float) -> list[dict]:
        return [
            fact("crypto_withdrawal", user, hour=n, usd=usd, counterparty=f"to-{user}")
            for n in range(3)
        ]

    people = [
        account("us", country="US"),
        account("ca", country="CA"),
        account("us2", country="US"),
    ]
    told = found(
        "travel_rule_evasion", [*three("us", 2_500), *three("ca", 900), *three("us2", 900)], people
    )

    assert said(told) == [
        (
            "ca",
            "3 withdrawals of 900–900 USD to one address in 2 h, together 2,700 USD, "
            "each below 1,000; threshold 3",
        ),
        (
            "us",
            "3 withdrawals of 2,500–2,500 USD to one address in 2 h, together 7,500 USD, "
            "each below 3,000; threshold 3",
        ),
    ]


def test_pieces_that_a_canadian_report_must_add_up_are_told_the_first_time():
    facts = [fact("crypto_deposit", "ca", day=d, hour=h, usd=4_000) for d in (1, 9) for h in (0, 5)]

    [one] = found("twenty_four_hour_rule", facts, [account("ca", country="CA")])

    assert one.explanation.startswith("2 receipts of coins worth 8,000 USD in 5.0 h")
    assert found("twenty_four_hour_rule", facts, [account("ca", country="DE")]) == []


def test_three_accounts_on_one_device_are_a_cluster_and_a_couple_is_not():
    facts = [fact("login", who, day=n, device="phone") for n, who in enumerate("abc")]

    assert found("identity_cluster", facts[:2]) == []
    [one] = found("identity_cluster", facts)
    assert (one.user, one.ring) == ("c", ("a", "b", "c"))
    assert one.explanation == "3 accounts share the device phone within 60 d; threshold 3"


def takeover(reset: bool = True, to: str = "thief") -> list[dict]:
    facts = [
        fact("login", "vic", day=1, device="own"),
        fact("withdrawal_address_added", "vic", day=30, hour=2, device="new", counterparty="thief"),
        fact("crypto_withdrawal", "vic", day=30, hour=9, usd=7_000, device="new", counterparty=to),
    ]
    if reset:
        facts.append(fact("password_reset", "vic", day=30, device="new"))
    return facts


def test_a_reset_a_new_address_and_a_withdrawal_to_it_hold_the_account():
    [one] = found("account_takeover", takeover())

    assert one.action == "hold"
    assert one.explanation == (
        "a reset of credentials, then a new withdrawal address, then 7,000 USD to it, "
        "within 9.0 h; threshold 500 USD in 96 h"
    )


def test_without_a_reset_or_to_another_address_it_is_no_takeover():
    assert found("account_takeover", takeover(reset=False)) == []
    assert found("account_takeover", takeover(to="elsewhere")) == []


def test_a_payment_of_a_hot_wallet_that_nobody_approved_is_a_drain():
    facts = [
        fact("hot_wallet_payment", "hot:BTC", hour=1, usd=100, wallet_share=0.001, approved=True),
        fact("hot_wallet_payment", "hot:BTC", hour=2, usd=100, wallet_share=0.001, approved=False),
        fact("hot_wallet_payment", "hot:ETH", hour=3, usd=9_000, wallet_share=0.3, approved=True),
    ]

    told = [(each.user, each.figures["unknown"]) for each in found("hot_wallet_drain", facts)]

    assert told == [("hot:BTC", 1), ("hot:ETH", 0)]
